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


def route_tables() -> Described:
    """Return the live route tables by id."""
    from ministack.services import ec2

    found: Described = ec2._route_tables
    return found


def vpc_endpoints() -> Described:
    """Return the live VPC endpoints by id."""
    from ministack.services import ec2

    found: Described = ec2._vpc_endpoints
    return found


def dhcp_options() -> Described:
    """Return the live sets of DHCP options by id."""
    from ministack.services import ec2

    found: Described = ec2._dhcp_options
    return found


def flow_logs() -> Described:
    """Return the live flow logs by id."""
    from ministack.services import ec2

    found: Described = ec2._flow_logs
    return found


def addresses() -> Described:
    """Return the live Elastic IP addresses by allocation id."""
    from ministack.services import ec2

    found: Described = ec2._addresses
    return found


def nat_gateways() -> Described:
    """Return the live NAT gateways by id."""
    from ministack.services import ec2

    found: Described = ec2._nat_gateways
    return found


def tag(identifier: str, tags: list[dict[str, str]]) -> None:
    """Give a resource of EC2 these tags, and no others."""
    from ministack.services import ec2

    if tags:
        ec2._tags[identifier] = [{"Key": str(one["Key"]), "Value": str(one["Value"])} for one in tags]
    else:
        ec2._tags.pop(identifier, None)


def now() -> str:
    """Return the present time as EC2 writes it."""
    from ministack.services import ec2

    return str(ec2._now_ts())
