"""`lake audit`: who called what, and what allowed or refused it."""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from typing import Any

from ..lake.audit import Filter, Record, ago, decisions, is_denied, label, read, reason, when
from ..lake.client import NoLakeError
from ..lake_file import REQUEST_LOG, read_lake_file, state_directory
from .console import show

EXAMPLES = """\
examples:
  lake audit --denied                     what was refused, and by which statement
  lake audit --who 'MyLake-Job*'          calls of a role's sessions
  lake audit --since 10m                  the last ten minutes
  lake audit --denied -o json | jq '.[].eventName'
"""


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "audit",
        help="show who called what, and what was refused",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Show the calls to the embedded AWS, as CloudTrail records them, with the statements that decided.",
    )
    parser.add_argument("--denied", action="store_true", help="only calls that a policy refused")
    parser.add_argument("--who", metavar="ROLE", help="only calls of a role, a session, a user or root; * stands for any text")
    parser.add_argument("--since", metavar="TIME", type=_time, help="only what happened since: 90s, 10m, 2h, 1d")
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")


def _time(text: str) -> datetime:
    try:
        return ago(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def run(args: argparse.Namespace) -> int:
    folder = state_directory(args.state)
    if not read_lake_file(folder):
        raise NoLakeError(f"there is no lake in {folder}: make one with `lake up`")
    found = read(folder / REQUEST_LOG, Filter(args.denied, args.who or "", args.since))
    if args.output == "json":
        show(json.dumps(list(found), indent=1))
        return 0
    for record in found:
        show(render(record))
    return 0


def render(record: Record) -> str:
    """Return a call in a line, and in a second one what refused it."""
    service = record["eventSource"].removesuffix(".amazonaws.com")
    asked = decisions(record)[0]
    result = "DENIED" if is_denied(record) else record.get("errorCode", "ok")
    line = (
        f"{when(record).astimezone():%Y-%m-%d %H:%M:%S}  {result:<8}  {label(record['userIdentity'])}  "
        f"{service}:{record['eventName']}  {asked['resource']}"
    )
    return f"{line}\n    {reason(record)}" if is_denied(record) else line
