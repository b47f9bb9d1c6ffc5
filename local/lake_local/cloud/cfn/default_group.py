"""CDK's custom resource that closes the default security group of a VPC (`restrictDefaultSecurityGroup`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lake_local.fidelity import Entry

from ..iam.enforcement import decision_for_key
from ..identity import role_credentials
from ..ministack import compute, network
from ..ministack.application import scope
from ..ministack.cloudformation import Created, Properties
from .registry import register

TYPE = "Custom::VpcRestrictDefaultSG"
FIDELITY = [
    Entry(
        TYPE,
        "differs",
        "CDK's handler is JavaScript on the AWS SDK that Lambda brings along. Its steps are done here in Python, as the handler's role.",
    ),
]

_SIDES = {"Ingress": "IpPermissions", "Egress": "IpPermissionsEgress"}


def install() -> None:
    register(TYPE, _create, _update, _open)


def _create(logical_id: str, properties: Properties, _stack_name: str) -> Created:
    _close(properties)
    return properties.get("DefaultSecurityGroupId") or logical_id, {}


def _update(physical_id: str, old: Properties, new: Properties, _stack_name: str) -> Created:
    if old.get("DefaultSecurityGroupId") == new.get("DefaultSecurityGroupId"):
        return physical_id, {}
    _open(physical_id, old)
    _close(new)
    return new["DefaultSecurityGroupId"], {}


def default_rules(group: str) -> dict[str, list[dict[str, Any]]]:
    """Return what a new VPC's default group allows, by side: everything from itself, everything out.

    https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
    """
    rule = {"IpProtocol": "-1", "Ipv6Ranges": [], "PrefixListIds": []}
    own = {**rule, "IpRanges": [], "UserIdGroupPairs": [{"GroupId": group, "UserId": scope()[0]}]}
    return {"IpPermissions": [own], "IpPermissionsEgress": [{**rule, "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "UserIdGroupPairs": []}]}


def _close(properties: Properties) -> None:
    """Take the default rules away, as the handler does on Create; rules that are not there are no error."""
    group = _group(properties)
    if group is None:
        raise ValueError(f"{TYPE}: the security group '{properties.get('DefaultSecurityGroupId')}' does not exist")
    _require(properties, (f"ec2:RevokeSecurityGroup{side}" for side in _SIDES))
    for side, rules in default_rules(group["GroupId"]).items():
        group[side] = [rule for rule in group.get(side, []) if not any(_same(rule, one) for one in rules)]


def _open(_physical_id: str, properties: Properties) -> None:
    """Put the default rules back, as the handler does on Delete."""
    group = _group(properties)
    if group is None:
        return
    _require(properties, (f"ec2:AuthorizeSecurityGroup{side}" for side in _SIDES))
    for side, rules in default_rules(group["GroupId"]).items():
        kept = group.get(side, [])
        group[side] = [*kept, *(rule for rule in rules if not any(_same(rule, one) for one in kept))]


def _group(properties: Properties) -> dict[str, Any] | None:
    return network.security_groups().get(properties.get("DefaultSecurityGroupId", ""))


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    def essence(rule: dict[str, Any]) -> tuple[Any, ...]:
        cidrs = sorted(found["CidrIp"] for found in rule.get("IpRanges") or [])
        groups = sorted(found["GroupId"] for found in rule.get("UserIdGroupPairs") or [])
        return str(rule.get("IpProtocol")), cidrs, groups

    return essence(one) == essence(other)


def _require(properties: Properties, actions: Iterable[str]) -> None:
    """Refuse what the role of the handler may not do: the call is checked as if the handler had made it."""
    token = properties["ServiceToken"]
    name, function = compute.find_function(token)
    if function is None:
        raise ValueError(f"{TYPE}: the handler {token!r} does not exist")
    account, region = scope()
    key = role_credentials(function["Role"], name or "custom-resource", "lambda.amazonaws.com").access_key
    arn = f"arn:aws:ec2:{region}:{account}:security-group/{properties['DefaultSecurityGroupId']}"
    for action in actions:
        decision = decision_for_key(key, action, arn)
        if not decision.allowed:
            raise ValueError(f"{TYPE}: {decision.message} (Error Code: UnauthorizedOperation)")
