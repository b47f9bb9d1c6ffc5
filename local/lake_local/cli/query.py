"""`lake query`: SQL through Athena's API."""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import OperationFailed, UserError
from ..lake.client import Lake
from .console import Console, printable, show, size

EXAMPLES = """\
examples:
  lake query 'select count(*) from raw_order_items'
  lake query -f review-scores-by-seller.sql -o csv > scores.csv
  lake query 'select * from raw_order_items where seller_id = ?' --param "'4a3c'"
"""
_NUMERIC = {"tinyint", "smallint", "integer", "bigint", "float", "double", "decimal"}
_WIDEST = 60


@dataclass(frozen=True)
class Answer:
    """A finished query and where its rows are."""

    sql: str
    execution: dict[str, Any]
    columns: list[dict[str, Any]]
    rows: list[list[str | None]]

    @property
    def seconds(self) -> float:
        return self.execution["Statistics"].get("TotalExecutionTimeInMillis", 0) / 1000

    @property
    def scanned(self) -> int:
        return self.execution["Statistics"].get("DataScannedInBytes", 0)

    @property
    def names(self) -> list[str]:
        return [column["Name"] for column in self.columns]

    def records(self) -> list[dict[str, Any]]:
        """Rows as dictionaries, numbers and booleans as such."""
        kinds = [column["Type"] for column in self.columns]
        return [{name: value_of(value, kind) for name, value, kind in zip(self.names, row, kinds, strict=False)} for row in self.rows]


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "query",
        help="run SQL through Athena",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Run SQL through Athena's API, as it runs on AWS.",
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("sql", nargs="?", metavar="SQL", help="the query; `-` reads it from standard input")
    source.add_argument("-f", "--file", metavar="FILE", help="a file of queries, run in order")
    parser.add_argument("-o", "--output", choices=("table", "json", "csv"), default="table")
    parser.add_argument("--database", metavar="D", help="default: the one that has the tables of the query")
    parser.add_argument("--workgroup", metavar="W", help="default: the lake's own")
    parser.add_argument("--param", metavar="VALUE", action="append", default=[], help="value of a `?`, as SQL: 5 or \"'text'\"")


def run(args: argparse.Namespace) -> int:
    sql = sys.stdin.read() if args.sql == "-" else args.sql
    if args.file:
        sql = Path(args.file).read_text(encoding="utf-8-sig")
    statements = split_statements(sql)
    if not statements:
        raise UserError("there is no SQL in it")
    if args.param and len(statements) > 1:
        raise UserError("--param goes with one statement; there are several")
    asking = Asking(Lake.find(args.state), args.database, args.workgroup)
    console = Console()
    for number, statement in enumerate(statements):
        if number and args.output == "table":
            print()
        answer = asking.ask(statement, args.param, console)
        print_answer(answer, args.output, console)
    return 0


class Asking:
    """Sends queries to one lake: to its work group, in the database of the tables that they name."""

    def __init__(self, lake: Lake, database: str | None = None, workgroup: str | None = None) -> None:
        self.lake = lake
        self.database = database
        self._model = lake.model()
        self.workgroup = workgroup or self._model.workgroup or "primary"
        self.athena = lake.client("athena")
        self._glue = lake.client("glue")

    def ask(self, sql: str, parameters: list[str] | None = None, console: Console | None = None) -> Answer:
        database = self.database or self.find_database(sql)
        arguments: dict[str, Any] = {"QueryString": sql, "WorkGroup": self.workgroup}
        if database:
            arguments["QueryExecutionContext"] = {"Database": database, "Catalog": "AwsDataCatalog"}
        if parameters:
            arguments["ExecutionParameters"] = parameters
        try:
            identity = self.athena.start_query_execution(**arguments)["QueryExecutionId"]
        except self.athena.exceptions.InvalidRequestException as error:
            raise OperationFailed(error.response["Error"]["Message"] + self._hint(error.response["Error"]["Message"])) from None
        execution = self._wait(identity, console)
        status = execution["Status"]
        if status["State"] != "SUCCEEDED":
            reason = status.get("StateChangeReason") or status["State"].lower()
            raise OperationFailed(f"{reason}{self._hint(reason)}")
        return Answer(sql, execution, *self._results(identity))

    def _wait(self, identity: str, console: Console | None) -> dict[str, Any]:
        started, pause = time.monotonic(), 0.02
        try:
            while True:
                execution = self.athena.get_query_execution(QueryExecutionId=identity)["QueryExecution"]
                if execution["Status"]["State"] in ("SUCCEEDED", "FAILED", "CANCELLED"):
                    return execution
                if console and time.monotonic() - started > 1:
                    console.update(f"query {execution['Status']['State'].lower()}, {time.monotonic() - started:.0f} s")
                time.sleep(pause)
                pause = min(pause * 1.5, 0.5)
        except KeyboardInterrupt:
            self.athena.stop_query_execution(QueryExecutionId=identity)
            raise

    def _results(self, identity: str) -> tuple[list[dict[str, Any]], list[list[str | None]]]:
        columns: list[dict[str, Any]] = []
        rows: list[list[str | None]] = []
        for page in self.athena.get_paginator("get_query_results").paginate(QueryExecutionId=identity):
            columns = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
            rows += [[cell.get("VarCharValue") for cell in row["Data"]] for row in page["ResultSet"]["Rows"]]
        # The first row of a SELECT's result is its header.
        if rows and rows[0] == [column["Name"] for column in columns] and not _is_text(self.athena, identity):
            rows = rows[1:]
        return columns, rows

    def find_database(self, sql: str) -> str | None:
        """The database that has all tables that the query names."""
        wanted = {table.name.lower() for table in tables_of(sql) if not table.db}
        if not wanted:
            return None
        found: dict[str, set[str]] = {}
        for database in self._databases():
            if has := wanted & set(self._tables(database)):
                found[database] = has
        whole = [database for database, has in found.items() if has == wanted]
        if len(whole) == 1:
            return whole[0]
        if len(whole) > 1:
            raise UserError(f"{', '.join(sorted(wanted))}: several databases have it ({', '.join(whole)}): name one with --database")
        missing = wanted - set().union(*found.values()) if found else wanted
        if missing:
            known = sorted({name for database in self._databases() for name in self._tables(database)})
            listed = (
                f"tables are: {', '.join(known)}"
                if known
                else "there is no table yet: drop files and `lake run`, then a crawler makes them"
            )
            raise OperationFailed(f"no database has a table {', '.join(sorted(missing))}; {listed}")
        places = "; ".join(f"{', '.join(sorted(has))} in {database}" for database, has in sorted(found.items()))
        raise UserError(
            f"the query's tables are in several databases: {places}. Write database.table for those outside one, and name that one "
            "with --database"
        )

    def _databases(self) -> list[str]:
        listed = [entry["Name"] for page in self._glue.get_paginator("get_databases").paginate() for entry in page["DatabaseList"]]
        ours = [name for name in self._model.databases.values() if name in listed]
        return ours + [name for name in listed if name not in ours]

    def _tables(self, database: str) -> Iterator[str]:
        for page in self._glue.get_paginator("get_tables").paginate(DatabaseName=database):
            yield from (table["Name"] for table in page["TableList"])

    def _hint(self, reason: str) -> str:
        if "COLUMN_NOT_FOUND" in reason:
            return "\n  `lake query 'describe TABLE'` shows a table's columns"
        if "No output location" in reason:
            return "\n  name a work group with an output location: --workgroup W"
        return ""


