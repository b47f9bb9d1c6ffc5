"""Calls of functions that run in a VPC: which way out they have, what policies see of it, and what the endpoint's policy says.

https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-network-properties
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..ministack import compute, network
from ..ministack.authorization import Check, Refusal
from .evaluation import Principal, first_match
from .policies import RESOURCE, policy

# Where the name of an endpoint's service is not the name that calls are signed for.
_ENDPOINT_NAMES = {"cloudwatch": "monitoring", "eventbridge": "events", "stepfunctions": "states"}


@dataclass(frozen=True)
class Way:
    """How a call leaves its VPC: condition keys in lower case, and the policy of the endpoint that it goes through (None: it has none)."""

    keys: Mapping[str, Any] = field(default_factory=dict)
    endpoint: Mapping[str, Any] | None = None


def way_of(principal: Principal, check: Check) -> Way | Refusal:
    """Return the way of a caller's call. Who is in no VPC goes through the internet."""
    subnet = _subnet_of(str(principal.keys.get("lambda:sourcefunctionarn") or ""))
    if subnet is None:
        return Way()
    table = _route_table_of(subnet)
    service = _ENDPOINT_NAMES.get(check.service, check.service)
    for endpoint in network.vpc_endpoints().values():
        if endpoint["VpcId"] == subnet["VpcId"] and _serves(endpoint, service, table):
            keys = {"aws:sourcevpce": endpoint["VpcEndpointId"], "aws:sourcevpc": subnet["VpcId"], "aws:sourceip": None}
            return Way(keys, endpoint)
    if any(route.get("NatGatewayId") for route in table.get("Routes", [])):
        return Way()
    return Refusal(
        principal.arn,
        f"subnet {subnet['SubnetId']} has no way to {service}: neither an endpoint of it in VPC {subnet['VpcId']} nor a NAT gateway. "
        f"On AWS, {check.action} would wait until it times out",
    )


def refused_by_endpoint(way: Way, principal: Principal, check: Check, lookup: Callable[[str], Any]) -> Refusal | None:
    """Return the refusal of the endpoint's policy; an endpoint without one lets everything through."""
    document = way.endpoint and way.endpoint.get("PolicyDocument")
    if not document:
        return None
    found = policy(RESOURCE, "the endpoint's policy", document).statements
    start = f"User: {principal.arn} is not authorized to perform: {check.action} on resource: {check.resource}"
    if denying := first_match(found, "Deny", check.action, check.resource, lookup):
        return Refusal(principal.arn, f"{start} with an explicit deny in a VPC endpoint policy ({denying.source})")
    if first_match(found, "Allow", check.action, check.resource, lookup) is None:
        return Refusal(principal.arn, f"{start} because no VPC endpoint policy allows the {check.action} action")
    return None


def _subnet_of(function_arn: str) -> Mapping[str, Any] | None:
    """Return the first of a function's subnets: of several, AWS takes any."""
    if not function_arn:
        return None
    _, function = compute.find_function(function_arn)
    subnets = ((function or {}).get("VpcConfig") or {}).get("SubnetIds") or []
    return network.subnets().get(subnets[0]) if subnets else None


def _route_table_of(subnet: Mapping[str, Any]) -> Mapping[str, Any]:
    tables = [table for table in network.route_tables().values() if table["VpcId"] == subnet["VpcId"]]
    own = (table for table in tables if any(one.get("SubnetId") == subnet["SubnetId"] for one in table["Associations"]))
    main = (table for table in tables if any(one.get("Main") for one in table["Associations"]))
    return next(own, None) or next(main, {})


def _serves(endpoint: Mapping[str, Any], service: str, table: Mapping[str, Any]) -> bool:
    if not str(endpoint["ServiceName"]).endswith(f".{service}"):
        return False
    if endpoint["VpcEndpointType"] == "Gateway":
        return table.get("RouteTableId") in endpoint["RouteTableIds"]
    return endpoint["VpcEndpointType"] == "Interface" and str(endpoint["PrivateDnsEnabled"]).lower() == "true"
