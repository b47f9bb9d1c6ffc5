"""Which stack Glue's resources are of, and how both are brought together after a crash.

Glue's state is on disk with every change, CloudFormation's some seconds later: a server that is killed leaves one ahead of the other.
"""

from __future__ import annotations

import logging

from ..ministack.cloudformation import StackResource, stack_resources, type_handlers
from .engine import Engine

logger = logging.getLogger("lake.glue")

# In this order: a trigger names what is before it.
_KINDS = {
    "workflow": "AWS::Glue::Workflow",
    "security": "AWS::Glue::SecurityConfiguration",
    "job": "AWS::Glue::Job",
    "crawler": "AWS::Glue::Crawler",
    "trigger": "AWS::Glue::Trigger",
}


def own(engine: Engine, kind: str, name: str, stack_name: str) -> None:
    """Remember that a stack is about to make a resource."""
    with engine.state.change() as data:
        data["stacks"][f"{kind}/{name}"] = stack_name


def disown(engine: Engine, kind: str, name: str) -> None:
    """Forget a resource that a stack has deleted."""
    with engine.state.change() as data:
        data["stacks"].pop(f"{kind}/{name}", None)


def reconcile(engine: Engine) -> None:
    """Remove what CloudFormation made and no stack has; bring the rest to what its stack says, made again where it is missing."""
    found = {(one.resource_type, one.physical_id): one for one in stack_resources()}
    with engine.state.view() as data:
        made = [tuple(key.split("/", 1)) for key in data["stacks"]]
    for kind, name in made:
        if (_KINDS[kind], name) not in found:
            logger.info("%s %s is of no stack: removed", kind, name)
            type_handlers()[_KINDS[kind]]["delete"](name, {})
    for resource_type in _KINDS.values():
        for resource in found.values():
            if resource.resource_type == resource_type:
                try:
                    _restore(engine, resource)
                except ValueError as error:
                    logger.warning("%s is not as its stack says: %s", resource.logical_id, error)


def _restore(engine: Engine, resource: StackResource) -> None:
    """Make a resource as its stack says, under the name that the stack knows."""
    handler = type_handlers()[resource.resource_type]
    properties = {**resource.properties, "Name": resource.physical_id}
    if resource.resource_type != _KINDS["security"]:
        handler["update"](resource.physical_id, properties, properties, resource.stack_name, resource.logical_id)
        return
    with engine.state.view() as data:
        exists = resource.physical_id in data["security_configurations"]
    if not exists:
        handler["create"](resource.logical_id, properties, resource.stack_name)
