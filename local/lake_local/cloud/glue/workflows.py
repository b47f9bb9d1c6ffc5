"""Workflows and their runs."""

from __future__ import annotations

import json
import logging
from copy import deepcopy
from typing import cast

from . import crawlers, execution
from .engine import Engine
from .errors import GlueError, already_exists, invalid, not_found
from .firing import fire, satisfied
from .graph import graph, statistics
from .jobs import UNFINISHED
from .records import Crawl, Document, EventBatchingCondition, JobRun, Trigger, Workflow, WorkflowRun
from .state import Data, keep_latest, now, only, page, run_id

logger = logging.getLogger("lake.glue")

_INTERNAL = ("Fired", "Firing", "Errors", "Trigger")


def create_workflow(engine: Engine, request: Data) -> Data:
    name = request.get("Name", "")
    if not name:
        raise invalid("Name must not be empty")
    with engine.state.change() as data:
        if name in data["workflows"]:
            raise already_exists("Workflow", name)
        data["workflows"][name] = {"Name": name, "CreatedOn": now(), "LastModifiedOn": now()}
        data["workflows"][name].update(_definition(request))
        if tags := request.get("Tags"):
            data["tags"][engine.arn("workflow", name)] = dict(tags)
    return {"Name": name}


def update_workflow(engine: Engine, request: Data) -> Data:
    with engine.state.change() as data:
        workflow = _workflow(data, request.get("Name", ""))
        workflow.update(_definition(request))
        workflow["LastModifiedOn"] = now()
        return {"Name": workflow["Name"]}


def delete_workflow(engine: Engine, request: Data) -> Data:
    name = request.get("Name", "")
    with engine.state.view() as data:
        running = [run["WorkflowRunId"] for run in data["workflow_runs"].get(name, []) if run["Status"] == "RUNNING"]
    for identifier in running:
        stop(engine, name, identifier)
    with engine.state.change() as data:
        data["workflows"].pop(name, None)
        data["workflow_runs"].pop(name, None)
        data["events"].pop(name, None)
        data["tags"].pop(engine.arn("workflow", name), None)
    return {"Name": name}


def get_workflow(engine: Engine, request: Data) -> Data:
    with engine.state.view() as data:
        return {"Workflow": _described(data, _workflow(data, request.get("Name", "")), bool(request.get("IncludeGraph")))}


def list_workflows(engine: Engine, request: Data) -> Data:
    with engine.state.view() as data:
        found, token = page(list(data["workflows"]), request, default=25)
        return {"Workflows": found, **token}


def batch_get_workflows(engine: Engine, request: Data) -> Data:
    names = request.get("Names", [])
    with engine.state.view() as data:
        return {
            "Workflows": [
                _described(data, data["workflows"][name], bool(request.get("IncludeGraph"))) for name in names if name in data["workflows"]
            ],
            "MissingWorkflows": [name for name in names if name not in data["workflows"]],
        }


# -- runs -------------------------------------------------------------------------------------------------------------------------


def start_workflow_run(engine: Engine, request: Data) -> Data:
    return {"RunId": start(engine, request.get("Name", ""), properties=request.get("RunProperties") or {})}


def start(
    engine: Engine,
    name: str,
    *,
    properties: dict[str, str] | None = None,
    events: list[str] | None = None,
    batch: EventBatchingCondition | None = None,
) -> str:
    """Start a run; `events` and `batch` say what an event trigger had gathered."""
    with engine.state.change() as data:
        workflow = _workflow(data, name)
        trigger = start_trigger(data, name)
        if trigger is None:
            raise invalid(f"workflow {name} has no trigger to start with")
        runs = data["workflow_runs"].setdefault(name, [])
        limit = workflow.get("MaxConcurrentRuns")
        if limit and sum(run["Status"] in ("RUNNING", "STOPPING") for run in runs) >= int(limit):
            raise GlueError("ConcurrentRunsExceededException", f"Concurrent runs exceeded for workflow {name}")
        run: WorkflowRun = {
            "Name": name,
            "WorkflowRunId": run_id("wr"),
            "Status": "RUNNING",
            "StartedOn": now(),
            "WorkflowRunProperties": {**(workflow.get("DefaultRunProperties") or {}), **(properties or {})},
            "Fired": [trigger["Name"]],
            "Firing": 1,
            "Errors": [],
            "Trigger": trigger["Name"],
        }
        if runs:
            run["PreviousRunId"] = runs[-1]["WorkflowRunId"]
        if events is None and (waiting := data["events"].pop(name, None)):
            # A run started otherwise sees the data of waiting events too: they would only start an empty one after it.
            events, batch = waiting["Ids"], {"BatchSize": waiting["Count"], "BatchWindow": int(now() - waiting["FirstAt"])}
        if events is not None:
            run["WorkflowRunProperties"]["aws:eventIds"] = json.dumps(events)
            run["StartingEventBatchCondition"] = batch or {}
        runs.append(run)
        keep_latest(runs, lambda item: item["Status"] not in ("RUNNING", "STOPPING"))
        started, starting = deepcopy(run), deepcopy(trigger)
    _fire(engine, starting, started)
    advance(engine, started["WorkflowRunId"])
    return started["WorkflowRunId"]


