"""AWS::Glue::Connection: what jobs that name it find, in the catalog that Glue's API shows."""

from __future__ import annotations

from typing import Any

from lake_local.fidelity import Entry

from ..cfn.network import require
from ..cfn.registry import register
from ..ministack import analytics, network
from ..ministack.cloudformation import Created, Properties, physical_name
from .records import Job

FIDELITY = [
    Entry(
        "AWS::Glue::Connection",
        "differs",
        "Kept; its subnet, zone and security groups must fit together as Glue asks, one of the groups letting itself in on all TCP ports. "
        "Jobs that name it run in this machine's network.",
    ),
]
_TYPE = "AWS::Glue::Connection"


def install() -> None:
    def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
        wanted = _input(properties)
        name = wanted.get("Name") or physical_name(stack_name, logical_id, max_len=255).lower()
        if analytics.connections().get(name):
            raise ValueError(f"{_TYPE}: Connection {name} already exists (Service: Glue, Error Code: AlreadyExistsException)")
        _check(wanted)
        analytics.put_connection({**wanted, "Name": name})
        return name, {}

    def update(name: str, old: Properties, new: Properties, stack_name: str) -> Created:
        renamed = _input(new).get("Name")
        if renamed and renamed != name:
            created = create(name, new, stack_name)
            delete(name, old)
            return created
        _check(_input(new))
        analytics.put_connection({**_input(new), "Name": name})
        return name, {}

    def delete(name: str, _properties: Properties) -> None:
        analytics.connections().pop(name, None)

    register(_TYPE, create, update, delete)


def missing(job: Job) -> str | None:
    """Return the first of a job's connections that does not exist."""
    names = (job.get("Connections") or {}).get("Connections") or []
    return next((name for name in names if not analytics.connections().get(name)), None)


def _input(properties: Properties) -> dict[str, Any]:
    return dict(properties.get("ConnectionInput") or {})


def _check(connection: dict[str, Any]) -> None:
    if not connection.get("ConnectionType"):
        raise ValueError(f"{_TYPE}: ConnectionType must not be empty (Service: Glue, Error Code: InvalidInputException)")
    place = connection.get("PhysicalConnectionRequirements") or {}
    if connection["ConnectionType"] == "NETWORK" and not place.get("SubnetId"):
        raise ValueError(f"{_TYPE}: a NETWORK connection needs a SubnetId (Service: Glue, Error Code: InvalidInputException)")
    if not (subnet := place.get("SubnetId")):
        return
    groups = list(place.get("SecurityGroupIdList") or [])
    require([subnet], groups, _TYPE)
    zone, actual = place.get("AvailabilityZone"), network.subnets()[subnet]["AvailabilityZone"]
    if zone and zone != actual:
        raise ValueError(f"{_TYPE}: subnet {subnet} is in {actual}, not in {zone} (Service: Glue, Error Code: InvalidInputException)")


def closed_groups(job: Job) -> list[str] | None:
    """Return the security groups of a job's connection if none lets itself in on all TCP ports: workers would not reach each other."""
    for name in (job.get("Connections") or {}).get("Connections") or []:
        place = (analytics.connections().get(name) or {}).get("PhysicalConnectionRequirements") or {}
        groups = place.get("SecurityGroupIdList") or []
        if groups and not any(_lets_itself_in(network.security_groups().get(group) or {}) for group in groups):
            return groups
    return None


def _lets_itself_in(group: dict[str, Any]) -> bool:
    for rule in group.get("IpPermissions") or []:
        everything = rule.get("IpProtocol") == "-1" or (
            rule.get("IpProtocol") in ("tcp", "6") and rule.get("FromPort") == 0 and rule.get("ToPort") == 65535
        )
        if everything and any(pair.get("GroupId") == group.get("GroupId") for pair in rule.get("UserIdGroupPairs") or []):
            return True
    return False
