"""What a lake is working on at this moment."""

from __future__ import annotations

from typing import Any

from .client import Lake
from .model import Model

# The queries that were started last: older ones have ended.
_LATEST_QUERIES = 50


def running(lake: Lake, model: Model) -> list[str]:
    """Return what writes to the lake now, a line each."""
    return [*_stacks(lake), *_glue(lake, model), *_streams(lake, model), *_queries(lake, model)]


def _stacks(lake: Lake) -> list[str]:
    pages = lake.client("cloudformation").get_paginator("describe_stacks").paginate()
    stacks = [stack for page in pages for stack in page["Stacks"]]
    return [f"stack {one['StackName']} is being changed" for one in stacks if one["StackStatus"].endswith("_IN_PROGRESS")]


def _glue(lake: Lake, model: Model) -> list[str]:
    glue = lake.client("glue")
    found = []
    for name, job in model.jobs.items():
        runs = glue.get_job_runs(JobName=job, MaxResults=1).get("JobRuns", [])
        if runs and runs[0]["JobRunState"] in ("STARTING", "RUNNING", "STOPPING", "WAITING"):
            found.append(f"the job of {name} runs ({runs[0]['Id']})")
    crawlers = [(zone, glue.get_crawler(Name=crawler)["Crawler"]["State"]) for zone, crawler in model.crawlers.items()]
    found += [f"the crawler of zone {zone} runs" for zone, state in crawlers if state != "READY"]
    if model.workflow:
        runs = glue.get_workflow_runs(Name=model.workflow, MaxResults=1).get("Runs", [])
        found += [f"the workflow runs ({one['WorkflowRunId']})" for one in runs if one["Status"] in ("RUNNING", "STOPPING")]
    return found


def _streams(lake: Lake, model: Model) -> list[str]:
    sqs = lake.client("sqs")
    name = "ApproximateNumberOfMessagesNotVisible"
    counts = [
        (one, int(sqs.get_queue_attributes(QueueUrl=one.queue_url, AttributeNames=[name])["Attributes"][name])) for one in model.streams
    ]
    return [f"the function of stream {one.zone}/{one.name} works on {count} events" for one, count in counts if count]


def _queries(lake: Lake, model: Model) -> list[str]:
    athena = lake.client("athena")
    groups = sorted({model.workgroup or "primary", "primary"})
    ids = [
        one for group in groups for one in athena.list_query_executions(WorkGroup=group, MaxResults=_LATEST_QUERIES)["QueryExecutionIds"]
    ]
    found: list[dict[str, Any]] = []
    for start in range(0, len(ids), _LATEST_QUERIES):
        found += athena.batch_get_query_execution(QueryExecutionIds=ids[start : start + _LATEST_QUERIES])["QueryExecutions"]
    return [f"query {one['QueryExecutionId']} runs" for one in found if one["Status"]["State"] in ("QUEUED", "RUNNING")]
