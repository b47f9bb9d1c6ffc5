"""Resource types of our own in MiniStack's CloudFormation."""

from __future__ import annotations

from collections.abc import Callable

from ..ministack import cloudformation
from ..ministack.cloudformation import Created, Properties, TypeHandler

Create = Callable[[str, Properties, str], Created]
Update = Callable[[str, Properties, Properties, str], Created]
Delete = Callable[[str, Properties], None]


def register(
    type_name: str,
    create: Create,
    update: Update | None = None,
    delete: Delete | None = None,
    *,
    replaced_by: tuple[str, ...] = (),
    import_: Callable[[Properties], Created] | None = None,
) -> None:
    """Take a resource type over.

    - `create(logical_id, properties, stack_name) -> (physical id, attributes for Fn::GetAtt)`; raise to fail the resource
    - `update(physical_id, old, new, stack_name) -> (physical id, attributes)`; without one, every change replaces the resource
    - `delete(physical_id, properties)`; must succeed when there is nothing to delete
    - `replaced_by`: properties whose change replaces the resource (AWS: "Update requires: Replacement")

    They run in the server's event loop: no waiting inside.
    """
    handler: TypeHandler = {"create": create, "delete": delete or _nothing}
    if update is None:
        handler["update"] = _replacer(create, handler["delete"])
        handler["update_with_logical_id"] = True
    else:
        handler["update"] = update
    if import_:
        handler["import"] = import_
    cloudformation.type_handlers()[type_name] = handler
    cloudformation.replace_on_change(type_name, replaced_by)


def _replacer(create: Create, delete: Delete) -> Callable[..., Created]:
    def replace(physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str | None = None) -> Created:
        created = cloudformation.create_replacement(create, logical_id or physical_id, new, stack_name)
        if created[0] != physical_id:
            cloudformation.delete_replaced(delete, physical_id, old)
        return created

    return replace


def _nothing(_physical_id: str, _properties: Properties) -> None:
    """For resources that are nothing but their record."""
