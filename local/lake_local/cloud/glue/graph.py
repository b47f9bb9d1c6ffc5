"""A workflow as a graph, and the figures of one of its runs."""

from __future__ import annotations

import hashlib
from copy import deepcopy
from typing import Any

from .jobs import shown as job_shown
from .records import Action, Condition, Crawl, Document, Trigger, WorkflowRun
from .state import Data

_STATISTICS = {
    "SUCCEEDED": "SucceededActions",
    "FAILED": "FailedActions",
    "ERROR": "ErroredActions",
    "TIMEOUT": "TimeoutActions",
    "STOPPED": "StoppedActions",
    "CANCELLED": "StoppedActions",
    "WAITING": "WaitingActions",
}


def statistics(data: Document, run: WorkflowRun) -> dict[str, int]:
    identifier = run["WorkflowRunId"]
    figures = dict.fromkeys(
        (
            "TotalActions",
            "TimeoutActions",
            "FailedActions",
            "StoppedActions",
            "SucceededActions",
            "RunningActions",
            "ErroredActions",
            "WaitingActions",
        ),
        0,
    )
    figures["TotalActions"] = sum(len(trigger["Actions"]) for trigger in _triggers(data, run["Name"]))
    figures["ErroredActions"] = len(run["Errors"])
    latest: dict[str, str] = {}
    for runs in data["job_runs"].values():
        latest.update({f"job {item['JobName']}": item["JobRunState"] for item in runs if item.get("WorkflowRunId") == identifier})
    for crawls in data["crawls"].values():
        latest.update({f"crawler {item['CrawlerName']}": item["CrawlState"] for item in crawls if item.get("WorkflowRunId") == identifier})
    for state in latest.values():
        figures[_STATISTICS.get(state, "RunningActions")] += 1
    return figures


def graph(data: Document, workflow: str, run: WorkflowRun | None = None) -> Data:
    nodes: dict[tuple[str, str], Data] = {}
    edges = []

    def node(kind: str, name: str) -> Data:
        if (kind, name) not in nodes:
            unique = "wnode_" + hashlib.sha256(f"{workflow}/{kind}/{name}".encode()).hexdigest()
            nodes[kind, name] = {"Type": kind, "Name": name, "UniqueId": unique, **_details(data, kind, name, run)}
        return nodes[kind, name]

    for trigger in _triggers(data, workflow):
        own = node("TRIGGER", trigger["Name"])["UniqueId"]
        for condition in (trigger.get("Predicate") or {}).get("Conditions") or []:
            edges.append({"SourceId": node(*_subject(condition))["UniqueId"], "DestinationId": own})
        for action in trigger["Actions"]:
            edges.append({"SourceId": own, "DestinationId": node(*_subject(action))["UniqueId"]})
    return {"Nodes": list(nodes.values()), "Edges": edges}


def crawl_shown(crawl: Crawl) -> Data:
    """Return a crawl as a workflow's graph has it."""
    shown = {
        "State": crawl["CrawlState"],
        "StartedOn": crawl["StartTime"],
        "LogGroup": crawl.get("LogGroup", "/aws-glue/crawlers"),
        "LogStream": crawl["CrawlerName"],
    }
    if "EndTime" in crawl:
        shown["CompletedOn"] = crawl["EndTime"]
    if crawl.get("ErrorMessage"):
        shown["ErrorMessage"] = crawl["ErrorMessage"]
    return shown


def _triggers(data: Document, workflow: str) -> list[Trigger]:
    return [trigger for trigger in data["triggers"].values() if trigger.get("WorkflowName") == workflow]


def _subject(item: Action | Condition) -> tuple[str, str]:
    return ("JOB", item["JobName"]) if item.get("JobName") else ("CRAWLER", item["CrawlerName"])


def _details(data: Document, kind: str, name: str, run: WorkflowRun | None) -> dict[str, Any]:
    identifier = run and run["WorkflowRunId"]
    if kind == "TRIGGER":
        trigger = data["triggers"][name]
        return {"TriggerDetails": {"Trigger": {key: deepcopy(value) for key, value in trigger.items() if key not in ("Seen", "LastDue")}}}
    if kind == "JOB":
        runs = [job_shown(item) for item in data["job_runs"].get(name, []) if run and item.get("WorkflowRunId") == identifier]
        return {"JobDetails": {"JobRuns": runs}} if run else {"JobDetails": {}}
    crawls = [crawl_shown(item) for item in data["crawls"].get(name, []) if run and item.get("WorkflowRunId") == identifier]
    return {"CrawlerDetails": {"Crawls": crawls}} if run else {"CrawlerDetails": {}}
