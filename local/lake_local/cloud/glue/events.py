"""What starts by itself: schedules, and batches of events for a workflow."""

from __future__ import annotations

import logging
import time
import uuid
from copy import deepcopy
from typing import Any

from . import crawlers, triggers, workflows
from .engine import Engine
from .errors import GlueError, invalid, not_found
from .records import Crawler, Trigger
from .schedule import due
from .state import now

logger = logging.getLogger("lake.glue")

# AWS's own defaults and bounds: https://docs.aws.amazon.com/glue/latest/webapi/API_EventBatchingCondition.html
DEFAULT_WINDOW = 900
_TICK = 0.2
_IDS_KEPT = 100


def start_clock(engine: Engine) -> None:
    """Start what fires schedules and batches."""
    engine.start_thread("glue clock", _clock, engine)


def notify(engine: Engine, workflow_arn: str, event: dict[str, Any]) -> None:
    """Count an event of EventBridge towards the batch of the workflow's event trigger."""
    name = workflow_arn.rsplit("workflow/", 1)[-1]
    identifier = event.get("id")
    with engine.state.change() as data:
        if name not in data["workflows"]:
            raise not_found("Workflow", name)
        trigger = workflows.start_trigger(data, name)
        if trigger is None or trigger["Type"] != "EVENT":
            raise invalid(f"workflow {name} does not start with an EVENT trigger")
        waiting = data["events"].setdefault(name, {"Count": 0, "FirstAt": now(), "Ids": []})
        waiting["Count"] += 1
        waiting["LastAt"] = now()
        waiting["Ids"] = [*waiting["Ids"], identifier or str(uuid.uuid4())][-_IDS_KEPT:]


def pending(engine: Engine) -> dict[str, Any]:
    """Return the batches that wait: their events, and when they start a run at the latest (null while a run has to end first)."""
    answer = []
    with engine.state.view() as data:
        for name, waiting in data["events"].items():
            trigger = workflows.start_trigger(data, name)
            if trigger is None:
                continue
            size, window = _condition(trigger)
            blocked = workflows.is_full(data, name)
            at = now() if waiting["Count"] >= size else waiting["FirstAt"] + window
            answer.append(
                {
                    "workflow": name,
                    "events": waiting["Count"],
                    "batch_size": size,
                    "batch_window": window,
                    "first_at": waiting["FirstAt"],
                    "fires_at": None if blocked else at,
                    "fires_in": None if blocked else max(0.0, round(at - now(), 3)),
                    "waits_for_run": blocked,
                }
            )
    return {"pending": answer}


def _condition(trigger: Trigger) -> tuple[int, int]:
    condition = trigger.get("EventBatchingCondition") or {}
    return int(condition.get("BatchSize") or 1), int(condition.get("BatchWindow") or DEFAULT_WINDOW)


def _start_batch(engine: Engine, name: str) -> None:
    """Start the run of a waiting batch if it is full or its window is over, and no run is in the way."""
    with engine.state.view() as data:
        waiting = deepcopy(data["events"].get(name))
        trigger = workflows.start_trigger(data, name)
        if not waiting or trigger is None or workflows.is_full(data, name):
            return
        size, window = _condition(trigger)
    if waiting["Count"] < size and now() < waiting["FirstAt"] + window:
        return
    # All that have arrived go into the one run, also those beyond the batch's size: it sees all of their data.
    with engine.state.change() as data:
        waiting = data["events"].pop(name, None)
    if not waiting:
        return
    try:
        workflows.start(
            engine, name, events=waiting["Ids"], batch={"BatchSize": waiting["Count"], "BatchWindow": int(now() - waiting["FirstAt"])}
        )
    except GlueError as error:
        # Another run came in between: the batch waits on.
        with engine.state.change() as data:
            if later := data["events"].get(name):
                waiting["Count"] += later["Count"]
                waiting["Ids"] = [*waiting["Ids"], *later["Ids"]][-_IDS_KEPT:]
            data["events"][name] = waiting
        logger.info("workflow %s: %s", name, error)


def _clock(engine: Engine) -> None:
    while not engine.closing:
        time.sleep(_TICK)
        try:
            with engine.state.view() as data:
                names = list(data["events"])
            for name in names:
                _start_batch(engine, name)
            _start_scheduled(engine)
        except Exception:
            if not engine.closing:
                logger.exception("Glue's clock")


def _start_scheduled(engine: Engine) -> None:
    current = now()
    with engine.state.view() as data:
        candidates = [
            trigger["Name"]
            for trigger in data["triggers"].values()
            if trigger["Type"] == "SCHEDULED" and trigger["State"] == "ACTIVATED" and _minute(trigger, current)
        ]
        crawling = [
            crawler["Name"] for crawler in data["crawlers"].values() if crawlers.is_scheduled(crawler) and _minute(crawler, current)
        ]
    if not candidates and not crawling:
        return
    with engine.state.change() as data:
        starting = [
            deepcopy(trigger)
            for name in candidates
            if (trigger := data["triggers"].get(name)) and _take(trigger, trigger["Schedule"], current)
        ]
        crawls = [
            name
            for name in crawling
            if (crawler := data["crawlers"].get(name)) and _take(crawler, crawler["Schedule"]["ScheduleExpression"], current)
        ]
    for trigger in starting:
        try:
            triggers.start_from(engine, trigger)
        except GlueError as error:
            logger.warning("trigger %s: %s", trigger["Name"], error)
    for name in crawls:
        try:
            crawlers.start(engine, name)
        except GlueError as error:
            logger.warning("crawler %s: %s", name, error)


def _take(item: Trigger | Crawler, expression: str, current: float) -> bool:
    """Note that the schedule has been looked at; return whether it was due since."""
    # What was due while the lake was down is not made up for, as on AWS.
    is_due = due(expression, max(item.get("LastDue", current), current - 120), current)
    item["LastDue"] = current
    return is_due


def _minute(item: Trigger | Crawler, current: float) -> bool:
    return int(item.get("LastDue", 0) // 60) < int(current // 60)
