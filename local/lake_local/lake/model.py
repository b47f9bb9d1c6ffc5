"""What is in a lake: said by the `datalake` metadata of its templates, joined with what CloudFormation made of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Protocol, TypeVar

from ..errors import UserError

METADATA_KEY = "datalake"


@dataclass(frozen=True)
class Part:
    """One resource that says what it is to the lake."""

    kind: str
    description: dict[str, Any]
    physical_id: str
    logical_id: str
    resource_type: str
    stack: str


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


@dataclass(frozen=True)
class Table:
    name: str
    source_zone: str
    target_zone: str
    job: str


@dataclass(frozen=True)
class Curation:
    name: str
    zone: str
    job: str
    requires: tuple[str, ...]


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
    resources: list[Resource] = field(default_factory=list)

    def zone(self, name: str) -> Zone:
        return _named("zone", name, self.zones)

    def table(self, name: str) -> Table:
        return _named("table", name, self.tables)

    def stream(self, name: str) -> Stream:
        """A stream by its name, of the first zone that has one, where data arrives; that of another zone by `zone/name`."""
        if "/" in name:
            return _named("stream", name, self.streams, lambda stream: f"{stream.zone}/{stream.name}")
        order = [zone.name for zone in self.zones]
        return _named("stream", name, sorted(self.streams, key=lambda stream: order.index(stream.zone)))

    @property
    def jobs(self) -> dict[str, str]:
        """Every Glue job, by the name of the table that it makes: {'order_items': '<job>', 'seller_performance': '<job>'}."""
        return {table.name: table.job for table in self.tables} | {curation.name: curation.job for curation in self.curations}


def read_model(cloudformation: Any) -> Model:
    """The model of everything that is deployed."""
    model = Model()
    parts: list[Part] = []
    for stack in _stacks(cloudformation):
        body = cloudformation.get_template(StackName=stack)["TemplateBody"]
        template = json.loads(body) if isinstance(body, str) else body
        for summary in _resources(cloudformation, stack):
            resource = Resource(stack, summary["LogicalResourceId"], summary.get("PhysicalResourceId", ""), summary["ResourceType"])
            model.resources.append(resource)
            defined = (template.get("Resources") or {}).get(resource.logical_id, {})
            if description := (defined.get("Metadata") or {}).get(METADATA_KEY):
                parts.append(
                    Part(description["kind"], description, resource.physical_id, resource.logical_id, resource.resource_type, stack)
                )
    _fill(model, parts)
    return model


def _fill(model: Model, parts: list[Part]) -> None:
    handlers = {(part.description["zone"], part.description["stream"]): part.physical_id for part in parts if part.kind == "stream-handler"}
    for part in parts:
        what, physical_id = part.description, part.physical_id
        match part.kind:
            case "zone":
                model.zones.append(Zone(what["name"], physical_id, int(what.get("index", 0)), what.get("next")))
            case "stream":
                function = handlers.get((what["zone"], what["name"]))
                model.streams.append(Stream(what["zone"], what["name"], what["prefix"], what.get("suffix") or "", physical_id, function))
            case "table":
                model.tables.append(Table(what["name"], what["from"], what["to"], physical_id))
            case "curation":
                model.curations.append(Curation(what["name"], what["zone"], physical_id, tuple(what.get("requires", ()))))
            case "database":
                model.databases[what["zone"]] = physical_id
            case "crawler":
                model.crawlers[what["zone"]] = physical_id
            case "trigger":
                model.triggers.append(physical_id)
            case "workflow":
                model.workflow = physical_id
            case "workgroup":
                model.workgroup = physical_id
            case "dead-letter-queue":
                model.dead_letter_queue = physical_id
    model.zones.sort(key=lambda zone: zone.index)
    for things in (model.streams, model.tables, model.curations):
        things.sort(key=lambda thing: thing.name)


def _stacks(cloudformation: Any) -> list[str]:
    pages = cloudformation.get_paginator("describe_stacks").paginate()
    return [stack["StackName"] for page in pages for stack in page["Stacks"] if not stack["StackStatus"].startswith("DELETE")]


def _resources(cloudformation: Any, stack: str) -> list[dict[str, Any]]:
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    return [summary for page in pages for summary in page["StackResourceSummaries"] if summary["ResourceStatus"] != "DELETE_COMPLETE"]


class _HasName(Protocol):
    @property
    def name(self) -> str: ...


Thing = TypeVar("Thing", bound=_HasName)


def _named(kind: str, name: str, things: list[Thing], key: Callable[[Thing], str] = attrgetter("name")) -> Thing:
    for thing in things:
        if key(thing) == name:
            return thing
    known = ", ".join(key(thing) for thing in things)
    raise UserError(
        f"the lake has no {kind} {name!r}" + (f", only: {known}" if known else f": it has no {kind}s at all; is an app deployed?")
    )
