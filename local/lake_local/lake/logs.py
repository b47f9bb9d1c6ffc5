"""What jobs, functions and crawlers wrote to CloudWatch Logs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from ..errors import UserError
from .client import Lake
from .denials import session_of_crawler, session_of_run
from .model import Model

RESULT_MARK = "LAKE_RESULT "


def job_groups(glue: Any, run: dict[str, Any]) -> dict[str, str]:
    """Return the log groups of a job's run: {'output': ..., 'error': ...}, named as Glue 5 does.

    https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html
    """
    job = glue.get_job(JobName=run["JobName"])["Job"]
    arguments = {**job.get("DefaultArguments", {}), **run.get("Arguments", {})}
    base = arguments.get("--custom-logGroup-prefix") or "/aws-glue/jobs"
    if configuration := run.get("SecurityConfiguration"):
        base = f"{base}/{configuration}-role/{job['Role'].rsplit('/', 1)[-1]}"
    return {"output": f"{base}/output", "error": f"{base}/error"}


def job_lines(logs: Any, glue: Any, run: dict[str, Any], kind: str = "output") -> list[str]:
    """Return what one run printed (`output`), or its log (`error`)."""
    return [text for _, text in events(logs, job_groups(glue, run)[kind], run["Id"])]


def job_result(logs: Any, glue: Any, run: dict[str, Any]) -> dict[str, Any] | None:
    """Return the numbers that our jobs print at their end, if this run did."""
    for line in reversed(job_lines(logs, glue, run)):
        if RESULT_MARK in line:
            try:
                result: dict[str, Any] = json.loads(line.split(RESULT_MARK, 1)[1])
            except ValueError:
                return None
            return result
    return None


def streams(logs: Any, group: str, prefix: str = "") -> list[str]:
    """Return the names of a group's streams, the one written to last first."""
    try:
        pages = logs.get_paginator("describe_log_streams").paginate(
            logGroupName=group, **({"logStreamNamePrefix": prefix} if prefix else {})
        )
        found = [stream for page in pages for stream in page["logStreams"]]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return []
        raise
    return [
        one["logStreamName"]
        for one in sorted(found, key=lambda one: one.get("lastEventTimestamp", one.get("creationTime", 0)), reverse=True)
    ]


def events(logs: Any, group: str, stream_prefix: str = "", since: int = 0) -> list[tuple[int, str]]:
    """Return (milliseconds, text) of all events in the streams whose names start with the prefix, in order of time."""
    found = []
    for stream in streams(logs, group, stream_prefix):
        found += [(event["timestamp"], event["message"].rstrip("\n")) for event in _stream_events(logs, group, stream, since)]
    return sorted(found, key=lambda event: event[0])


def _stream_events(logs: Any, group: str, stream: str, since: int) -> Iterator[dict[str, Any]]:
    token = None
    while True:
        page = logs.get_log_events(
            logGroupName=group, logStreamName=stream, startFromHead=True, startTime=since, **({"nextToken": token} if token else {})
        )
        yield from page["events"]
        if not page["events"] or page.get("nextForwardToken") in (None, token):
            return
        token = page["nextForwardToken"]


Sources = Callable[[], list[tuple[str, str]]]


def sessions(lake: Lake, model: Model, name: str, run: str | None) -> list[str]:
    """Return the names of the sessions in which what is called `name` works; none for a log group."""
    if job := model.jobs.get(name) or (name if name in model.jobs.values() else None):
        newest = [run] if run else [one["Id"] for one in lake.client("glue").get_job_runs(JobName=job, MaxResults=1)["JobRuns"]]
        return [session_of_run(one) for one in newest]
    if name.startswith("crawler/"):
        return [session_of_crawler(model.crawlers[name.removeprefix("crawler/")])]
    functions = {stream.function for stream in model.streams if name in (stream.name, f"{stream.zone}/{stream.name}")}
    functions |= {one.physical_id for one in model.resources if name in (one.logical_id, one.physical_id)}
    return [function[:64] for function in functions if function]


def find_sources(lake: Lake, model: Model, name: str, run: str | None) -> Sources:
    """Return what finds the log groups, and how the names of their streams begin; called again while following, as new runs come."""
    jobs = model.jobs
    if name in jobs or name in jobs.values():
        return _job(lake, jobs.get(name, name), run)
    if run:
        raise UserError(f"--run is for jobs, and {name!r} is none: {', '.join(jobs) or 'there are no jobs'}")
    if name.startswith("/"):
        return _group(lake, name)
    for stream in model.streams:
        if name in (stream.name, f"{stream.zone}/{stream.name}") and stream.function:
            return _function(lake, stream.function)
    for resource in model.resources:
        if name in (resource.logical_id, resource.physical_id) and resource.resource_type == "AWS::Lambda::Function":
            return _function(lake, resource.physical_id)
    if name.removeprefix("crawler/") in model.crawlers and name.startswith("crawler/"):
        return _crawler(lake, model.crawlers[name.removeprefix("crawler/")])
    known = [*jobs, *(stream.name for stream in model.streams), *(f"crawler/{zone}" for zone in model.crawlers)]
    raise UserError(f"nothing is called {name!r}: give one of {', '.join(known) or '(nothing is deployed)'}, a function or a log group")


def _group(lake: Lake, name: str) -> Sources:
    pages = lake.client("logs").get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
    if not any(group["logGroupName"] == name for page in pages for group in page["logGroups"]):
        raise UserError(f"there is no log group {name!r}: `lake logs TABLE`, or STREAM, finds the group by itself")
    return lambda: [(name, "")]


def _job(lake: Lake, job: str, run: str | None) -> Sources:
    glue, logs = lake.client("glue"), lake.client("logs")

    def of(one: dict[str, Any]) -> list[tuple[str, str]]:
        return [(group, one["Id"]) for group in job_groups(glue, one).values()]

    def sources() -> list[tuple[str, str]]:
        if run:
            try:
                return of(glue.get_job_run(JobName=job, RunId=run)["JobRun"])
            except glue.exceptions.EntityNotFoundException:
                raise UserError(f"there is no run {run!r} of {job}: leave --run out for the last one") from None
        newest, *before = glue.get_job_runs(JobName=job, MaxResults=2)["JobRuns"] or [None]
        if newest is None:
            return []
        found = of(newest)
        if not before or newest.get("CompletedOn") or any(streams(logs, group, stream) for group, stream in found):
            return found
        # A run that has only just begun, such as one that a drop started, has logged nothing: the one before it is shown until then.
        earlier = of(before[0])
        return earlier if any(streams(logs, group, stream) for group, stream in earlier) else found

    return sources


def function_group(lake: Lake, function: str) -> str:
    """Return the log group that a function writes to."""
    configuration = lake.client("lambda").get_function_configuration(FunctionName=function)
    return (configuration.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{function}"


def _function(lake: Lake, function: str) -> Sources:
    group = function_group(lake, function)
    return lambda: [(group, "")]


def _crawler(lake: Lake, crawler: str) -> Sources:
    described = lake.client("glue").get_crawler(Name=crawler)["Crawler"]
    configuration = described.get("CrawlerSecurityConfiguration")
    group = f"/aws-glue/crawlers-role/{described['Role'].rsplit('/', 1)[-1]}-{configuration}" if configuration else "/aws-glue/crawlers"
    return lambda: [(group, crawler)]
