"""What is in a lake: said by the `datalake` metadata of its templates, joined with what CloudFormation made of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Protocol, TypeVar, cast

from ..errors import UserError
from ..names import (
    METADATA_KEY,
    CurationFields,
    Kind,
    OfZoneFields,
    PersonaRoleFields,
    PersonaWorkgroupFields,
    StreamFields,
    StreamHandlerFields,
    TableFields,
    ZoneFields,
)

Fields = TypeVar("Fields")


class _HasName(Protocol):
    @property
    def name(self) -> str: ...


Thing = TypeVar("Thing", bound=_HasName)


@dataclass(frozen=True)
class Part:
    """One resource that says what it is to the lake."""

    description: dict[str, Any]
    physical_id: str


@dataclass(frozen=True)
class Zone:
    name: str
    bucket: str
    index: int
    next: str | None


@dataclass(frozen=True)
class Stream:
    zone: str
    name: str
    prefix: str
    suffix: str
    queue_url: str
    function: str | None
    classification: str | None = None


@dataclass(frozen=True)
class Table:
    name: str
    source_zone: str
    target_zone: str
    job: str
    classification: str | None = None


@dataclass(frozen=True)
class Curation:
    name: str
    zone: str
    job: str
    requires: tuple[str, ...]


@dataclass(frozen=True)
class PersonaRole:
    """The role of a persona. `clearance` is None where the session brings it along."""

    persona: str
    clearance: str | None
    name: str


@dataclass(frozen=True)
class PersonaWorkgroup:
    persona: str
    clearance: str
    name: str


@dataclass(frozen=True)
class Resource:
    """Any resource of a deployed stack."""

    stack: str
    logical_id: str
    physical_id: str
    resource_type: str


@dataclass
class Model:
    """The lake's parts, by name, with their physical ids."""

    zones: list[Zone] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    curations: list[Curation] = field(default_factory=list)
    databases: dict[str, str] = field(default_factory=dict)
    crawlers: dict[str, str] = field(default_factory=dict)
    triggers: list[str] = field(default_factory=list)
    workflow: str | None = None
    workgroup: str | None = None
    dead_letter_queue: str | None = None
    persona_roles: list[PersonaRole] = field(default_factory=list)
    persona_workgroups: list[PersonaWorkgroup] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)

    def zone(self, name: str) -> Zone:
        return _named("zone", name, self.zones)

    def table(self, name: str) -> Table:
        return _named("table", name, self.tables)

    def stream(self, name: str) -> Stream:
        """Return a stream by its name: that of the first zone that has it, where data arrives. `zone/name` names that of another zone."""
        if "/" in name:
            return _named("stream", name, self.streams, lambda stream: f"{stream.zone}/{stream.name}")
        order = [zone.name for zone in self.zones]
        return _named("stream", name, sorted(self.streams, key=lambda stream: order.index(stream.zone)))

    @property
    def jobs(self) -> dict[str, str]:
        """Return every Glue job by the name of the table that it makes: {'order_items': '<job>', 'seller_performance': '<job>'}."""
        return {table.name: table.job for table in self.tables} | {curation.name: curation.job for curation in self.curations}


def read_model(cloudformation: Any, stacks: list[str] | None = None) -> Model:
    """Return the model of what stacks deployed, by default of all."""
    resources: list[Resource] = []
    parts: dict[Kind, list[Part]] = defaultdict(list)
    for stack in stacks or stack_names(cloudformation):
        template = template_of(cloudformation, stack)
        for summary in _resources(cloudformation, stack):
            resource = Resource(stack, summary["LogicalResourceId"], summary.get("PhysicalResourceId", ""), summary["ResourceType"])
            resources.append(resource)
            defined = (template.get("Resources") or {}).get(resource.logical_id, {})
            description = (defined.get("Metadata") or {}).get(METADATA_KEY)
            if description and description["kind"] in set(Kind):
                parts[Kind(description["kind"])].append(Part(description, resource.physical_id))
    return _model(resources, parts)


