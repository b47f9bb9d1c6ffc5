"""Triggers: what starts jobs and crawlers, by hand, on schedule, when others have ended, or when events have arrived."""

from __future__ import annotations

from copy import deepcopy
from typing import cast

from . import workflows
from .engine import Engine
from .errors import already_exists, invalid, not_found
from .firing import fire, satisfied
from .records import Action, Crawl, Document, JobRun, Trigger
from .schedule import Cron
from .state import Data, now, only, page

_TYPES = ("SCHEDULED", "CONDITIONAL", "ON_DEMAND", "EVENT")
_CHANGEABLE = ("Description", "Schedule", "Predicate", "EventBatchingCondition")
_INTERNAL = ("Seen", "LastDue")
# "Max jobs per trigger": https://docs.aws.amazon.com/general/latest/gr/glue.html
_JOBS = 50
# https://docs.aws.amazon.com/glue/latest/webapi/API_Predicate.html and API_Condition.html
_CONDITIONS = 500
_JOB_STATES = ("SUCCEEDED", "STOPPED", "FAILED", "TIMEOUT")
_CRAWL_STATES = ("SUCCEEDED", "FAILED", "CANCELLED")


def create_trigger(engine: Engine, request: Data) -> Data:
    name, kind = request.get("Name", ""), request.get("Type")
    if not name:
        raise invalid("Name must not be empty")
    if kind not in _TYPES:
        raise invalid(f"Type {kind!r} is not one of {', '.join(_TYPES)}")
    trigger: Trigger = {"Name": name, "Type": kind, "State": "CREATED", "Actions": deepcopy(request.get("Actions") or [])}
    trigger.update(cast(Trigger, deepcopy(only(("WorkflowName", *_CHANGEABLE), request))))
    if request.get("StartOnCreation"):
        if kind not in ("SCHEDULED", "CONDITIONAL"):
            raise invalid(f"StartOnCreation is not supported for {kind} triggers")
        trigger.update({"State": "ACTIVATED", "LastDue": now()})
    with engine.state.change() as data:
        if name in data["triggers"]:
            raise already_exists("Trigger", name)
        _check(data, trigger, replaces=bool(request.get("Replaces")))
        data["triggers"][name] = trigger
        if tags := request.get("Tags"):
            data["tags"][engine.arn("trigger", name)] = dict(tags)
    return {"Name": name}


def update_trigger(engine: Engine, request: Data) -> Data:
    name, update = request.get("Name", ""), request.get("TriggerUpdate") or {}
    with engine.state.change() as data:
        trigger = _trigger(data, name)
        trigger.update(cast(Trigger, deepcopy(only(("Actions", *_CHANGEABLE), update))))
        _check(data, trigger)
        return {"Trigger": _shown(trigger)}


def delete_trigger(engine: Engine, request: Data) -> Data:
    name = request.get("Name", "")
    with engine.state.change() as data:
        data["triggers"].pop(name, None)
        data["tags"].pop(engine.arn("trigger", name), None)
    return {"Name": name}


def get_trigger(engine: Engine, request: Data) -> Data:
    with engine.state.view() as data:
        return {"Trigger": _shown(_trigger(data, request.get("Name", "")))}


def get_triggers(engine: Engine, request: Data) -> Data:
    with engine.state.view() as data:
        found, token = page(_dependent(data, request), request)
        return {"Triggers": [_shown(trigger) for trigger in found], **token}


def list_triggers(engine: Engine, request: Data) -> Data:
    wanted = request.get("Tags") or {}
    with engine.state.view() as data:
        names = [
            trigger["Name"]
            for trigger in _dependent(data, request)
            if wanted.items() <= data["tags"].get(engine.arn("trigger", trigger["Name"]), {}).items()
        ]
    found, token = page(names, request)
    return {"TriggerNames": found, **token}


def batch_get_triggers(engine: Engine, request: Data) -> Data:
    names = request.get("TriggerNames", [])
    with engine.state.view() as data:
        return {
            "Triggers": [_shown(data["triggers"][name]) for name in names if name in data["triggers"]],
            "TriggersNotFound": [name for name in names if name not in data["triggers"]],
        }


def start_trigger(engine: Engine, request: Data) -> Data:
    """Fire an on-demand trigger; let the others begin to watch."""
    name = request.get("Name", "")
    with engine.state.change() as data:
        trigger = _trigger(data, name)
        if trigger["Type"] in ("SCHEDULED", "CONDITIONAL"):
            trigger.update({"State": "ACTIVATED", "LastDue": now(), "Seen": {}})
            return {"Name": name}
        started = deepcopy(trigger)
    if started["Type"] == "ON_DEMAND":
        start_from(engine, started)
    return {"Name": name}


def stop_trigger(engine: Engine, request: Data) -> Data:
    name = request.get("Name", "")
    with engine.state.change() as data:
        trigger = _trigger(data, name)
        if trigger["Type"] in ("SCHEDULED", "CONDITIONAL"):
            trigger["State"] = "DEACTIVATED"
    return {"Name": name}


# -- firing -----------------------------------------------------------------------------------------------------------------------


def start_from(engine: Engine, trigger: Trigger) -> None:
    """Fire a trigger at the start of a chain: in a workflow, that starts a run."""
    if workflow := trigger.get("WorkflowName"):
        workflows.start(engine, workflow)
    else:
        fire(engine, trigger)


