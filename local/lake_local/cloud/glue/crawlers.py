"""Crawlers and their runs, as Glue's API has them."""

from __future__ import annotations

import operator
import statistics
import threading
import uuid
from collections.abc import Callable
from copy import deepcopy
from typing import Any, cast

from . import crawl
from .engine import Behalf, Engine
from .errors import GlueError, already_exists, invalid, not_found
from .records import Crawl, Crawler, Document
from .schedule import Cron
from .state import Data, keep_latest, now, only, page

_FIELDS = (
    "Role",
    "Targets",
    "DatabaseName",
    "Description",
    "Classifiers",
    "RecrawlPolicy",
    "SchemaChangePolicy",
    "LineageConfiguration",
    "LakeFormationConfiguration",
    "TablePrefix",
    "Configuration",
    "CrawlerSecurityConfiguration",
)
_INTERNAL = ("LastDue", "StartedAt")
_TARGETS = ("S3Targets", "CatalogTargets")
_COMPARISONS_OF_TEXT: dict[str, Callable[[Any, Any], bool]] = {"EQ": operator.eq, "NE": operator.ne}
_COMPARISONS = {**_COMPARISONS_OF_TEXT, "GT": operator.gt, "GE": operator.ge, "LT": operator.lt, "LE": operator.le}


def create_crawler(engine: Engine, request: Data) -> Data:
    name = request.get("Name", "")
    if not name:
        raise invalid("Name must not be empty")
    crawler: Crawler = {
        "Name": name,
        "Role": "",
        "Targets": {},
        "State": "READY",
        "Version": 1,
        "CreationTime": now(),
        "LastUpdated": now(),
        "CrawlElapsedTime": 0,
        "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE"},
        "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
        "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
        "Classifiers": [],
    }
    crawler.update(cast(Crawler, deepcopy(only(_FIELDS, request))))
    _set_schedule(crawler, request.get("Schedule"))
    with engine.state.change() as data:
        if name in data["crawlers"]:
            raise already_exists("Crawler", name)
        _check(data, crawler)
        data["crawlers"][name] = crawler
        if tags := request.get("Tags"):
            data["tags"][engine.arn("crawler", name)] = dict(tags)
    return {}


def update_crawler(engine: Engine, request: Data) -> Data:
    with engine.state.change() as data:
        crawler = _idle(data, request.get("Name", ""))
        crawler.update(cast(Crawler, deepcopy(only(_FIELDS, request))))
        if "Schedule" in request:
            _set_schedule(crawler, request["Schedule"])
        _check(data, crawler)
        crawler.update({"Version": crawler["Version"] + 1, "LastUpdated": now()})
    return {}


def delete_crawler(engine: Engine, request: Data) -> Data:
    name = request.get("Name", "")
    with engine.state.change() as data:
        _idle(data, name)
        del data["crawlers"][name]
        data["crawls"].pop(name, None)
        data["tags"].pop(engine.arn("crawler", name), None)
    return {}


def get_crawler(engine: Engine, request: Data) -> Data:
    with engine.state.view() as data:
        return {"Crawler": _shown(_crawler(data, request.get("Name", "")))}


def get_crawlers(engine: Engine, request: Data) -> Data:
    with engine.state.view() as data:
        found, token = page(list(data["crawlers"].values()), request)
        return {"Crawlers": [_shown(crawler) for crawler in found], **token}


def list_crawlers(engine: Engine, request: Data) -> Data:
    wanted = request.get("Tags") or {}
    with engine.state.view() as data:
        names = [name for name in data["crawlers"] if wanted.items() <= data["tags"].get(engine.arn("crawler", name), {}).items()]
    found, token = page(names, request)
    return {"CrawlerNames": found, **token}


def batch_get_crawlers(engine: Engine, request: Data) -> Data:
    names = request.get("CrawlerNames", [])
    with engine.state.view() as data:
        return {
            "Crawlers": [_shown(data["crawlers"][name]) for name in names if name in data["crawlers"]],
            "CrawlersNotFound": [name for name in names if name not in data["crawlers"]],
        }


def get_crawler_metrics(engine: Engine, request: Data) -> Data:
    with engine.state.view() as data:
        names = request.get("CrawlerNameList") or list(data["crawlers"])
        found, token = page([name for name in names if name in data["crawlers"]], request)
        metrics = []
        for name in found:
            crawls = [item for item in data["crawls"].get(name, []) if "EndTime" in item]
            seconds = [item["EndTime"] - item["StartTime"] for item in crawls]
            changes = crawls[-1].get("Changes", {}) if crawls else {}
            metrics.append(
                {
                    "CrawlerName": name,
                    "TimeLeftSeconds": 0.0,
                    "StillEstimating": data["crawlers"][name]["State"] == "RUNNING",
                    "LastRuntimeSeconds": seconds[-1] if seconds else 0.0,
                    "MedianRuntimeSeconds": statistics.median(seconds) if seconds else 0.0,
                    **{f"Tables{what}": changes.get(what, 0) for what in ("Created", "Updated", "Deleted")},
                }
            )
        return {"CrawlerMetricsList": metrics, **token}


