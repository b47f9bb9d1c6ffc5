"""What `lake up` leaves of a bootstrap, and `cdk bootstrap` wants to make: the version that stacks ask for becomes the stack's."""

from __future__ import annotations

from ..ministack import cloudformation
from ..ministack.cloudformation import Created, Properties, TypeHandler

TYPE = "AWS::SSM::Parameter"


def install() -> None:
    cloudformation.extend_type(TYPE, _complete)


def _complete(handler: TypeHandler) -> TypeHandler:
    create, delete = handler["create"], handler["delete"]

    def creating(logical_id: str, properties: Properties, stack_name: str) -> Created:
        name = str(properties.get("Name", ""))
        if name.startswith("/cdk-bootstrap/") and name not in cloudformation.physical_ids(TYPE):
            delete(name, properties)
        created: Created = create(logical_id, properties, stack_name)
        return created

    return {"create": creating}
