"""Resource types of our own in MiniStack's CloudFormation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Properties = dict[str, Any]
Created = tuple[str, dict[str, Any]]
Create = Callable[[str, Properties, str], Created]
Update = Callable[[str, Properties, Properties, str], Created]
Delete = Callable[[str, Properties], None]

OURS: set[str] = set()


def register(
    type_name: str,
    create: Create,
    update: Update | None = None,
    delete: Delete | None = None,
    *,
    replaced_by: tuple[str, ...] = (),
    import_: Callable[[dict], Created] | None = None,
) -> None:
    """Take a resource type over.

    - `create(logical_id, properties, stack_name) -> (physical id, attributes for Fn::GetAtt)`; raise to fail the resource
    - `update(physical_id, old, new, stack_name) -> (physical id, attributes)`; without one, every change replaces the resource
    - `delete(physical_id, properties)`; must succeed when there is nothing to delete
    - `replaced_by`: properties whose change replaces the resource (AWS: "Update requires: Replacement")

    They run in the server's event loop: no waiting inside.
    """
    from ministack.services.cloudformation import provisioners

    handler: dict[str, Any] = {"create": create, "delete": delete or _nothing}
    if update is None:
        handler["update"] = _replacer(create, handler["delete"])
        handler["update_with_logical_id"] = True
    else:
        handler["update"] = update
    if import_:
        handler["import"] = import_
    provisioners._RESOURCE_HANDLERS[type_name] = handler
    provisioners._REPLACING_PROPERTIES[type_name] = frozenset(replaced_by)
    OURS.add(type_name)


def physical_name(stack_name: str, logical_id: str, **options: Any) -> str:
    """A generated physical name, as CloudFormation makes them: stack, logical id, a suffix. Options: lowercase, max_len."""
    from ministack.services.cloudformation.provisioners import _physical_name

    return _physical_name(stack_name, logical_id, **options)


def _replacer(create: Create, delete: Delete) -> Callable:
    from ministack.services.cloudformation import provisioners

    def replace(physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str | None = None) -> Created:
        created = provisioners._seeded_create(create, logical_id or physical_id, new, stack_name)
        if created[0] != physical_id:
            provisioners._delete_predecessor(delete, physical_id, old)
        return created

    return replace


def _nothing(_physical_id: str, _properties: Properties) -> None:
    """For resources that are nothing but their record."""
