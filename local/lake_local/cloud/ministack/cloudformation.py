"""MiniStack's CloudFormation: the registry of resource types, names, custom resources."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from . import once

Properties = dict[str, Any]
Created = tuple[str, dict[str, Any]]
TypeHandler = dict[str, Any]


def type_handlers() -> dict[str, TypeHandler]:
    """Return the live registry: type → `create`, `update`, `delete`, ... ."""
    from ministack.services.cloudformation import provisioners

    found: dict[str, TypeHandler] = provisioners._RESOURCE_HANDLERS
    return found


def extend_type(type_name: str, extend: Callable[[TypeHandler], TypeHandler]) -> None:
    """Change entries of MiniStack's own handler of a type. Idempotent."""
    handlers = type_handlers()
    handler = handlers[type_name]
    if not handler.get("extended"):
        handlers[type_name] = {**handler, **extend(handler), "extended": True}


def replace_on_change(type_name: str, properties: tuple[str, ...]) -> None:
    """Name the properties whose change replaces a resource of this type."""
    from ministack.services.cloudformation import provisioners

    provisioners._REPLACING_PROPERTIES[type_name] = frozenset(properties)
    # MiniStack's own notion of what replaces a type looks into its own stores.
    provisioners._CUSTOM_NAME_REPLACEMENT.pop(type_name, None)


def merge_stack_tags(type_name: str) -> None:
    """Let a stack's tags be merged into the type's own `Tags`."""
    from ministack.services.cloudformation import provisioners

    provisioners._STACK_TAG_PROPERTY[type_name] = ("Tags", "list")


def physical_name(stack_name: str, logical_id: str, *, lowercase: bool = False, max_len: int = 128) -> str:
    """Return a generated physical name, as CloudFormation makes them: stack, logical id, a suffix."""
    from ministack.services.cloudformation import provisioners

    return str(provisioners._physical_name(stack_name, logical_id, lowercase=lowercase, max_len=max_len))


def create_replacement(create: Callable[..., Created], logical_id: str, properties: Properties, stack_name: str) -> Created:
    """Create a resource that replaces another one, under a new generated name."""
    from ministack.services.cloudformation import provisioners

    created: Created = provisioners._seeded_create(create, logical_id, properties, stack_name)
    return created


def delete_replaced(delete: Callable[[str, Properties], None], physical_id: str, properties: Properties) -> None:
    """Delete the resource that another one has replaced; a rollback brings it back."""
    from ministack.services.cloudformation import provisioners

    provisioners._delete_predecessor(delete, physical_id, properties)


def physical_ids(type_name: str) -> set[str]:
    """Return the physical ids of one type's resources in all stacks."""
    from ministack.services.cloudformation import _stacks

    return {
        resource["PhysicalResourceId"]
        for stack in _stacks.values()
        for resource in (stack.get("_resources") or {}).values()
        if resource.get("ResourceType") == type_name and resource.get("PhysicalResourceId")
    }


def deployed_types() -> set[str]:
    """Return the resource types of all stacks."""
    from ministack.services.cloudformation import _stacks

    return {
        str(resource.get("ResourceType")) for stack in _stacks.values() for resource in (stack.get("_resources") or {}).values() if resource
    }


class StackResource(NamedTuple):
    """A resource of a deployed stack, with its properties as they were resolved."""

    stack_name: str
    logical_id: str
    resource_type: str
    physical_id: str
    properties: Properties


def stack_resources() -> list[StackResource]:
    """Return the resources of all stacks."""
    from ministack.services.cloudformation import _stacks

    return [
        StackResource(name, logical_id, one["ResourceType"], one["PhysicalResourceId"], one.get("Properties") or {})
        for name, stack in _stacks.items()
        for logical_id, one in (stack.get("_resources") or {}).items()
        if one.get("PhysicalResourceId")
    ]


def is_working() -> bool:
    """Return whether an operation on a stack is going on."""
    from ministack.services.cloudformation import _stacks

    return any(_is_unfinished(stack["StackStatus"]) for stack in _stacks.values())


def end_unfinished(reason: str) -> None:
    """Give each stack whose operation ended with the last server the status of a failed one, so that the next operation can start."""
    from ministack.services.cloudformation import _stacks

    for stack in _stacks.values():
        status = stack["StackStatus"]
        if not _is_unfinished(status):
            continue
        if status.startswith("DELETE"):
            ended = "DELETE_FAILED"
        elif status in ("CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"):
            ended = "ROLLBACK_COMPLETE"
        else:
            ended = "UPDATE_ROLLBACK_COMPLETE"
        stack.update({"StackStatus": ended, "StackStatusReason": reason})
        # Some of its resources may be as the old template says, some as the new one: no template is taken for unchanged.
        stack["_template"] = {**(stack.get("_template") or {}), "Metadata": {"Interrupted": reason}}