def on_end(engine: Engine, run: JobRun | Crawl) -> None:
    """Fire the triggers that watch what has ended. Like Glue's, they do not watch what was started by hand."""
    if not run.get("TriggerName"):
        return
    if run.get("WorkflowRunId"):
        workflows.advance(engine, run["WorkflowRunId"])
        return
    if "JobName" in run:
        key, state = f"JobName/{run['JobName']}", run["JobRunState"]
    else:
        key, state = f"CrawlerName/{run['CrawlerName']}", run["CrawlState"]
    firing = []
    with engine.state.change() as data:
        for trigger in data["triggers"].values():
            if trigger["Type"] != "CONDITIONAL" or trigger["State"] != "ACTIVATED" or trigger.get("WorkflowName"):
                continue
            seen = trigger.setdefault("Seen", {})
            seen[key] = state
            if satisfied(trigger, {_watched(name): value for name, value in seen.items()}):
                trigger["Seen"] = {}
                firing.append(deepcopy(trigger))
    for trigger in firing:
        fire(engine, trigger)


# -- helpers ----------------------------------------------------------------------------------------------------------------------


def _watched(key: str) -> tuple[str, str]:
    kind, _, name = key.partition("/")
    return kind, name


def _trigger(data: Document, name: str) -> Trigger:
    if name not in data["triggers"]:
        raise not_found("Trigger", name)
    return data["triggers"][name]


def _shown(trigger: Trigger) -> Data:
    return {key: deepcopy(value) for key, value in trigger.items() if key not in _INTERNAL}


def _dependent(data: Document, request: Data) -> list[Trigger]:
    job = request.get("DependentJobName")
    if job and job not in data["jobs"]:
        raise not_found("Job", job)
    return [
        trigger for trigger in data["triggers"].values() if not job or any(action.get("JobName") == job for action in trigger["Actions"])
    ]


def _check(data: Document, trigger: Trigger, replaces: bool = False) -> None:
    _check_workflow(data, trigger, replaces)
    _check_start(trigger)
    _check_actions(data, trigger["Actions"])


def _check_workflow(data: Document, trigger: Trigger, replaces: bool) -> None:
    kind, workflow = trigger["Type"], trigger.get("WorkflowName")
    if not workflow:
        if kind == "EVENT":
            raise invalid("an EVENT trigger must belong to a workflow")
        return
    if workflow not in data["workflows"]:
        raise not_found("Workflow", workflow)
    starts = [
        other["Name"]
        for other in data["triggers"].values()
        if other.get("WorkflowName") == workflow and other["Type"] != "CONDITIONAL" and other["Name"] != trigger["Name"]
    ]
    if kind != "CONDITIONAL" and starts and not replaces:
        raise invalid(f"workflow {workflow} already has the start trigger {starts[0]}: it can have one")


def _check_start(trigger: Trigger) -> None:
    kind, conditions = trigger["Type"], (trigger.get("Predicate") or {}).get("Conditions") or []
    if kind == "SCHEDULED":
        Cron(trigger.get("Schedule", ""))
    elif trigger.get("Schedule"):
        raise invalid(f"Schedule is not supported for {kind} triggers")
    if kind == "CONDITIONAL" and not conditions:
        raise invalid("Predicate must be set for CONDITIONAL triggers")
    if any(bool(condition.get("JobName")) == bool(condition.get("CrawlerName")) for condition in conditions):
        raise invalid("a condition names either a job or a crawler")
    if len(conditions) > _CONDITIONS:
        raise invalid(f"a trigger has at most {_CONDITIONS} conditions")
    for condition in conditions:
        kind, states = ("State", _JOB_STATES) if condition.get("JobName") else ("CrawlState", _CRAWL_STATES)
        if (state := condition.get(kind)) not in states:
            raise invalid(f"a trigger cannot wait for {kind} {state}: {', '.join(states)} are the ones")


def _check_actions(data: Document, actions: list[Action]) -> None:
    if not actions:
        raise invalid("Actions must not be empty")
    if sum("CrawlerName" in action for action in actions) > 2:
        raise invalid("a trigger can start at most two crawlers")
    if sum("JobName" in action for action in actions) > _JOBS:
        raise invalid(f"a trigger can start at most {_JOBS} jobs")
    for action in actions:
        if bool(action.get("JobName")) == bool(action.get("CrawlerName")):
            raise invalid("an action names either a job or a crawler")
        # AWS takes a job's name on trust as well as it takes a crawler's; a typo is better found at once.
        if (job := action.get("JobName")) and job not in data["jobs"]:
            raise not_found("Job", job)
        if (crawler := action.get("CrawlerName")) and crawler not in data["crawlers"]:
            raise not_found("Crawler", crawler)


OPERATIONS = {
    "CreateTrigger": create_trigger,
    "UpdateTrigger": update_trigger,
    "DeleteTrigger": delete_trigger,
    "GetTrigger": get_trigger,
    "GetTriggers": get_triggers,
    "ListTriggers": list_triggers,
    "BatchGetTriggers": batch_get_triggers,
    "StartTrigger": start_trigger,
    "StopTrigger": stop_trigger,
}
