"""What jobs, functions and crawlers wrote to CloudWatch Logs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

RESULT_MARK = "LAKE_RESULT "


def job_groups(glue: Any, run: dict[str, Any]) -> dict[str, str]:
    """The log groups of a job's run: {'output': ..., 'error': ...}, named as Glue 5 does.

    https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html
    """
    job = glue.get_job(JobName=run["JobName"])["Job"]
    arguments = {**job.get("DefaultArguments", {}), **run.get("Arguments", {})}
    base = arguments.get("--custom-logGroup-prefix") or "/aws-glue/jobs"
    if configuration := run.get("SecurityConfiguration"):
        base = f"{base}/{configuration}-role/{job['Role'].rsplit('/', 1)[-1]}"
    return {"output": f"{base}/output", "error": f"{base}/error"}


def job_lines(logs: Any, glue: Any, run: dict[str, Any], kind: str = "output") -> list[str]:
    """What one run printed (`output`), or its log (`error`)."""
    return [text for _, text in events(logs, job_groups(glue, run)[kind], run["Id"])]


def job_result(logs: Any, glue: Any, run: dict[str, Any]) -> dict[str, Any] | None:
    """The numbers that our jobs print at their end, if this run did."""
    for line in reversed(job_lines(logs, glue, run)):
        if RESULT_MARK in line:
            try:
                result: dict[str, Any] = json.loads(line.split(RESULT_MARK, 1)[1])
            except ValueError:
                return None
            return result
    return None


def streams(logs: Any, group: str, prefix: str = "") -> list[str]:
    """Names of a group's streams, the one written to last first."""
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
    """(milliseconds, text) of everything in the streams whose names start so, in order of time."""
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
