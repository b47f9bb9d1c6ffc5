"""A trigger fires: what it starts, and when a conditional one may."""

from __future__ import annotations

import logging

from . import crawlers, jobs
from .engine import Behalf, Engine
from .errors import GlueError
from .records import Trigger, WorkflowRun
from .state import only

logger = logging.getLogger("lake.glue")


def fire(engine: Engine, trigger: Trigger, workflow_run: WorkflowRun | None = None) -> list[str]:
    """Start what a trigger starts; return what could not be started, with the reason."""
    errors = []
    behalf = Behalf(trigger["Name"], workflow_run["WorkflowRunId"] if workflow_run else None)
    for action in trigger["Actions"]:
        try:
            if "JobName" in action:
                own = {"--WORKFLOW_NAME": workflow_run["Name"], "--WORKFLOW_RUN_ID": workflow_run["WorkflowRunId"]} if workflow_run else {}
                request = {
                    **only(("Timeout", "SecurityConfiguration", "NotificationProperty"), action),
                    "Arguments": {**(action.get("Arguments") or {}), **own},
                }
                jobs.start(engine, action["JobName"], request, behalf)
            else:
                crawlers.start(engine, action["CrawlerName"], behalf)
        except GlueError as error:
            what = action.get("JobName") or action.get("CrawlerName")
            logger.warning("trigger %s could not start %s: %s", trigger["Name"], what, error)
            errors.append(f"{what}: {error.code}: {error.message}")
    return errors


def satisfied(trigger: Trigger, states: dict[tuple[str, str], str]) -> bool:
    """Return whether a conditional trigger's predicate holds. `states`: ("JobName" or "CrawlerName", name) → how it ended."""
    predicate = trigger.get("Predicate") or {}
    held = [
        states.get(("JobName", condition["JobName"])) == condition.get("State")
        if condition.get("JobName")
        else states.get(("CrawlerName", condition["CrawlerName"])) == condition.get("CrawlState")
        for condition in predicate.get("Conditions") or []
    ]
    return bool(held) and (any(held) if predicate.get("Logical") == "ANY" else all(held))
