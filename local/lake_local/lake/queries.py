"""Queries of a lake, through Athena's API."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from ..errors import OperationFailed, UserError
from .client import Lake

# Hears what a query that takes long is doing.
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Answer:
    """A finished query and its rows."""

    sql: str
    execution: dict[str, Any]
    columns: list[dict[str, Any]]
    rows: list[list[str | None]]

    @property
    def seconds(self) -> float:
        """How long the query took."""
        milliseconds: int = self.execution["Statistics"].get("TotalExecutionTimeInMillis", 0)
        return milliseconds / 1000

    @property
    def scanned(self) -> int:
        """How many bytes the query read."""
        return int(self.execution["Statistics"].get("DataScannedInBytes", 0))

    @property
    def names(self) -> list[str]:
        """The columns' names."""
        return [column["Name"] for column in self.columns]

    def records(self) -> list[dict[str, Any]]:
        """Return the rows as dictionaries, numbers and booleans as such."""
        kinds = [column["Type"] for column in self.columns]
        return [{name: value_of(value, kind) for name, value, kind in zip(self.names, row, kinds, strict=False)} for row in self.rows]


class Queries:
    """Sends queries to one lake: to its work group, in the database of the tables that they name."""

    def __init__(self, lake: Lake, database: str | None = None, workgroup: str | None = None) -> None:
        self.lake = lake
        self.database = database
        self._model = lake.model()
        self.workgroup = workgroup or self._model.workgroup or "primary"
        self._athena = lake.client("athena")
        self._glue = lake.client("glue")
        if workgroup or database:
            self._refuse_unknown(workgroup, database)

    def ask(self, sql: str, parameters: list[str] | None = None, progress: Progress = lambda _text: None) -> Answer:
        """Run one statement and return its answer; `parameters` are the values of its `?`, as SQL."""
        database = self.database or self.find_database(sql)
        arguments: dict[str, Any] = {"QueryString": sql, "WorkGroup": self.workgroup}
        if database:
            arguments["QueryExecutionContext"] = {"Database": database, "Catalog": "AwsDataCatalog"}
        if parameters:
            arguments["ExecutionParameters"] = parameters
        try:
            identity = self._athena.start_query_execution(**arguments)["QueryExecutionId"]
        except self._athena.exceptions.InvalidRequestException as error:
            raise OperationFailed(error.response["Error"]["Message"] + _hint(error.response["Error"]["Message"])) from None
        execution = self._wait(identity, progress)
        status = execution["Status"]
        if status["State"] != "SUCCEEDED":
            reason = status.get("StateChangeReason") or status["State"].lower()
            raise OperationFailed(f"{reason}{_hint(reason)}")
        return Answer(sql, execution, *self._results(execution))

    def _refuse_unknown(self, workgroup: str | None, database: str | None) -> None:
        """Raise if what was named is not there. Where the caller may not look, the query itself will tell."""
        if workgroup and _is_missing(lambda: self._athena.get_work_group(WorkGroup=workgroup)):
            known = sorted({self._model.workgroup or "primary", "primary"})
            raise UserError(f"--workgroup {workgroup!r} does not exist: choose from {', '.join(known)}")
        if database and _is_missing(lambda: self._glue.get_database(Name=database)):
            raise UserError(f"--database {database!r} does not exist; there are: {', '.join(self._databases()) or 'none yet'}")

    def _wait(self, identity: str, progress: Progress) -> dict[str, Any]:
        started, pause = time.monotonic(), 0.02
        try:
            while True:
                execution: dict[str, Any] = self._athena.get_query_execution(QueryExecutionId=identity)["QueryExecution"]
                if execution["Status"]["State"] in ("SUCCEEDED", "FAILED", "CANCELLED"):
                    return execution
                if time.monotonic() - started > 1:
                    progress(f"query {execution['Status']['State'].lower()}, {time.monotonic() - started:.0f} s")
                time.sleep(pause)
                pause = min(pause * 1.5, 0.5)
        except KeyboardInterrupt:
            self._athena.stop_query_execution(QueryExecutionId=identity)
            raise

    def _results(self, execution: dict[str, Any]) -> tuple[list[dict[str, Any]], list[list[str | None]]]:
        columns: list[dict[str, Any]] = []
        rows: list[list[str | None]] = []
        for page in self._athena.get_paginator("get_query_results").paginate(QueryExecutionId=execution["QueryExecutionId"]):
            columns = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
            rows += [[cell.get("VarCharValue") for cell in row["Data"]] for row in page["ResultSet"]["Rows"]]
        # The first row of a SELECT's result is its header. The result of DESCRIBE and the like is a text file without one.
        is_text = execution["ResultConfiguration"]["OutputLocation"].endswith(".txt")
        if rows and rows[0] == [column["Name"] for column in columns] and not is_text:
            rows = rows[1:]
        return columns, rows

    def find_database(self, sql: str) -> str | None:
        """Return the database that has all tables that the statement names without one; None if it names none."""
        wanted = tables_without_database(sql)
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
            listed = f"tables are: {', '.join(known)}" if known else "there is no table yet: drop files and `lake run`"
            raise OperationFailed(f"no database has a table {', '.join(sorted(missing))}; {listed}")
        places = "; ".join(f"{', '.join(sorted(has))} in {database}" for database, has in sorted(found.items()))
        raise UserError(
            f"the query's tables are in several databases: {places}. Write database.table for those outside one, and name that one "
            "with --database"
        )

    def _databases(self) -> list[str]:
        """Return all databases, the lake's own first."""
        listed = [entry["Name"] for page in self._glue.get_paginator("get_databases").paginate() for entry in page["DatabaseList"]]
        ours = [name for name in self._model.databases.values() if name in listed]
        return ours + [name for name in listed if name not in ours]

    def _tables(self, database: str) -> Iterator[str]:
        try:
            for page in self._glue.get_paginator("get_tables").paginate(DatabaseName=database):
                yield from (table["Name"] for table in page["TableList"])
        except ClientError as error:
            # What somebody may not see, they do not mean.
            if error.response["Error"]["Code"] != "AccessDeniedException":
                raise


