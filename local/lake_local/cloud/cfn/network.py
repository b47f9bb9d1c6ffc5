"""Networks in CloudFormation: a lake's place in a VPC is kept, described and checked; packets go through this machine's own network."""

from __future__ import annotations

import secrets
from typing import Any

from lake_local.fidelity import Entry

from ..ministack import cloudformation, network
from ..ministack.cloudformation import Created, Properties, TypeHandler
from .default_group import default_rules
from .registry import register

_VPC = "AWS::EC2::VPC"
# Type: the side of its group that it adds to.
_RULES = {"AWS::EC2::SecurityGroupIngress": "IpPermissions", "AWS::EC2::SecurityGroupEgress": "IpPermissionsEgress"}
TYPES = frozenset({_VPC, *_RULES})
_KEPT = "Kept and described by EC2's API. No packet passes it: functions and jobs use this machine's network."
FIDELITY = [
    *(
        Entry(f"AWS::EC2::{name}", "differs", _KEPT)
        for name in (
            "InternetGateway",
            "Route",
            "RouteTable",
            "SecurityGroup",
            "Subnet",
            "SubnetRouteTableAssociation",
            "VPC",
            "VPCGatewayAttachment",
        )
    ),
    Entry(
        "AWS::EC2::VPCEndpoint",
        "differs",
        "What functions in its VPC call goes through it, see VPC endpoints below; jobs use this machine's network.",
    ),
    *(Entry(name, "differs", "Added to its group's rules; nothing is filtered.") for name in _RULES),
]


def install() -> None:
    cloudformation.extend_type(_VPC, _vpc)
    for type_name, side in _RULES.items():
        _rule(type_name, side)


def _vpc(handler: TypeHandler) -> TypeHandler:
    """Add the attribute that security groups of endpoints are made with, and what the default security group lets in: itself."""

    def completed(made: Created) -> Created:
        return made[0], {**made[1], "CidrBlock": network.vpcs()[made[0]]["CidrBlock"]}

    def create(*arguments: Any) -> Created:
        made: Created = handler["create"](*arguments)
        group = network.security_groups()[made[1]["DefaultSecurityGroup"]]
        group.update(default_rules(group["GroupId"]))
        return completed(made)

    def update(*arguments: Any) -> Created:
        return completed(handler["update"](*arguments))

    return {"create": create, "update": update}


def _rule(type_name: str, side: str) -> None:
    def create(_logical_id: str, properties: Properties, _stack_name: str) -> Created:
        group = network.security_groups().get(properties.get("GroupId", ""))
        if group is None:
            raise ValueError(
                f"{type_name}: the security group '{properties.get('GroupId')}' does not exist (Error Code: InvalidGroup.NotFound)"
            )
        added = network.permissions([properties])
        if any(rule in group.setdefault(side, []) for rule in added):
            raise ValueError(
                f"{type_name}: the rule of group '{group['GroupId']}' already exists (Error Code: InvalidPermission.Duplicate)"
            )
        group[side].extend(added)
        identifier = f"sgr-{secrets.token_hex(8)}0"
        return identifier, {"Id": identifier}

    def delete(_physical_id: str, properties: Properties) -> None:
        if group := network.security_groups().get(properties.get("GroupId", "")):
            gone = network.permissions([properties])
            group[side] = [rule for rule in group.get(side, []) if rule not in gone]

    register(type_name, create, None, delete)


def vpc_config(properties: Properties) -> dict[str, Any] | None:
    """A function's VpcConfig as Lambda's API shows it; refuses, as Lambda does, subnets and security groups that are not there."""
    given = properties.get("VpcConfig") or {}
    subnets, groups = list(given.get("SubnetIds") or []), list(given.get("SecurityGroupIds") or [])
    if not subnets and not groups:
        return None
    if not subnets or not groups:
        raise ValueError(
            "AWS::Lambda::Function: VpcConfig needs both SubnetIds and SecurityGroupIds (Error Code: InvalidParameterValueException)"
        )
    require(subnets, groups, "AWS::Lambda::Function")
    return {
        "VpcId": network.subnets()[subnets[0]]["VpcId"],
        "SubnetIds": subnets,
        "SecurityGroupIds": groups,
        "Ipv6AllowedForDualStack": False,
    }


def require(subnets: list[str], groups: list[str], type_name: str) -> None:
    """Refuse subnets and security groups that do not exist."""
    for what, found, known in (("subnet", subnets, network.subnets()), ("security group", groups, network.security_groups())):
        for identifier in found:
            if identifier not in known:
                raise ValueError(f"{type_name}: the {what} '{identifier}' does not exist (Error Code: InvalidParameterValueException)")
