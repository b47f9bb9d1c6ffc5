"""AWS::Lambda::Function: nothing of a function outlives it."""

from __future__ import annotations

from typing import Any

from lake_local.fidelity import Entry

from . import network

FIDELITY = [
    Entry(
        "AWS::Lambda::Function",
        "differs",
        "Runs in this machine's Python or Node, whatever `Runtime` says, as a process of the user's, under the credentials of its role; "
        "memory is not limited, the network not separated "
        "(a `VpcConfig` is checked and shown, no more). Container images, Java, .NET and Ruby are not run. The log group that a "
        "function makes for itself goes with the function (on AWS it stays).",
    ),
]


def install() -> None:
    from ministack.services.cloudformation import provisioners

    handler = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    if handler.get("complete"):
        return
    create, update, delete = handler["create"], handler["update"], handler["delete"]

    # MiniStack's own drops VpcConfig.
    def creating(logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:
        config = network.vpc_config(properties)
        created = create(logical_id, properties, stack_name)
        _place(created[0], config)
        return created

    def updating(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str, *logical_id: str) -> Any:
        config = network.vpc_config(new)
        updated = update(physical_id, old, new, stack_name, *logical_id)
        _place(updated[0], config)
        return updated

    def deleting(name: str, properties: dict[str, Any]) -> None:
        from ministack.core import lambda_runtime

        delete(name, properties)
        lambda_runtime.invalidate_worker(name)
        _delete_own_log_group(f"/aws/lambda/{name}")

    provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"] = {
        **handler,
        "create": creating,
        "update": updating,
        "delete": deleting,
        "complete": True,
    }


def _place(name: str, config: dict[str, Any] | None) -> None:
    from ministack.services import lambda_svc

    function = lambda_svc._functions[name]["config"]
    if config:
        function["VpcConfig"] = config
    else:
        function.pop("VpcConfig", None)


def _delete_own_log_group(group: str) -> None:
    """Unless a template made it: then its DeletionPolicy decides."""
    from ministack.services import cloudwatch_logs
    from ministack.services.cloudformation import _stacks

    declared = {
        resource.get("PhysicalResourceId")
        for stack in _stacks.values()
        for resource in (stack.get("_resources") or {}).values()
        if resource.get("ResourceType") == "AWS::Logs::LogGroup"
    }
    if group not in declared:
        cloudwatch_logs._delete_log_group({"logGroupName": group})