def advance(engine: Engine, identifier: str) -> None:
    """Fire what the end of a part of the run satisfies; end the run when nothing is left to run."""
    firing = []
    with engine.state.change() as data:
        run = _find(data, identifier)
        if run is None or run["Status"] not in ("RUNNING", "STOPPING"):
            return
        states = _ended_states(data, identifier)
        if run["Status"] == "RUNNING":
            for trigger in data["triggers"].values():
                if (
                    trigger["Type"] == "CONDITIONAL"
                    and trigger.get("WorkflowName") == run["Name"]
                    and trigger["State"] == "ACTIVATED"
                    and trigger["Name"] not in run["Fired"]
                    and satisfied(trigger, states)
                ):
                    run["Fired"].append(trigger["Name"])
                    run["Firing"] += 1
                    firing.append(deepcopy(trigger))
        if not firing and run["Firing"] <= 0 and not _running(data, identifier):
            run.update({"Status": "STOPPED" if run["Status"] == "STOPPING" else "COMPLETED", "CompletedOn": now()})
            run["Statistics"] = statistics(data, run)
            if run["Errors"]:
                run["ErrorMessage"] = "; ".join(run["Errors"])
        current = deepcopy(run)
    for trigger in firing:
        _fire(engine, trigger, current)
    if firing:
        advance(engine, identifier)


def _fire(engine: Engine, trigger: Trigger, run: WorkflowRun) -> None:
    errors = fire(engine, trigger, run)
    with engine.state.change() as data:
        stored = _find(data, run["WorkflowRunId"])
        if stored:
            stored["Firing"] -= 1
            stored["Errors"] += errors


def stop_workflow_run(engine: Engine, request: Data) -> Data:
    name, identifier = request.get("Name", ""), request.get("RunId", "")
    with engine.state.view() as data:
        run = _run(data, name, identifier)
        if run["Status"] != "RUNNING":
            raise GlueError("IllegalWorkflowStateException", f"workflow run {identifier} is {run['Status']}, not RUNNING")
    stop(engine, name, identifier)
    return {}


def stop(engine: Engine, name: str, identifier: str) -> None:
    with engine.state.change() as data:
        _run(data, name, identifier)["Status"] = "STOPPING"
        ids = []
        for run in _job_runs(data, identifier):
            if run["JobRunState"] in UNFINISHED:
                run.update({"JobRunState": "STOPPING", "LastModifiedOn": now()})
                ids.append(run["Id"])
        crawling = [crawl["CrawlerName"] for crawl in _crawls(data, identifier) if crawl["State"] == "RUNNING"]
    for job_run in ids:
        execution.stop(engine, job_run)
    for crawler in crawling:
        crawlers.stop(engine, crawler)
    advance(engine, identifier)


def get_workflow_run(engine: Engine, request: Data) -> Data:
    with engine.state.view() as data:
        return {"Run": shown(data, _run(data, request.get("Name", ""), request.get("RunId", "")), bool(request.get("IncludeGraph")))}


def get_workflow_runs(engine: Engine, request: Data) -> Data:
    name = request.get("Name", "")
    with engine.state.view() as data:
        _workflow(data, name)
        found, token = page(data["workflow_runs"].get(name, [])[::-1], request)
        return {"Runs": [shown(data, run, bool(request.get("IncludeGraph"))) for run in found], **token}


def get_workflow_run_properties(engine: Engine, request: Data) -> Data:
    with engine.state.view() as data:
        return {"RunProperties": dict(_run(data, request.get("Name", ""), request.get("RunId", ""))["WorkflowRunProperties"])}


