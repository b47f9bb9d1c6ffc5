"""Networks in CloudFormation: a lake's place in a VPC is kept, described and checked; packets go through this machine's own network."""

from __future__ import annotations

from typing import Any

from lake_local.fidelity import Entry

from .registry import Created, Properties, register

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
            "VPCEndpoint",
            "VPCGatewayAttachment",
        )
    ),
    Entry("AWS::EC2::SecurityGroupIngress", "differs", "Added to its group's rules; nothing is filtered."),
    Entry("AWS::EC2::SecurityGroupEgress", "differs", "Added to its group's rules; nothing is filtered."),
]


def install() -> None:
    _vpc()
    _rule("AWS::EC2::SecurityGroupIngress", "IpPermissions")
    _rule("AWS::EC2::SecurityGroupEgress", "IpPermissionsEgress")


def _vpc() -> None:
    """MiniStack's own lacks the attribute that security groups of endpoints are made with."""
    from ministack.services.cloudformation import provisioners

    handler = provisioners._RESOURCE_HANDLERS["AWS::EC2::VPC"]
    if handler.get("complete"):
        return

    def completed(made: Created) -> Created:
        from ministack.services import ec2

        return made[0], {**made[1], "CidrBlock": ec2._vpcs[made[0]]["CidrBlock"]}

    def create(*arguments: Any) -> Created:
        return completed(handler["create"](*arguments))

    def update(*arguments: Any) -> Created:
        return completed(handler["update"](*arguments))

    provisioners._RESOURCE_HANDLERS["AWS::EC2::VPC"] = {**handler, "create": create, "update": update, "complete": True}


def _rule(type_name: str, side: str) -> None:
    def permissions(properties: Properties) -> list[dict[str, Any]]:
        from ministack.services.cloudformation.provisioners import _ec2_sg_permissions

        return _ec2_sg_permissions([properties])

    def create(_logical_id: str, properties: Properties, _stack_name: str) -> Created:
        import secrets

        from ministack.services import ec2

        group = ec2._security_groups.get(properties.get("GroupId", ""))
        if group is None:
            raise ValueError(
                f"{type_name}: the security group '{properties.get('GroupId')}' does not exist (Error Code: InvalidGroup.NotFound)"
            )
        added = permissions(properties)
        if any(rule in group.setdefault(side, []) for rule in added):
            raise ValueError(
                f"{type_name}: the rule of group '{group['GroupId']}' already exists (Error Code: InvalidPermission.Duplicate)"
            )
        group[side].extend(added)
        identifier = f"sgr-{secrets.token_hex(8)}0"
        return identifier, {"Id": identifier}

    def delete(_physical_id: str, properties: Properties) -> None:
        from ministack.services import ec2

        if group := ec2._security_groups.get(properties.get("GroupId", "")):
            gone = permissions(properties)
            group[side] = [rule for rule in group.get(side, []) if rule not in gone]

    register(type_name, create, None, delete)


def vpc_config(properties: Properties) -> dict[str, Any] | None:
    """A function's VpcConfig as Lambda's API shows it; refuses, as Lambda does, subnets and security groups that are not there."""
    from ministack.services import ec2

    given = properties.get("VpcConfig") or {}
    subnets, groups = list(given.get("SubnetIds") or []), list(given.get("SecurityGroupIds") or [])
    if not subnets and not groups:
        return None
    if not subnets or not groups:
        raise ValueError(
            "AWS::Lambda::Function: VpcConfig needs both SubnetIds and SecurityGroupIds (Error Code: InvalidParameterValueException)"
        )
    require(subnets, groups, "AWS::Lambda::Function")
    return {"VpcId": ec2._subnets[subnets[0]]["VpcId"], "SubnetIds": subnets, "SecurityGroupIds": groups, "Ipv6AllowedForDualStack": False}


def require(subnets: list[str], groups: list[str], type_name: str) -> None:
    from ministack.services import ec2

    for what, found, known in (("subnet", subnets, ec2._subnets), ("security group", groups, ec2._security_groups)):
        for identifier in found:
            if identifier not in known:
                raise ValueError(f"{type_name}: the {what} '{identifier}' does not exist (Error Code: InvalidParameterValueException)")
