"""`lake quarantine`: what was refused and why; try again, or accept it."""

from __future__ import annotations

import argparse
import json
from typing import Any

from ..errors import UserError
from ..lake.client import Lake
from .console import Console, show, table
from .where import add_arguments, find

EXAMPLES = """\
examples:
  lake quarantine                            what was refused, and why
  lake quarantine --table orders -o json     for scripts
  lake quarantine retry --table orders       after the files or the schema were mended
  lake quarantine acknowledge --table orders accept what was refused: the table's job stops failing because of it

`retry` and `acknowledge` without --table are about every table that has refused rows. Mended files of streams are dropped again.
"""
# Each action is an argument of the tables' jobs.
ARGUMENTS = {"retry": {"--reprocess": "true"}, "acknowledge": {"--acknowledge": "true"}}


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "quarantine",
        help="show what was refused and why; retry or accept it",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Show the rows and files in quarantine by reason; bring the tables' files again, or accept what was refused.",
    )
    parser.add_argument("action", nargs="?", choices=("list", *ARGUMENTS), default="list", help="default: list")
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--table", metavar="T", help="of this table only")
    chosen.add_argument("--stream", metavar="S", help="of this stream only")
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")
    add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    from ..lake.quarantine import Quarantine

    lake = find(args)
    model = lake.model()
    quarantine = Quarantine(lake, model)
    if args.action != "list":
        if args.stream:
            raise UserError(f"files of streams are not read again: mend the file and run `lake drop FILE --stream {args.stream}`")
        tables = [args.table] if args.table else [found.name for found in quarantine.tables()]
        return _run_jobs(lake, model, tables, args)
    found = [] if args.stream else quarantine.tables(args.table)
    found += [] if args.table else quarantine.streams(args.stream)
    show(json.dumps([one.as_dict() for one in found], indent=1, ensure_ascii=False) if args.output == "json" else render(found))
    return 0


def _run_jobs(lake: Lake, model: Any, tables: list[str], args: argparse.Namespace) -> int:
    from ..lake.runs import Runs, short

    console = Console()
    results = Runs(lake, model).run_jobs(tables, console.say, ARGUMENTS[args.action])
    for step in (step for result in results for step in result.failed):
        console.say(f"  {step.name}: {short(step.error or step.state)}; see `lake logs {step.name} --run {step.run_id}`")
    if not tables:
        console.say("no table has refused rows")
    if args.output == "json":
        show(json.dumps([result.as_dict() for result in results], indent=1))
    return 0 if all(result.ok for result in results) else 1


def render(found: list[Any]) -> str:
    """Return a table with a line for each reason."""
    if not found:
        return "nothing is in quarantine"
    rows = [
        (one.kind, one.name, reason, count, "fails until settled" if one.failing else "")
        for one in found
        for reason, count in one.reasons.most_common()
    ]
    places = "\n".join(f"{one.name}: {one.location}" for one in found)
    return f"{table(rows, ('KIND', 'NAME', 'REASON', 'ROWS OR FILES', 'JOB'))}\n\n{places}"