def _is_text(athena: Any, identity: str) -> bool:
    execution = athena.get_query_execution(QueryExecutionId=identity)["QueryExecution"]
    return execution["ResultConfiguration"]["OutputLocation"].endswith(".txt")


def split_statements(sql: str) -> list[str]:
    """The statements of a file; semicolons in quotes and comments do not end one."""
    statements, start, i, quote = [], 0, 0, ""
    while i < len(sql):
        rest = sql[i : i + 2]
        if quote:
            quote = "" if sql[i] == quote else quote
        elif sql[i] in "'\"`":
            quote = sql[i]
        elif rest == "--":
            i = sql.find("\n", i)
            if i < 0:
                break
        elif rest == "/*":
            i = sql.find("*/", i) + 1
            if i < 1:
                break
        elif sql[i] == ";":
            statements.append(sql[start:i])
            start = i + 1
        i += 1
    return [statement.strip() for statement in [*statements, sql[start:]] if _has_code(statement)]


def _has_code(statement: str) -> bool:
    import re

    return bool(re.sub(r"--[^\n]*|/\*.*?\*/", "", statement, flags=re.DOTALL).strip())


def tables_of(sql: str) -> list[Any]:
    """The tables that a statement names; none if it cannot be read (Athena will say why)."""
    import re

    import sqlglot
    from sqlglot.errors import SqlglotError

    from ..cloud.athena.translate import real_tables

    named = re.match(
        r"\s*(?:DESCRIBE|DESC|SHOW\s+(?:COLUMNS|PARTITIONS|CREATE\s+TABLE)(?:\s+(?:IN|FROM))?|MSCK\s+REPAIR\s+TABLE|ALTER\s+TABLE)"
        r"\s+([`\"\w.]+)",
        sql,
        re.IGNORECASE,
    )
    if named:
        sql = f"SELECT * FROM {named[1].replace('`', chr(34))}"
    try:
        tree = sqlglot.parse_one(re.sub(r"^\s*EXPLAIN\s+", "", sql, flags=re.IGNORECASE), dialect="athena")
    except SqlglotError:
        return []
    if not isinstance(tree, sqlglot.exp.Query):
        return []
    return real_tables(tree)


def value_of(value: str | None, kind: str) -> Any:
    """A value of a result for JSON: numbers and booleans as such, everything else as text."""
    if value is None:
        return None
    if kind == "boolean":
        return value == "true"
    if kind in ("tinyint", "smallint", "integer", "bigint"):
        return int(value)
    if kind in ("float", "double", "decimal"):
        number = float(value)
        # JSON has neither NaN nor infinity.
        return number if number == number and abs(number) != float("inf") else value
    return value


def print_answer(answer: Answer, output: str, console: Console) -> None:
    if output == "json":
        show(json.dumps(answer.records(), indent=1, ensure_ascii=False))
    elif output == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        # To a file as they are, to a terminal as text.
        rows = [answer.names, *answer.rows]
        writer.writerows([[cell and printable(cell) for cell in row] for row in rows] if sys.stdout.isatty() else rows)
    elif answer.columns:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        show(render(answer, width))
    if output == "table":
        sys.stdout.flush()
        count = f"{len(answer.rows):,} row{'' if len(answer.rows) == 1 else 's'}" if answer.columns else "done"
        console.say(f"{count} · {answer.seconds:.2f} s · {size(answer.scanned)} scanned")


def render(answer: Answer, width: int | None = None) -> str:
    """A table of plain text, numbers to the right; columns are cut only to fit a terminal."""
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
