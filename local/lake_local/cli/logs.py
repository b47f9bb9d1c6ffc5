"""`lake logs`: what a job, a function or a crawler wrote."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ..errors import UserError
from ..lake.client import Lake
from ..lake.model import Model
from .console import show

EXAMPLES = """\
examples:
  lake logs order_items                the last run of a table's job
  lake logs order_items --run jr_1a2b  a certain run
  lake logs clickstream -f             a stream's function, as it works
  lake logs /aws/lambda/MyFunction     any log group
"""


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "logs",
        help="show the log of a job, function or stream",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Show what a table's job, a stream's function, a crawler (crawler/ZONE) or any log group has logged.",
    )
    parser.add_argument("name", metavar="NAME", help="table, stream, crawler/ZONE, job, function or log group")
    parser.add_argument("--run", metavar="ID", help="a certain run of the job (default: the last)")
    parser.add_argument("-f", "--follow", action="store_true", help="go on until Ctrl-C")
    parser.add_argument("--times", action="store_true", help="put the time before each line")


def run(args: argparse.Namespace) -> int:
    from ..lake.joblogs import events

    lake = Lake.find(args.state)
    logs = lake.client("logs")
    sources = find_sources(lake, lake.model(), args.name, args.run)
    shown: set[tuple[str, int, str]] = set()
    while True:
        batch = []
        for group, stream in sources():
            batch += [(group, when, text) for when, text in events(logs, group, stream) if (group, when, text) not in shown]
        shown.update(batch)
        for _, when, text in sorted(batch, key=lambda event: event[1]):
            stamp = f"{datetime.fromtimestamp(when / 1000, UTC).astimezone():%H:%M:%S.%f}"[:-3] + "  " if args.times else ""
            show(f"{stamp}{text}")
        if not args.follow:
            break
        time.sleep(0.5)
    if not shown:
        show(f"{args.name} has logged nothing yet", sys.stderr)
    return 0


Sources = Callable[[], list[tuple[str, str]]]


def find_sources(lake: Lake, model: Model, name: str, run: str | None) -> Sources:
    """Log groups and the beginnings of their streams' names; asked again while following, as new runs come."""
    jobs = model.jobs
    if name in jobs or name in jobs.values():
        return _job(lake, jobs.get(name, name), run)
    if run:
        raise UserError(f"--run is for jobs, and {name!r} is none: {', '.join(jobs) or 'there are no jobs'}")
    if name.startswith("/"):
        return lambda: [(name, "")]
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


def _job(lake: Lake, job: str, run: str | None) -> Sources:
    from ..lake.joblogs import job_groups

    glue = lake.client("glue")

    def sources() -> list[tuple[str, str]]:
        runs = [glue.get_job_run(JobName=job, RunId=run)["JobRun"]] if run else glue.get_job_runs(JobName=job, MaxResults=1)["JobRuns"]
        return [(group, one["Id"]) for one in runs for group in job_groups(glue, one).values()]

    return sources


def _function(lake: Lake, function: str) -> Sources:
    configuration = lake.client("lambda").get_function_configuration(FunctionName=function)
    group = (configuration.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{function}"
    return lambda: [(group, "")]


def _crawler(lake: Lake, crawler: str) -> Sources:
    described = lake.client("glue").get_crawler(Name=crawler)["Crawler"]
    configuration = described.get("CrawlerSecurityConfiguration")
    group = f"/aws-glue/crawlers-role/{described['Role'].rsplit('/', 1)[-1]}-{configuration}" if configuration else "/aws-glue/crawlers"
    return lambda: [(group, crawler)]
