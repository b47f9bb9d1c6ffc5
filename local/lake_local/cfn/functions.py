"""AWS::Lambda::Function: nothing of a function outlives it."""

from __future__ import annotations

from typing import Any

from ..fidelity import Entry

FIDELITY = [
    Entry(
        "AWS::Lambda::Function",
        "differs",
        "Runs in this machine's Python or Node, whatever `Runtime` says, as a process of the user's, under the credentials of its role; "
        "memory is not limited, the network not separated. Container images, Java, .NET and Ruby are not run. The log group that a "
        "function makes for itself goes with the function (on AWS it stays).",
    ),
]


def install() -> None:
    from ministack.services.cloudformation import provisioners

    handler = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    if handler.get("complete"):
        return
    delete = handler["delete"]

    def deleting(name: str, properties: dict[str, Any]) -> None:
        from ministack.core import lambda_runtime

        delete(name, properties)
        lambda_runtime.invalidate_worker(name)
        _delete_own_log_group(f"/aws/lambda/{name}")

    provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"] = {**handler, "delete": deleting, "complete": True}


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