def _is_unfinished(status: str) -> bool:
    return status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"


def fail_custom_resource(token: str, reason: str) -> None:
    """Answer CloudFormation in a custom resource's place."""
    from ministack.services.cloudformation import custom_resource

    custom_resource.deliver_response(token, {"Status": "FAILED", "Reason": reason})


def is_answered(token: str) -> bool:
    """Return whether a custom resource's handler has answered."""
    from ministack.services.cloudformation import custom_resource

    entry = custom_resource._pending.get(token)
    return entry is None or entry["result"] is not None


class ResourceChange(NamedTuple):
    """What an operation is about to do to a resource: `create`, `update` or `delete` it. A new one has no physical id yet."""

    verb: str
    resource_type: str
    logical_id: str
    stack_name: str
    physical_id: str
    properties: Properties


def guard_resources(check: Callable[[ResourceChange], None]) -> None:
    """Call `check` before each change of a resource, in the context of the call that began the operation; it raises to fail it."""
    from ministack.services.cloudformation import provisioners, stacks

    def provisioning(provision: Callable[..., Created]) -> Callable[..., Created]:
        def guarded(resource_type: str, logical_id: str, props: Properties, stack_name: str) -> Created:
            check(ResourceChange("create", resource_type, logical_id, stack_name, "", props))
            return provision(resource_type, logical_id, props, stack_name)

        return guarded

    def updating(update: Callable[..., Created]) -> Callable[..., Created]:
        def guarded(
            resource_type: str, physical_id: str, old_props: Properties, new_props: Properties, stack_name: str, *more: Any, **options: Any
        ) -> Created:
            if old_props != new_props:
                check(ResourceChange("update", resource_type, physical_id, stack_name, physical_id, new_props))
            return update(resource_type, physical_id, old_props, new_props, stack_name, *more, **options)

        return guarded

    def deleting(delete: Callable[..., None]) -> Callable[..., None]:
        def guarded(resource_type: str, physical_id: str, props: Properties, *more: Any, **options: Any) -> None:
            check(ResourceChange("delete", resource_type, physical_id, "", physical_id, props))
            delete(resource_type, physical_id, props, *more, **options)

        return guarded

    for module in (stacks, provisioners):
        module._provision_resource = once(module._provision_resource, provisioning)
        module._update_resource = once(module._update_resource, updating)
        module._delete_resource = once(module._delete_resource, deleting)


def let_stacks_take(is_free: Callable[[str], bool]) -> None:
    """Let a stack make the bucket of a name that exists, if `is_free(name)`."""
    from ministack.services.cloudformation import provisioners

    def wrap(conflict: Callable[[str], str | None]) -> Callable[[str], str | None]:
        return lambda name: None if is_free(name) else conflict(name)

    provisioners.s3_bucket_name_conflict = once(provisioners.s3_bucket_name_conflict, wrap)


def join_in_conditions() -> None:
    """Let conditions of templates use `Fn::Join`: MiniStack's compare it as it is, and `cdk bootstrap` then grants its role nothing."""
    from ministack.services.cloudformation import changesets, engine, handlers, stacks

    def wrap(evaluate: Callable[..., dict[str, bool]]) -> Callable[..., dict[str, bool]]:
        def evaluating(template: Properties, params: Properties) -> dict[str, bool]:
            joined = {name: _joined(condition, params) for name, condition in (template.get("Conditions") or {}).items()}
            return evaluate({**template, "Conditions": joined}, params)

        return evaluating

    for module in (changesets, engine, handlers, stacks):
        module._evaluate_conditions = once(module._evaluate_conditions, wrap)


def _joined(value: Any, params: Properties) -> Any:
    if isinstance(value, list):
        return [_joined(one, params) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Fn::Join"}:
        separator, parts = value["Fn::Join"]
        found = _listed(parts, params)
        return value if found is None else separator.join(found)
    return {name: _joined(one, params) for name, one in value.items()}


def _listed(parts: Any, params: Properties) -> list[str] | None:
    """Return the texts that `Fn::Join` joins, None where a function other than Ref makes them."""
    if isinstance(parts, dict):
        name = parts.get("Ref")
        return [one.strip() for one in str(params[name]["Value"]).split(",")] if name in params else None
    found = [params[one["Ref"]]["Value"] if isinstance(one, dict) and one.get("Ref") in params else one for one in parts]
    return [str(one) for one in found] if all(isinstance(one, str) for one in found) else None