def _is_missing(look: Callable[[], Any]) -> bool:
    try:
        look()
    except ClientError as error:
        return error.response["Error"]["Code"] in ("InvalidRequestException", "EntityNotFoundException")
    return False


def _hint(reason: str) -> str:
    if "COLUMN_NOT_FOUND" in reason:
        return "\n  `lake query 'describe TABLE'` shows a table's columns"
    if "No output location" in reason:
        return "\n  name a work group with an output location: --workgroup W"
    return ""


def split_statements(sql: str) -> list[str]:
    """Return the statements of a file; semicolons in quotes and comments do not end one."""
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
    return bool(re.sub(r"--[^\n]*|/\*.*?\*/", "", statement, flags=re.DOTALL).strip())


def tables_without_database(sql: str) -> set[str]:
    """Return the tables that a statement names without a database; none if it cannot be read (Athena will say why)."""
    from sqlglot import exp, parse_one
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.normalize_identifiers import normalize_identifiers
    from sqlglot.optimizer.scope import traverse_scope

    named = re.match(
        r"\s*(?:DESCRIBE|DESC|SHOW\s+(?:COLUMNS|PARTITIONS|CREATE\s+TABLE)(?:\s+(?:IN|FROM))?|MSCK\s+REPAIR\s+TABLE|ALTER\s+TABLE)"
        r"\s+([`\"\w.]+)",
        sql,
        re.IGNORECASE,
    )
    if named:
        sql = f"SELECT * FROM {named[1].replace('`', chr(34))}"
    try:
        tree = parse_one(re.sub(r"^\s*EXPLAIN\s+", "", sql, flags=re.IGNORECASE), dialect="athena")
        if not isinstance(tree, exp.Query):
            return set()
        # A name of WITH is not a table: its scope has the query that it stands for in the table's place.
        scopes = traverse_scope(normalize_identifiers(tree, dialect="athena"))
    except SqlglotError:
        return set()
    sources = [source for scope in scopes for source in scope.sources.values()]
    return {source.name.lower() for source in sources if isinstance(source, exp.Table) and source.name and not source.db}


def value_of(value: str | None, kind: str) -> Any:
    """Return a value of a result for JSON: numbers and booleans as such, everything else as text."""
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
