"""`lake run`: follow the run that a drop started, or start one."""

from __future__ import annotations

import argparse
import json
from typing import Any

from ..lake.dropping import last_drop
from ..text import seconds
from .console import Console
from .where import add_arguments, find

EXAMPLES = """\
examples:
  lake run                          the whole workflow, from drop to curated
  lake run --table order_items      one table's job
  lake run -o json                  the numbers, for scripts
"""


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "run",
        help="run the workflow, or one job",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Follow the workflow's run that a drop started, else start one. Exit code 1 if a job failed or could not start.",
    )
    parser.add_argument("--table", metavar="T", help="start the job of one table instead")
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")
    add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    from ..lake.runs import Runs, describe, short

    lake = find(args)
    runs = Runs(lake)
    console = Console()
    if args.table:
        job, run_id = runs.start_job(args.table, console.say)
        result = runs.follow_job(job, run_id, lambda step: console.say(describe(step)))
    else:
        result = runs.run_workflow(last_drop(lake), console.say, lambda step: console.say(describe(step)))
    if args.output == "json":
        print(json.dumps(result.as_dict(), indent=1))
    console.say(f"{'succeeded' if result.ok else 'failed'}: {result.status}, {seconds(result.seconds)}, run {result.run_id}")
    if result.not_started:
        console.say(f"  could not start: {short(result.not_started)}")
    for step in result.failed:
        name = step.name if step.kind == "job" else f"crawler/{step.name}"
        run_of_job = f" --run {step.run_id}" if step.run_id else ""
        console.say(f"  {name}: {short(step.error or step.state)}; see `lake logs {name}{run_of_job}`")
        for denial in step.denials:
            console.say(f"    denied: {denial}")
    return 0 if result.ok else 1