def list_crawls(engine: Engine, request: Data) -> Data:
    name = request.get("CrawlerName", "")
    with engine.state.view() as data:
        _crawler(data, name)
        crawls = [item for item in data["crawls"].get(name, [])[::-1] if all(_passes(item, one) for one in request.get("Filters") or [])]
        found, token = page(crawls, request, default=20)
        fields = ("CrawlId", "State", "StartTime", "EndTime", "Summary", "ErrorMessage", "LogGroup", "LogStream", "MessagePrefix")
        return {"Crawls": [{**only(fields, item), "DPUHour": 0.0} for item in found], **token}


def start_crawler(engine: Engine, request: Data) -> Data:
    start(engine, request.get("Name", ""))
    return {}


def start(engine: Engine, name: str, behalf: Behalf = Behalf()) -> Crawl:
    """Start a crawl."""
    with engine.state.change() as data:
        crawler = _idle(data, name)
        group = "/aws-glue/crawlers"
        if configuration := crawler.get("CrawlerSecurityConfiguration"):
            group = f"/aws-glue/crawlers-role/{crawler['Role'].rsplit('/', 1)[-1]}-{configuration}"
        identifier = str(uuid.uuid4())
        started: Crawl = {
            "CrawlId": identifier,
            "CrawlerName": name,
            "State": "RUNNING",
            "CrawlState": "RUNNING",
            "StartTime": now(),
            "LogGroup": group,
            "LogStream": name,
            "MessagePrefix": identifier,
        }
        if behalf.trigger:
            started["TriggerName"] = behalf.trigger
        if behalf.workflow_run:
            started["WorkflowRunId"] = behalf.workflow_run
        crawler.update({"State": "RUNNING", "StartedAt": now()})
        crawls = data["crawls"].setdefault(name, [])
        crawls.append(started)
        keep_latest(crawls, lambda item: item["State"] != "RUNNING")
        definition, record = deepcopy(crawler), deepcopy(started)
    stopping = threading.Event()
    engine.executions[f"crawler {name}"] = _Stoppable(stopping)
    engine.start_thread(f"crawler {name}", _run, engine, definition, record, stopping)
    return record


def stop_crawler(engine: Engine, request: Data) -> Data:
    name = request.get("Name", "")
    with engine.state.view() as data:
        state = _crawler(data, name)["State"]
    if state == "STOPPING":
        raise GlueError("CrawlerStoppingException", f"Crawler with name {name} is already stopping")
    if state != "RUNNING":
        raise GlueError("CrawlerNotRunningException", f"Crawler with name {name} isn't running")
    stop(engine, name)
    return {}


def stop(engine: Engine, name: str) -> None:
    with engine.state.change() as data:
        crawler = data["crawlers"].get(name)
        if crawler and crawler["State"] == "RUNNING":
            crawler["State"] = "STOPPING"
    if execution := engine.executions.get(f"crawler {name}"):
        execution.kill()


def update_crawler_schedule(engine: Engine, request: Data) -> Data:
    with engine.state.change() as data:
        _set_schedule(_crawler(data, request.get("CrawlerName", "")), request.get("Schedule"))
    return {}


def start_crawler_schedule(engine: Engine, request: Data) -> Data:
    return _switch_schedule(engine, request, "SCHEDULED", "SchedulerRunningException")


def stop_crawler_schedule(engine: Engine, request: Data) -> Data:
    return _switch_schedule(engine, request, "NOT_SCHEDULED", "SchedulerNotRunningException")


def is_scheduled(crawler: Crawler) -> bool:
    """Return whether a crawler starts by itself."""
    schedule = crawler.get("Schedule")
    return schedule is not None and schedule["State"] == "SCHEDULED"


class _Stoppable:
    def __init__(self, event: threading.Event) -> None:
        self.stop = self.kill = event.set


def _run(engine: Engine, crawler: Crawler, record: Crawl, stopping: threading.Event) -> None:
    result = crawl.run(engine, crawler, record, stopping)
    engine.executions.pop(f"crawler {crawler['Name']}", None)
    if engine.closing:
        return
    status = {"SUCCEEDED": "COMPLETED", "FAILED": "FAILED", "CANCELLED": "STOPPED"}[result.state]
    with engine.state.change() as data:
        stored = data["crawlers"].get(crawler["Name"])
        if stored:
            stored.update({"State": "READY", "CrawlElapsedTime": 0})
            stored["LastCrawl"] = {
                "Status": result.state,
                "LogGroup": record["LogGroup"],
                "LogStream": record["LogStream"],
                "MessagePrefix": record["MessagePrefix"],
                "StartTime": record["StartTime"],
                **({"ErrorMessage": result.message} if result.message else {}),
            }
        for item in data["crawls"].get(crawler["Name"], []):
            if item["CrawlId"] == record["CrawlId"]:
                item.update(
                    {"State": status, "CrawlState": result.state, "EndTime": now(), "Summary": result.summary, "Changes": result.changes}
                )
                if result.message:
                    item["ErrorMessage"] = result.message
                record = deepcopy(item)
    engine.ended(record)


