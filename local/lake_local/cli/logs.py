"""`lake logs`: what a job, a function or a crawler wrote."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from .console import show
from .where import add_arguments, find

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
    add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    from ..lake.denials import of_session
    from ..lake.logs import events, find_sources, sessions

    lake = find(args)
    logs, model = lake.client("logs"), lake.model()
    sources = find_sources(lake, model, args.name, args.run)
    shown: set[tuple[str, int, str]] = set()
    since = datetime.now(UTC) - timedelta(days=1)
    while True:
        batch = []
        for group, stream in sources():
            batch += [(group, when, text) for when, text in events(logs, group, stream) if (group, when, text) not in shown]
        for session in sessions(lake, model, args.name, args.run):
            refused = [("", int(when.timestamp() * 1000), f"DENIED {why}") for when, why in of_session(lake.request_log, session, since)]
            batch += [one for one in refused if one not in shown]
        since = datetime.now(UTC) - timedelta(seconds=10)
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
