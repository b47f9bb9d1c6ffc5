"""`lake status`: what is in the lake, and how it is doing."""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ..lake.client import Lake
from ..lake_file import read_lake_file
from .console import show, size, table

EXAMPLES = """\
examples:
  lake status
  lake status -o json | jq '.queues'
"""


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "status",
        help="show what is in the lake",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Zones, queues, tables, the last runs, and what is only recorded.",
    )
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    lake = Lake.find(args.state)
    found = collect(lake)
    show(json.dumps(found, indent=1, default=str) if args.output == "json" else render(found))
    return 0


def collect(lake: Lake) -> dict[str, Any]:
    """Everything that the command shows."""
    from ..cloud.cfn.recorded import RECORDED

    model = lake.model()
    with ThreadPoolExecutor(4) as pool:
        zones = pool.submit(lambda: [_zone(lake.client("s3"), zone) for zone in model.zones])
        queues = pool.submit(_queues, lake, model)
        tables = pool.submit(_tables, lake, model)
        runs = pool.submit(_runs, lake, model)
    known = read_lake_file(lake.state_dir)
    return {
        "endpoint": lake.endpoint,
        "pid": lake.pid,
        "state": str(lake.state_dir),
        "region": lake.region,
        "started": known.get("started"),
        "stacks": sorted({resource.stack for resource in model.resources}),
        "zones": zones.result(),
        "queues": queues.result(),
        "tables": tables.result(),
        **runs.result(),
        "recorded": [
            {"type": one.resource_type, "stack": one.stack, "logical_id": one.logical_id, "physical_id": one.physical_id}
            for one in model.resources
            if one.resource_type in RECORDED
        ],
    }


def _zone(s3: Any, zone: Any) -> dict[str, Any]:
    prefixes: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=zone.bucket):
        for item in page.get("Contents", []):
            parts = item["Key"].split("/")
            entry = prefixes["/".join(parts[: min(2, len(parts) - 1)]) + "/" if len(parts) > 1 else ""]
            entry[0] += 1
            entry[1] += item["Size"]
    return {
        "name": zone.name,
        "bucket": zone.bucket,
        "next": zone.next,
        "objects": sum(count for count, _ in prefixes.values()),
        "bytes": sum(total for _, total in prefixes.values()),
        "prefixes": [{"prefix": prefix, "objects": count, "bytes": total} for prefix, (count, total) in sorted(prefixes.items())],
    }


def _queues(lake: Lake, model: Any) -> list[dict[str, Any]]:
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


def _tables(lake: Lake, model: Any) -> list[dict[str, Any]]:
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


def _runs(lake: Lake, model: Any) -> dict[str, Any]:
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


def render(found: dict[str, Any]) -> str:
    blocks = [
        f"lake on {found['endpoint']} (pid {found['pid']}), since {found['started']}, in {found['state']}\n"
        f"stacks: {', '.join(found['stacks']) or 'none deployed'}"
    ]
    if found["zones"]:
        rows = [
            (zone["name"], entry["prefix"] or "(top)", entry["objects"], size(entry["bytes"]))
            for zone in found["zones"]
            for entry in zone["prefixes"] or [{"prefix": "(empty)", "objects": 0, "bytes": 0}]
        ]
        blocks.append(table(rows, ("ZONE", "PREFIX", "OBJECTS", "SIZE")))
    if found["queues"]:
        blocks.append(
            table([(one["name"], one["waiting"], one["in_flight"]) for one in found["queues"]], ("QUEUE", "WAITING", "IN FLIGHT"))
        )
    if found["tables"]:
        blocks.append(
            table(
                [(one["name"], one["zone"], one["columns"], one["location"]) for one in found["tables"]],
                ("TABLE", "ZONE", "COLUMNS", "LOCATION"),
            )
        )
    if found["jobs"]:
        blocks.append(table([(one["table"], *_last(one["last_run"])) for one in found["jobs"]], ("JOB", "LAST RUN", "STARTED", "SECONDS")))
    if found["workflow"]:
        last = found["workflow"]["last_run"]
        blocks.append(
            f"workflow {found['workflow']['name']}: " + (f"{last['status']}, started {_time(last['started'])}" if last else "has not run")
        )
    if found["recorded"]:
        blocks.append("recorded, not run:\n" + table([(one["type"], one["physical_id"]) for one in found["recorded"]], ("TYPE", "ID")))
    return "\n\n".join(blocks)


def _last(run: dict[str, Any] | None) -> tuple[str, str, Any]:
    return (run["state"], _time(run["started"]), run["seconds"] if run["seconds"] is not None else "") if run else ("never", "", "")


def _time(value: Any) -> str:
    return value.astimezone().strftime("%Y-%m-%d %H:%M:%S") if hasattr(value, "astimezone") else str(value or "")