def _crawler(data: Document, name: str) -> Crawler:
    if name not in data["crawlers"]:
        raise not_found("Crawler", name)
    return data["crawlers"][name]


def _idle(data: Document, name: str) -> Crawler:
    crawler = _crawler(data, name)
    if crawler["State"] != "READY":
        raise GlueError("CrawlerRunningException", f"Crawler with name {name} has already started")
    return crawler


def _shown(crawler: Crawler) -> Data:
    answer = {key: deepcopy(value) for key, value in crawler.items() if key not in _INTERNAL}
    if crawler["State"] != "READY":
        answer["CrawlElapsedTime"] = int((now() - crawler["StartedAt"]) * 1000)
    return answer


def _set_schedule(crawler: Crawler, expression: str | None) -> None:
    if expression:
        Cron(expression)
        crawler.update({"Schedule": {"ScheduleExpression": expression, "State": "SCHEDULED"}, "LastDue": now()})
    else:
        crawler.pop("Schedule", None)


def _switch_schedule(engine: Engine, request: Data, state: str, code: str) -> Data:
    with engine.state.change() as data:
        crawler = _crawler(data, request.get("CrawlerName", ""))
        schedule = crawler.get("Schedule")
        if schedule is None:
            raise GlueError("NoScheduleException", f"Crawler {crawler['Name']} has no schedule")
        if schedule["State"] == state:
            raise GlueError(code, f"the schedule of crawler {crawler['Name']} is {state} already")
        schedule["State"] = state
        crawler["LastDue"] = now()
    return {}


def _passes(crawl_record: Crawl, condition: dict[str, Any]) -> bool:
    value: Any = crawl_record.get(
        {"CRAWL_ID": "CrawlId", "STATE": "State", "START_TIME": "StartTime", "END_TIME": "EndTime"}.get(condition.get("FieldName", ""), "")
    )
    wanted: Any = condition.get("FieldValue")
    if condition.get("FieldName") in ("START_TIME", "END_TIME"):
        value, wanted = (value or 0) * 1000, float(wanted)
    known = _COMPARISONS if isinstance(value, float) else _COMPARISONS_OF_TEXT
    compare = known.get(condition.get("FilterOperator", "EQ"))
    return compare is not None and compare(value, wanted)


def _check(data: Document, crawler: Crawler) -> None:
    if not crawler.get("Role"):
        raise invalid("Role must not be empty")
    targets = {kind: value for kind, value in (crawler.get("Targets") or {}).items() if value}
    if not targets:
        raise invalid("at least one target must be given")
    if unknown := set(targets) - set(_TARGETS):
        raise invalid(f"{sorted(unknown)[0]} are not available on the embedded cloud: {' and '.join(_TARGETS)} are")
    for target in crawler["Targets"].get("S3Targets") or []:
        if not 1 <= int(target.get("SampleSize") or 1) <= 249:
            raise invalid(f"SampleSize is {target['SampleSize']}: an integer between 1 and 249")
    policy = crawler.get("SchemaChangePolicy") or {}
    if targets.get("CatalogTargets"):
        if targets.get("S3Targets"):
            raise invalid("S3Targets and CatalogTargets cannot be in one crawler")
        if policy.get("DeleteBehavior") != "LOG":
            raise invalid('The SchemaChangePolicy for "Delete behavior" only supports LOG for Catalog targets')
    elif not crawler.get("DatabaseName"):
        raise invalid("DatabaseName must not be empty")
    configuration = crawler.get("CrawlerSecurityConfiguration")
    if configuration and configuration not in data["security_configurations"]:
        raise not_found("Security configuration", configuration)


OPERATIONS = {
    "CreateCrawler": create_crawler,
    "UpdateCrawler": update_crawler,
    "DeleteCrawler": delete_crawler,
    "GetCrawler": get_crawler,
    "GetCrawlers": get_crawlers,
    "ListCrawlers": list_crawlers,
    "BatchGetCrawlers": batch_get_crawlers,
    "StartCrawler": start_crawler,
    "StopCrawler": stop_crawler,
    "GetCrawlerMetrics": get_crawler_metrics,
    "ListCrawls": list_crawls,
    "UpdateCrawlerSchedule": update_crawler_schedule,
    "StartCrawlerSchedule": start_crawler_schedule,
    "StopCrawlerSchedule": stop_crawler_schedule,
}