def put_workflow_run_properties(engine: Engine, request: Data) -> Data:
    with engine.state.change() as data:
        _run(data, request.get("Name", ""), request.get("RunId", ""))["WorkflowRunProperties"].update(request.get("RunProperties") or {})
    return {}


def shown(data: Document, run: WorkflowRun, with_graph: bool = False) -> Data:
    answer = {key: deepcopy(value) for key, value in run.items() if key not in _INTERNAL}
    answer.setdefault("Statistics", statistics(data, run))
    if with_graph:
        answer["Graph"] = graph(data, run["Name"], run)
    return answer


# -- helpers ----------------------------------------------------------------------------------------------------------------------


def start_trigger(data: Document, name: str) -> Trigger | None:
    """Return the one trigger of a workflow that waits for no other part of it."""
    return next(
        (trigger for trigger in data["triggers"].values() if trigger.get("WorkflowName") == name and trigger["Type"] != "CONDITIONAL"), None
    )


def is_full(data: Document, name: str) -> bool:
    """Return whether a further run would be one too many."""
    workflow = data["workflows"].get(name)
    limit = workflow.get("MaxConcurrentRuns") if workflow else None
    running = sum(run["Status"] in ("RUNNING", "STOPPING") for run in data["workflow_runs"].get(name, []))
    return limit is not None and running >= int(limit) > 0


def _definition(request: Data) -> Workflow:
    return cast(Workflow, deepcopy(only(("Description", "DefaultRunProperties", "MaxConcurrentRuns"), request)))


def _workflow(data: Document, name: str) -> Workflow:
    if name not in data["workflows"]:
        raise not_found("Workflow", name)
    return data["workflows"][name]


def _run(data: Document, name: str, identifier: str) -> WorkflowRun:
    _workflow(data, name)
    for run in data["workflow_runs"].get(name, []):
        if run["WorkflowRunId"] == identifier:
            return run
    raise GlueError("EntityNotFoundException", f"Workflow run {identifier} of workflow {name} not found")


def _find(data: Document, identifier: str) -> WorkflowRun | None:
    return next((run for runs in data["workflow_runs"].values() for run in runs if run["WorkflowRunId"] == identifier), None)


def _described(data: Document, workflow: Workflow, with_graph: bool) -> Data:
    answer: Data = {**deepcopy(workflow)}
    if runs := data["workflow_runs"].get(workflow["Name"]):
        answer["LastRun"] = shown(data, runs[-1])
    if with_graph:
        answer["Graph"] = graph(data, workflow["Name"])
    return answer


def _job_runs(data: Document, identifier: str) -> list[JobRun]:
    return [run for runs in data["job_runs"].values() for run in runs if run.get("WorkflowRunId") == identifier]


def _crawls(data: Document, identifier: str) -> list[Crawl]:
    return [crawl for crawls in data["crawls"].values() for crawl in crawls if crawl.get("WorkflowRunId") == identifier]


def _ended_states(data: Document, identifier: str) -> dict[tuple[str, str], str]:
    states = {
        ("JobName", run["JobName"]): run["JobRunState"] for run in _job_runs(data, identifier) if run["JobRunState"] not in UNFINISHED
    }
    states.update(
        {("CrawlerName", crawl["CrawlerName"]): crawl["CrawlState"] for crawl in _crawls(data, identifier) if crawl["State"] != "RUNNING"}
    )
    return states


def _running(data: Document, identifier: str) -> bool:
    return any(run["JobRunState"] in UNFINISHED for run in _job_runs(data, identifier)) or any(
        crawl["State"] == "RUNNING" for crawl in _crawls(data, identifier)
    )


OPERATIONS = {
    "CreateWorkflow": create_workflow,
    "UpdateWorkflow": update_workflow,
    "DeleteWorkflow": delete_workflow,
    "GetWorkflow": get_workflow,
    "ListWorkflows": list_workflows,
    "BatchGetWorkflows": batch_get_workflows,
    "StartWorkflowRun": start_workflow_run,
    "GetWorkflowRun": get_workflow_run,
    "GetWorkflowRuns": get_workflow_runs,
    "StopWorkflowRun": stop_workflow_run,
    "GetWorkflowRunProperties": get_workflow_run_properties,
    "PutWorkflowRunProperties": put_workflow_run_properties,
}
