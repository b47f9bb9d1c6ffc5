"""EventBridge rules whose target is a Glue workflow: MiniStack accepts such targets and drops their events."""

from __future__ import annotations

import logging
from typing import Any

from lake_local.fidelity import Entry

from ..iam.enforcement import decision_for_key
from ..identity import role_credentials
from ..ministack.events import Deliver, delivered_event, send_to_queue, wrap_delivery
from .engine import Engine
from .events import notify

logger = logging.getLogger("lake.events")

FIDELITY = [
    Entry(
        "EventBridge rule → Glue workflow",
        "run",
        "The event reaches the workflow's trigger if the target's role is assumable by events.amazonaws.com and allows glue:NotifyEvent "
        "on the workflow; otherwise it goes to the target's dead-letter queue, or is dropped, with a line in the server's log.",
    ),
]


def install(engine: Engine) -> None:
    """Deliver events for workflows to their triggers; leave the other targets to MiniStack."""

    def wrap(deliver: Deliver) -> Deliver:
        def delivering(target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any = None) -> None:
            if is_workflow(target.get("Arn", "")):
                _notify(engine, target, delivered_event(event, view), rule)
            else:
                deliver(target, event, rule, view)

        return delivering

    wrap_delivery(wrap)


def _notify(engine: Engine, target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any]) -> None:
    try:
        check_role(target.get("RoleArn", ""), target["Arn"], rule.get("Arn"))
        notify(engine, target["Arn"], event)
    except Exception as error:
        logger.error("event %s not delivered to %s: %s", event.get("id"), target["Arn"], error)
        to_dead_letter_queue(target, event)


def is_workflow(arn: str) -> bool:
    parts = arn.split(":", 5)
    return len(parts) == 6 and parts[2] == "glue" and parts[5].startswith("workflow/")


def check_role(role_arn: str, workflow_arn: str, rule_arn: str | None = None) -> None:
    """Raise unless EventBridge may notify the workflow with this role."""
    if not role_arn:
        raise PermissionError("the target has no RoleArn")
    credentials = role_credentials(role_arn, "events", "events.amazonaws.com", rule_arn)
    decision = decision_for_key(credentials.access_key, "glue:NotifyEvent", workflow_arn)
    if not decision.allowed:
        raise PermissionError(decision.message)


def to_dead_letter_queue(target: dict[str, Any], event: dict[str, Any]) -> None:
    """Send an event to the target's dead-letter queue, if it has one."""
    if queue := (target.get("DeadLetterConfig") or {}).get("Arn"):
        send_to_queue(queue, event)
