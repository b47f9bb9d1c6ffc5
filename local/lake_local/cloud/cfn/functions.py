"""AWS::Lambda::Function: nothing of a function outlives it."""

from __future__ import annotations

from typing import Any

from lake_local.fidelity import Entry

from ..ministack import cloudformation, compute
from ..ministack.cloudformation import Created, Properties, TypeHandler
from . import network

TYPE = "AWS::Lambda::Function"
FIDELITY = [
    Entry(
        TYPE,
        "differs",
        "Runs in this machine's Python or Node, whatever `Runtime` says, as a process of the user's, under the credentials of its role; "
        "memory is not limited, the network not separated "
        "(a `VpcConfig` is checked and shown, no more). Container images, Java, .NET and Ruby are not run. The log group that a "
        "function makes for itself goes with the function (on AWS it stays).",
    ),
    # `lake up` does it, before it deploys.
    Entry(
        "AWS::Lambda::LayerVersion",
        "differs",
        "Compiled Python packages in a layer (or in a function's own folder) are replaced by the same versions for this machine's "
        "Python and processor; `lake up` names them.",
    ),
]


def install() -> None:
    cloudformation.extend_type(TYPE, _complete)


def _complete(handler: TypeHandler) -> TypeHandler:
    create, update, delete = handler["create"], handler["update"], handler["delete"]

    # MiniStack's own drops VpcConfig.
    def creating(logical_id: str, properties: Properties, stack_name: str) -> Created:
        config = network.vpc_config(properties)
        created: Created = create(logical_id, properties, stack_name)
        _place(created[0], config)
        return created

    def updating(physical_id: str, old: Properties, new: Properties, stack_name: str, *logical_id: str) -> Created:
        config = network.vpc_config(new)
        updated: Created = update(physical_id, old, new, stack_name, *logical_id)
        _place(updated[0], config)
        return updated

    def deleting(name: str, properties: Properties) -> None:
        delete(name, properties)
        compute.stop_worker(name)
        _delete_own_log_group(f"/aws/lambda/{name}")

    return {"create": creating, "update": updating, "delete": deleting}


def _place(name: str, config: dict[str, Any] | None) -> None:
    function = compute.function_configuration(name)
    if config:
        function["VpcConfig"] = config
    else:
        function.pop("VpcConfig", None)


def _delete_own_log_group(group: str) -> None:
    """Unless a template made it: then its DeletionPolicy decides."""
    if group not in cloudformation.physical_ids("AWS::Logs::LogGroup"):
        compute.delete_log_group(group)
