"""`lake erase`: remove a person's rows, or an object, everywhere the lake put them."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from ..errors import OperationFailed, UserError
from .console import Console, show, table
from .where import add_arguments, find

if TYPE_CHECKING:
    from ..lake.client import Lake
    from ..lake.erasure.plan import Plan
    from ..lake.model import Model

EXAMPLES = """\
examples:
  lake erase --where "customer_id = 'x'"        rows, in every table and stream that has the column
  lake erase --object tables/orders/2024.csv    an object, and all that came of it
  lake erase --where "customer_id = 'x'" --yes -o json

Rows are removed from the objects that were dropped; all versions that had them go; the tables' jobs and the curated tables then run again.
What earlier runs left, staging, and the results of all queries are deleted. Not touched: what has left the lake (a warehouse, a backup,
a sandbox), logs, and the texts of queries, which Athena keeps for 45 days.
"""


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "erase",
        help="remove a person's rows, or an object, everywhere",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="List what would be erased, ask, erase it for good, and prove by queries that nothing is left. An object that cannot "
        "be written again exactly is named, and nothing is changed. Exit code 1 if something is left, or the lake is at work.",
    )
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--where", metavar="CONDITION", help="on columns of one row, as in Athena's WHERE")
    chosen.add_argument("--object", metavar="KEY", help="key of an object in any zone, or s3://BUCKET/KEY")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")
    add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    from ..lake.erasure.plan import Finder
    from ..lake.erasure.predicate import Predicate
    from ..lake.erasure.removal import Removal

    predicate = Predicate(args.where) if args.where else None
    lake, console = find(args), Console()
    model = lake.model()
    _refuse_while_working(lake, model)
    finder = Finder(lake, model, console.update)
    plan = finder.rows(predicate) if predicate else finder.object(args.object)
    if plan.obstacles:
        raise OperationFailed("nothing was erased:\n" + "\n".join(f"  {one}" for one in plan.obstacles))
    if plan.is_empty:
        return _tell(args, plan, {"rewritten": 0, "deleted": 0, "run": None, "proof": []}, "nothing found")
    console.say(render(plan))
    _confirm(args)
    _refuse_while_working(lake, model)
    removal = Removal(lake, model, console.say, console.update)
    done = removal.rows(predicate, plan) if predicate else removal.object(plan)
    return _tell(args, plan, done, f"erased: {done['rewritten']} objects rewritten, {done['deleted']} versions deleted; nothing is left")


def _refuse_while_working(lake: Lake, model: Model) -> None:
    from ..lake.activity import running

    if busy := running(lake, model):
        raise OperationFailed("the lake is at work; wait for it, then repeat the command:\n" + "\n".join(f"  {line}" for line in busy))


def _confirm(args: argparse.Namespace) -> None:
    if args.yes:
        return
    if not sys.stdin.isatty():
        raise UserError("nothing was erased: there is nobody to ask; give --yes")
    print("Erase this for good? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise OperationFailed("nothing was erased")


def _tell(args: argparse.Namespace, plan: Plan, done: dict[str, Any], summary: str) -> int:
    if args.output == "json":
        show(json.dumps({**plan.as_dict(), **done}, indent=1, ensure_ascii=False))
    elif done["proof"]:
        show(table([(one["table"], one["rows"]) for one in done["proof"]], ("TABLE", "ROWS NOW")))
    Console().say(summary)
    return 0


def render(plan: Plan) -> str:
    """Return a line for each object and each place."""
    rows = [(item.of, item.version.uri, "all" if item.rows is None else item.rows, item.version.id[:8]) for item in plan.items]
    rows += [("", location, count, "") for location, count in plan.derived.items()]
    return table(rows, ("OF", "WHERE", "ROWS", "VERSION"))