def _model(resources: list[Resource], parts: dict[Kind, list[Part]]) -> Model:
    handlers = {
        (what["zone"], what["stream"]): physical_id for what, physical_id in _fields(parts, Kind.STREAM_HANDLER, StreamHandlerFields)
    }
    return Model(
        zones=sorted(
            (
                Zone(what["name"], bucket, int(what.get("index", 0)), what.get("next"))
                for what, bucket in _fields(parts, Kind.ZONE, ZoneFields)
            ),
            key=attrgetter("index"),
        ),
        streams=_by_name(
            Stream(
                what["zone"],
                what["name"],
                what["prefix"],
                what.get("suffix") or "",
                queue,
                handlers.get((what["zone"], what["name"])),
                what.get("classification"),
            )
            for what, queue in _fields(parts, Kind.STREAM, StreamFields)
        ),
        tables=_by_name(
            Table(what["name"], what["from"], what["to"], job, what.get("classification"))
            for what, job in _fields(parts, Kind.TABLE, TableFields)
        ),
        curations=_by_name(
            Curation(what["name"], what["zone"], job, tuple(what.get("requires", ())))
            for what, job in _fields(parts, Kind.CURATION, CurationFields)
        ),
        databases={what["zone"]: database for what, database in _fields(parts, Kind.DATABASE, OfZoneFields)},
        crawlers={what["zone"]: crawler for what, crawler in _fields(parts, Kind.CRAWLER, OfZoneFields)},
        triggers=[part.physical_id for part in parts[Kind.TRIGGER]],
        workflow=_last(parts[Kind.WORKFLOW]),
        workgroup=_last(parts[Kind.WORKGROUP]),
        dead_letter_queue=_last(parts[Kind.DEAD_LETTER_QUEUE]),
        persona_roles=_by_name(
            PersonaRole(what["persona"], what.get("clearance"), role) for what, role in _fields(parts, Kind.PERSONA_ROLE, PersonaRoleFields)
        ),
        persona_workgroups=_by_name(
            PersonaWorkgroup(what["persona"], what["clearance"], group)
            for what, group in _fields(parts, Kind.PERSONA_WORKGROUP, PersonaWorkgroupFields)
        ),
        resources=resources,
    )


def _fields(parts: dict[Kind, list[Part]], kind: Kind, fields: type[Fields]) -> Iterator[tuple[Fields, str]]:
    """Yield description and physical id of each part of a kind."""
    for part in parts[kind]:
        yield cast(Fields, part.description), part.physical_id


def _by_name(things: Iterable[Thing]) -> list[Thing]:
    return sorted(things, key=attrgetter("name"))


def _last(parts: list[Part]) -> str | None:
    return parts[-1].physical_id if parts else None


def template_of(cloudformation: Any, stack: str) -> dict[str, Any]:
    """Return a stack's template; nothing of one in YAML, which the CDK does not write."""
    body = cloudformation.get_template(StackName=stack)["TemplateBody"]
    try:
        template: dict[str, Any] = json.loads(body) if isinstance(body, str) else body
    except ValueError:
        return {}
    return template


def stack_names(cloudformation: Any) -> list[str]:
    """Return the names of all stacks that are there."""
    pages = cloudformation.get_paginator("describe_stacks").paginate()
    return [stack["StackName"] for page in pages for stack in page["Stacks"] if not stack["StackStatus"].startswith("DELETE")]


def _resources(cloudformation: Any, stack: str) -> list[dict[str, Any]]:
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    return [summary for page in pages for summary in page["StackResourceSummaries"] if summary["ResourceStatus"] != "DELETE_COMPLETE"]


def _named(kind: str, name: str, things: list[Thing], key: Callable[[Thing], str] = attrgetter("name")) -> Thing:
    for thing in things:
        if key(thing) == name:
            return thing
    known = ", ".join(key(thing) for thing in things)
    raise UserError(
        f"the lake has no {kind} {name!r}" + (f", only: {known}" if known else f": it has no {kind}s at all; is an app deployed?")
    )
