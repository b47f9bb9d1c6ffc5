"""What is in a lake and how it is doing: zones, queues, tables, the last runs, and what is only recorded."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .client import Lake
from .model import Model, Zone

# More of a zone is not counted: listing costs time and, on AWS, money.
MOST_OBJECTS = 100_000


def collect(lake: Lake) -> dict[str, Any]:
    """Return everything that `lake status` shows."""
    model, recorded = lake.model(), lake.recorded_types()
    with ThreadPoolExecutor(4) as pool:
        zones = pool.submit(lambda: [_zone(lake.client("s3"), zone) for zone in model.zones])
        queues = pool.submit(_queues, lake, model)
        tables = pool.submit(_tables, lake, model)
        runs = pool.submit(_runs, lake, model)
    return {
        **lake.describe(),
        "stacks": sorted({resource.stack for resource in model.resources}),
        "zones": zones.result(),
        "queues": queues.result(),
        "tables": tables.result(),
        **runs.result(),
        "recorded": [
            {"type": one.resource_type, "stack": one.stack, "logical_id": one.logical_id, "physical_id": one.physical_id}
            for one in model.resources
            if one.resource_type in recorded
        ],
    }


def _zone(s3: Any, zone: Zone) -> dict[str, Any]:
    prefixes: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=zone.bucket, PaginationConfig={"MaxItems": MOST_OBJECTS + 1})
    for page in pages:
        for item in page.get("Contents", []):
            parts = item["Key"].split("/")
            entry = prefixes["/".join(parts[: min(2, len(parts) - 1)]) + "/" if len(parts) > 1 else ""]
            entry[0] += 1
            entry[1] += item["Size"]
    return {
        "name": zone.name,
        "bucket": zone.bucket,
        "next": zone.next,
        "more": sum(count for count, _ in prefixes.values()) > MOST_OBJECTS,
        "objects": sum(count for count, _ in prefixes.values()),
        "bytes": sum(total for _, total in prefixes.values()),
        "prefixes": [{"prefix": prefix, "objects": count, "bytes": total} for prefix, (count, total) in sorted(prefixes.items())],
    }


def _queues(lake: Lake, model: Model) -> list[dict[str, Any]]:
    sqs = lake.client("sqs")

    def counts(url: str) -> dict[str, int]:
        names = {"ApproximateNumberOfMessages": "waiting", "ApproximateNumberOfMessagesNotVisible": "in_flight"}
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names))["Attributes"]
        return {short: int(attributes[name]) for name, short in names.items()}

    found = [
        {"name": f"{one.zone}/{one.name}", "url": one.queue_url, "function": one.function, **counts(one.queue_url)} for one in model.streams
    ]
    if model.dead_letter_queue:
        found.append({"name": "dead letters", "url": model.dead_letter_queue, "function": None, **counts(model.dead_letter_queue)})
    return found


def _tables(lake: Lake, model: Model) -> list[dict[str, Any]]:
    glue = lake.client("glue")
    found = []
    for zone, database in model.databases.items():
        for page in glue.get_paginator("get_tables").paginate(DatabaseName=database):
            for one in page["TableList"]:
                columns = one.get("StorageDescriptor", {}).get("Columns", [])
                found.append(
                    {
                        "zone": zone,
                        "database": database,
                        "name": one["Name"],
                        "columns": len(columns),
                        "location": one.get("StorageDescriptor", {}).get("Location", ""),
                    }
                )
    return found


def _runs(lake: Lake, model: Model) -> dict[str, Any]:
    glue = lake.client("glue")
    workflow = None
    if model.workflow:
        runs = glue.get_workflow_runs(Name=model.workflow, MaxResults=1).get("Runs", [])
        workflow = {
            "name": model.workflow,
            "last_run": {
                "id": runs[0]["WorkflowRunId"],
                "status": runs[0]["Status"],
                "started": runs[0].get("StartedOn"),
                "ended": runs[0].get("CompletedOn"),
            }
            if runs
            else None,
        }
    jobs = []
    for name, job in model.jobs.items():
        runs = glue.get_job_runs(JobName=job, MaxResults=1).get("JobRuns", [])
        jobs.append(
            {
                "table": name,
                "job": job,
                "last_run": {
                    "id": runs[0]["Id"],
                    "state": runs[0]["JobRunState"],
                    "started": runs[0].get("StartedOn"),
                    "seconds": runs[0].get("ExecutionTime"),
                    "error": runs[0].get("ErrorMessage"),
                }
                if runs
                else None,
            }
        )
    return {"workflow": workflow, "jobs": jobs}
