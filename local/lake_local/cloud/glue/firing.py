"""A trigger fires: what it starts, and when a conditional one may."""

from __future__ import annotations

import logging

from . import crawlers, jobs
from .engine import Engine
from .errors import GlueError
from .state import Data, only

logger = logging.getLogger("lake.glue")


def fire(engine: Engine, trigger: Data, workflow_run: Data | None = None) -> list[str]:
    """Start what a trigger starts; return what could not be started, with the reason."""
    errors = []
    for action in trigger["Actions"]:
        options = {"trigger": trigger["Name"], "workflow_run": workflow_run and workflow_run["WorkflowRunId"]}
        try:
            if "JobName" in action:
                own = {"--WORKFLOW_NAME": workflow_run["Name"], "--WORKFLOW_RUN_ID": workflow_run["WorkflowRunId"]} if workflow_run else {}
                request = {
                    **only(("Timeout", "SecurityConfiguration", "NotificationProperty"), action),
                    "Arguments": {**(action.get("Arguments") or {}), **own},
                }
                jobs.start(engine, action["JobName"], request, **options)
            else:
                crawlers.start(engine, action["CrawlerName"], **options)
        except GlueError as error:
            what = action.get("JobName") or action.get("CrawlerName")
            logger.warning("trigger %s could not start %s: %s", trigger["Name"], what, error)
            errors.append(f"{what}: {error.code}: {error.message}")
    return errors


def satisfied(trigger: Data, states: dict[tuple[str, str], str]) -> bool:
    """Return whether a conditional trigger's predicate holds. `states`: ("JobName" or "CrawlerName", name) → how it ended."""
    predicate = trigger.get("Predicate") or {}
    held = []
    for condition in predicate.get("Conditions") or []:
        kind, wanted = ("JobName", condition.get("State")) if condition.get("JobName") else ("CrawlerName", condition.get("CrawlState"))
        held.append(states.get((kind, condition[kind])) == wanted)
    return bool(held) and (any(held) if predicate.get("Logical") == "ANY" else all(held))
