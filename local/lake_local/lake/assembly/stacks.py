"""Creating, updating and deleting stacks through CloudFormation, as the CDK's command does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from lake_local.errors import OperationFailed, UserError

from .manifest import Stack

# Larger templates must come from S3.
INLINE_BYTES = 51_200
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]


@dataclass
class Outcome:
    """What became of a stack."""

    name: str
    change: str  # created, updated, unchanged, deleted
    seconds: float
    outputs: dict[str, str] = field(default_factory=dict)
    resources: int = 0


Progress = Callable[[str, int, int], None]


class Stacks:
    """The CloudFormation of a lake."""

    def __init__(self, cloudformation: Any, template_url: Callable[[Stack], str], progress: Progress = lambda *_: None) -> None:
        self._cloudformation = cloudformation
        self._template_url = template_url
        self._progress = progress

    def find(self, name: str) -> dict[str, Any] | None:
        try:
            described: dict[str, Any] = self._cloudformation.describe_stacks(StackName=name)["Stacks"][0]
            return described
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise

    def deploy(self, stack: Stack, parameters: dict[str, str] | None = None) -> Outcome:
        started = time.monotonic()
        existing = self.find(stack.name)
        if existing and existing["StackStatus"].endswith("_IN_PROGRESS"):
            existing = self._wait(stack.name, existing["StackId"], 0, None)
        if existing and existing["StackStatus"] in (
            "ROLLBACK_COMPLETE",
            "ROLLBACK_FAILED",
            "CREATE_FAILED",
            "REVIEW_IN_PROGRESS",
            "DELETE_FAILED",
        ):
            self.delete(stack.name)
            existing = None
        if existing and existing["StackStatus"] == "UPDATE_ROLLBACK_FAILED":
            raise OperationFailed(
                f"stack {stack.name} is in UPDATE_ROLLBACK_FAILED: delete it with `lake destroy {stack.name}` and run `lake up` again"
            )
        request = {
            "StackName": stack.name,
            "Capabilities": CAPABILITIES,
            "Parameters": self._parameters(stack, parameters or {}, existing),
            "Tags": [{"Key": key, "Value": value} for key, value in stack.tags.items()],
            **self._template(stack),
        }
        try:
            call = self._cloudformation.update_stack if existing else self._cloudformation.create_stack
            stack_id = call(**request)["StackId"]
        except ClientError as error:
            if "No updates are to be performed" in str(error):
                return Outcome(stack.name, "unchanged", time.monotonic() - started, _outputs(existing), len(stack.resources))
            raise OperationFailed(f"stack {stack.name}: {error.response['Error'].get('Message', error)}") from None
        described = self._wait(stack.name, stack_id, len(stack.resources), started)
        if described["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise OperationFailed(self._explain(stack.name, stack_id, described))
        if stack.termination_protection != bool(described.get("EnableTerminationProtection")):
            self._cloudformation.update_termination_protection(
                StackName=stack.name, EnableTerminationProtection=stack.termination_protection
            )
        change = "updated" if existing else "created"
        return Outcome(stack.name, change, time.monotonic() - started, _outputs(described), len(stack.resources))

    def delete(self, name: str) -> Outcome | None:
        """Delete a stack; None if there is none."""
        started = time.monotonic()
        existing = self.find(name)
        if existing is None:
            return None
        try:
            self._cloudformation.delete_stack(StackName=name)
        except ClientError as error:
            raise OperationFailed(f"stack {name}: {error.response['Error'].get('Message', error)}") from None
        described = self._wait(name, existing["StackId"], 0, started)
        if described["StackStatus"] != "DELETE_COMPLETE":
            raise OperationFailed(self._explain(name, existing["StackId"], described))
        return Outcome(name, "deleted", time.monotonic() - started)

    def unknown_types(self, types: set[str]) -> set[str]:
        """Return the resource types that this CloudFormation does not know."""
        unknown: set[str] = set()
        named = sorted(one for one in types if not one.startswith("Custom::"))
        for start in range(0, len(named), 200):
            body = json.dumps({"Resources": {f"R{i}": {"Type": one} for i, one in enumerate(named[start : start + 200])}})
            try:
                self._cloudformation.validate_template(TemplateBody=body)
            except ClientError as error:
                message = str(error)
                if "Unrecognized resource types" not in message:
                    raise
                unknown |= {one.strip() for one in message.split("[", 1)[1].split("]", 1)[0].split(",")}
        return unknown

    def _template(self, stack: Stack) -> dict[str, str]:
        if len(stack.template_text.encode()) <= INLINE_BYTES:
            return {"TemplateBody": stack.template_text}
        return {"TemplateURL": self._template_url(stack)}

    def _parameters(self, stack: Stack, given: dict[str, str], existing: dict[str, Any] | None) -> list[dict[str, Any]]:
        declared = stack.template.get("Parameters") or {}
        values = {**stack.parameters, **{name: value for name, value in given.items() if name in declared}}
        kept = {parameter["ParameterKey"] for parameter in (existing or {}).get("Parameters", [])}
        request: list[dict[str, Any]] = [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]
        for name, definition in declared.items():
            if name in values:
                continue
            if "Default" not in definition and name not in kept:
                raise UserError(f"stack {stack.name} has no value for its parameter {name}: pass `--parameter {name}=VALUE`")
            if "Default" not in definition:
                request.append({"ParameterKey": name, "UsePreviousValue": True})
        return request

    def _wait(self, name: str, stack_id: str, total: int, started: float | None) -> dict[str, Any]:
        pause = 0.05
        while True:
            described: dict[str, Any] = self._cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]
            if not described["StackStatus"].endswith("_IN_PROGRESS"):
                return described
            if started and time.monotonic() - started > 1:
                self._progress(name, self._done(stack_id), total)
            time.sleep(pause)
            pause = min(pause * 1.3, 0.25)

    def _done(self, stack_id: str) -> int:
        summaries = self._cloudformation.list_stack_resources(StackName=stack_id)["StackResourceSummaries"]
        return sum(one["ResourceStatus"].endswith("_COMPLETE") for one in summaries)

    def _explain(self, name: str, stack_id: str, described: dict[str, Any]) -> str:
        """Return the events that say why, oldest first. Leave out those that failed only because another one had."""
        lines = []
        pages = self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_id)
        for event in [event for page in pages for event in page["StackEvents"]]:
            if (
                event["ResourceStatus"].endswith("_IN_PROGRESS")
                and event["PhysicalResourceId"] == stack_id
                and "ROLLBACK" not in event["ResourceStatus"]
            ):
                break  # the start of this operation: what is older belongs to another
            reason = event.get("ResourceStatusReason", "")
            if event["ResourceStatus"].endswith("_FAILED") and "cancelled" not in reason.lower():
                lines.append(f"  {event['LogicalResourceId']} ({event['ResourceType']}): {reason or event['ResourceStatus']}")
        if not lines and described.get("StackStatusReason"):
            lines.append(f"  {described['StackStatusReason']}")
        return "\n".join([f"stack {name} ended as {described['StackStatus']}", *reversed(lines)])


def _outputs(described: dict[str, Any] | None) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in (described or {}).get("Outputs", [])}
