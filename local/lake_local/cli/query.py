"""`lake query`: SQL through Athena's API."""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import UserError
from ..lake.queries import Answer, Queries, split_statements
from ..lake.warehouse import Warehouse
from ..text import size
from .arguments import text_of
from .console import Console, printable, show
from .where import add_arguments, find

EXAMPLES = """\
examples:
  lake query 'select count(*) from raw_order_items'
  lake query -f review-scores-by-seller.sql -o csv > scores.csv
  lake query 'select * from raw_order_items where seller_id = ?' --param "'4a3c'"
  lake query --warehouse 'select count(*) from lake.seller_performance'
"""
_NUMERIC = {"tinyint", "smallint", "integer", "bigint", "float", "double", "decimal"}
_WIDEST = 60


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "query",
        help="run SQL through Athena, or in the warehouse",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Run SQL through Athena's API, or the warehouse's, as it runs on AWS.",
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("sql", nargs="?", metavar="SQL", help="the query; `-` reads it from standard input")
    source.add_argument("-f", "--file", metavar="FILE", help="a file of queries, run in order")
    parser.add_argument("-o", "--output", choices=("table", "json", "csv"), default="table")
    parser.add_argument("--database", metavar="D", help="default: the one that has the tables of the query")
    parser.add_argument("--workgroup", metavar="W", help="default: the lake's own; of the warehouse, also a cluster")
    parser.add_argument("--warehouse", action="store_true", help="ask the warehouse, in Redshift's SQL, instead of Athena")
    parser.add_argument("--param", metavar="VALUE", action="append", default=[], help="value of a `?`, as SQL: 5 or \"'text'\"")
    add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    sql = sys.stdin.read() if args.sql == "-" else args.sql
    if args.file:
        sql = text_of(args.file)
    statements = split_statements(sql)
    if not statements:
        raise UserError("there is no SQL in it")
    if args.param and len(statements) > 1:
        raise UserError("--param goes with one statement; there are several")
    if args.warehouse and args.param:
        raise UserError("--param is for Athena: write the value into the statement")
    console = Console()
    ask = _asker(args, console)
    for number, statement in enumerate(statements):
        if number and args.output == "table":
            print()
        answer = ask(statement)
        print_answer(answer, args.output, console)
    return 0


def _asker(args: argparse.Namespace, console: Console) -> Callable[[str], Answer]:
    """Return what asks Athena, or the warehouse."""
    if args.warehouse:
        warehouse = Warehouse(find(args), args.workgroup, args.database)
        return lambda statement: warehouse.ask(statement, console.update)
    queries = Queries(find(args), args.database, args.workgroup)
    return lambda statement: queries.ask(statement, args.param, console.update)


def print_answer(answer: Answer, output: str, console: Console) -> None:
    if output == "json":
        show(json.dumps(answer.records(), indent=1, ensure_ascii=False))
    elif output == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        # To a file as they are, to a terminal as text.
        rows: list[Sequence[str | None]] = [answer.names, *answer.rows]
        writer.writerows([[cell and printable(cell) for cell in row] for row in rows] if sys.stdout.isatty() else rows)
    elif answer.columns:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        show(render(answer, width))
    if output == "table":
        sys.stdout.flush()
        count = f"{len(answer.rows):,} row{'' if len(answer.rows) == 1 else 's'}" if answer.columns else "done"
        console.say(f"{count} · {answer.seconds:.2f} s · {size(answer.scanned)} scanned")


def render(answer: Answer, width: int | None = None) -> str:
    """Return a table of plain text, numbers to the right. Cut columns only to fit a terminal."""
    right = [column["Type"] in _NUMERIC for column in answer.columns]
    rows = [[_one_line(cell) for cell in row] for row in answer.rows]
    if rows and len(rows[0]) < len(answer.columns):  # DESCRIBE: a row is one text
        return "\n".join(cell for row in rows for cell in row)
    widths = [max([len(name), *(len(row[i]) for row in rows)]) for i, name in enumerate(answer.names)]
    if width and sum(widths) + 2 * len(widths) > width:
        widths = _fit(widths, width)

    def line(cells: list[str]) -> str:
        return "  ".join(
            (_cut(cell, size_).rjust if right[i] else _cut(cell, size_).ljust)(size_)
            for i, (cell, size_) in enumerate(zip(cells, widths, strict=True))
        ).rstrip()

    return "\n".join([line(answer.names), "  ".join("─" * size_ for size_ in widths), *(line(row) for row in rows)])


def _fit(widths: list[int], width: int) -> list[int]:
    """Shorten the widest columns until the table fits, none below 8."""
    widths = [min(size_, _WIDEST) for size_ in widths]
    while sum(widths) + 2 * (len(widths) - 1) > width and max(widths) > 8:
        widths[widths.index(max(widths))] -= 1
    return widths


def _cut(cell: str, width: int) -> str:
    return cell if len(cell) <= width else cell[: width - 1] + "…"


def _one_line(cell: str | None) -> str:
    return "" if cell is None else printable(cell.replace("\r", "").replace("\n", "⏎"))
