"""EventBridge rules whose target is a Glue workflow: MiniStack accepts such targets and drops their events."""

from __future__ import annotations

import importlib
import json
import logging
from typing import Any

from lake_local.fidelity import Entry

logger = logging.getLogger("lake.events")

FIDELITY = [
    Entry(
        "EventBridge rule → Glue workflow",
        "run",
        "The event reaches the workflow's trigger if the target's role is assumable by events.amazonaws.com and allows glue:NotifyEvent "
        "on the workflow; otherwise it goes to the target's dead-letter queue, or is dropped, with a line in the server's log.",
    ),
]


def install() -> None:
    from ministack.services import eventbridge

    invoke = eventbridge._invoke_target
    if getattr(invoke, "knows_workflows", False):
        return

    def invoking(target: dict[str, Any], event: dict, rule: dict, view: Any = None) -> None:
        arn = target.get("Arn", "")
        if not is_workflow(arn):
            invoke(target, event, rule, view)
            return
        delivered = (view or eventbridge._pattern_event_view(event)).event_with_detail()
        try:
            check_role(target.get("RoleArn", ""), arn, rule.get("Arn"))
            importlib.import_module("lake_local.cloud.glue.events").notify(arn, delivered)
        except Exception as error:
            logger.error("event %s not delivered to %s: %s", delivered.get("id"), arn, error)
            to_dead_letter_queue(target, delivered)

    invoking.knows_workflows = True
    eventbridge._invoke_target = invoking


def is_workflow(arn: str) -> bool:
    parts = arn.split(":", 5)
    return len(parts) == 6 and parts[2] == "glue" and parts[5].startswith("workflow/")


def check_role(role_arn: str, workflow_arn: str, rule_arn: str | None = None) -> None:
    """Raise unless EventBridge may notify the workflow with this role."""
    from ministack.core.iam_evaluator import EvalContext, evaluate, resolve_principal

    from ..server.identity import role_credentials

    if not role_arn:
        raise PermissionError("the target has no RoleArn")
    account = role_arn.split(":")[4]
    credentials = role_credentials(role_arn, "events", "events.amazonaws.com", rule_arn)
    principal = resolve_principal(credentials.access_key, account)
    context = EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action="glue:NotifyEvent",
        resource_arn=workflow_arn,
        region=workflow_arn.split(":")[3],
        principal_keys=principal.keys,
    )
    if evaluate(context, principal.policies, *principal.limits).decision != "Allow":
        raise PermissionError(f"{principal.arn} is not authorized to perform: glue:NotifyEvent on resource: {workflow_arn}")


def to_dead_letter_queue(target: dict[str, Any], event: dict) -> None:
    from ministack.core.arn import parse_arn
    from ministack.services import eventbridge

    if queue := (target.get("DeadLetterConfig") or {}).get("Arn"):
        eventbridge._dispatch_to_sqs(parse_arn(queue), json.dumps(event), {})
