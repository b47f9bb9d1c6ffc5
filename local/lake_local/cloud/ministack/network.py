"""MiniStack's EC2: VPCs, subnets and security groups as its API describes them."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

Described = MutableMapping[str, dict[str, Any]]


def vpcs() -> Described:
    """Return the live VPCs by id."""
    from ministack.services import ec2

    found: Described = ec2._vpcs
    return found


def subnets() -> Described:
    """Return the live subnets by id."""
    from ministack.services import ec2

    found: Described = ec2._subnets
    return found


def security_groups() -> Described:
    """Return the live security groups by id."""
    from ministack.services import ec2

    found: Described = ec2._security_groups
    return found


def permissions(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a template's ingress or egress rules as a security group holds them."""
    from ministack.services.cloudformation import provisioners

    found: list[dict[str, Any]] = provisioners._ec2_sg_permissions(rules)
    return found
