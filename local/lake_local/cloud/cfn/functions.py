"""AWS::Lambda::Function: nothing of a function outlives it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from lake_local.config import FOR_ANY_PROGRAM
from lake_local.fidelity import Entry

from ..iam import passing
from ..ministack import cloudformation, compute
from ..ministack.cloudformation import Created, Properties, TypeHandler
from . import network

TYPE = "AWS::Lambda::Function"
FIDELITY = [
    Entry(
        TYPE,
        "differs",
        "Runs in this machine's Python or Node, whatever `Runtime` says, as a process of the user's, under the credentials of its role; "
        "and with PATH, HOME and their like as the only variables of this machine; memory is not limited, the network not separated "
        "(a `VpcConfig` holds for calls of AWS's services only). Container images, Java, .NET and Ruby are not run. The log group that a "
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


# Of the server's variables, those that a function gets beside its own: which AWS to call, and where Node finds the AWS SDK.
_FROM_SERVER = FOR_ANY_PROGRAM | {
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_EC2_METADATA_DISABLED",
    "NODE_PATH",
    "TMPDIR",
}


def install() -> None:
    cloudformation.extend_type(TYPE, _complete)
    compute.limit_environment(_environment)


def _environment(asked: Mapping[str, str]) -> dict[str, str]:
    """Return what a function's process gets: its own variables, those of Lambda, and of the server's only the ones named here."""
    return {name: value for name, value in asked.items() if name in _FROM_SERVER or os.environ.get(name) != value}


def _complete(handler: TypeHandler) -> TypeHandler:
    create, update, delete = handler["create"], handler["update"], handler["delete"]

    # MiniStack's own drops VpcConfig.
    def creating(logical_id: str, properties: Properties, stack_name: str) -> Created:
        _check_role(properties)
        config = network.vpc_config(properties)
        created: Created = create(logical_id, properties, stack_name)
        _place(created[0], config)
        return created

    def updating(physical_id: str, old: Properties, new: Properties, stack_name: str, *logical_id: str) -> Created:
        _check_role(new)
        config = network.vpc_config(new)
        updated: Created = update(physical_id, old, new, stack_name, *logical_id)
        _place(updated[0], config)
        return updated

    def deleting(name: str, properties: Properties) -> None:
        delete(name, properties)
        compute.stop_worker(name)
        _delete_own_log_group(f"/aws/lambda/{name}")

    return {"create": creating, "update": updating, "delete": deleting}


def _check_role(properties: Properties) -> None:
    if passing.is_untrusted(str(properties.get("Role", "")), "lambda.amazonaws.com"):
        raise ValueError(passing.LAMBDA[1])


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
