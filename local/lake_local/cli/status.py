"""`lake status`: what is in the lake, and how it is doing."""

from __future__ import annotations

import argparse
import json
from typing import Any

from ..lake.status import collect
from ..text import size
from .console import show, table
from .where import add_arguments, find

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
    add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    lake = find(args)
    found = collect(lake)
    show(json.dumps(found, indent=1, default=str) if args.output == "json" else render(found))
    return 0


def render(found: dict[str, Any]) -> str:
    if "account" in found:
        where = f"lake in account {found['account']}, {found['region']}"
    else:
        where = f"lake on {found['endpoint']} (pid {found['pid']}), since {found['started']}, in {found['state']}"
    blocks = [f"{where}\nstacks: {', '.join(found['stacks']) or 'none deployed'}"]
    if found["zones"]:
        rows = [
            (zone["name"], entry["prefix"] or "(top)", entry["objects"], size(entry["bytes"]))
            for zone in found["zones"]
            for entry in zone["prefixes"] or [{"prefix": "(empty)", "objects": 0, "bytes": 0}]
        ]
        blocks.append(table(rows, ("ZONE", "PREFIX", "OBJECTS", "SIZE")))
        if more := [zone["name"] for zone in found["zones"] if zone["more"]]:
            blocks.append(f"{', '.join(more)}: only the first objects were counted")
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
