"""The Redshift Data API.

https://docs.aws.amazon.com/redshift-data/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

from . import access, catalog, values
from .access import Login, Signed
from .errors import ApiError, ServerError, StatementError, not_found, validation
from .runner import Runner
from .statements import FINAL, Part, Statement, Statements
from .warehouses import Warehouses

Arguments = dict[str, Any]
_LARGEST_SQL = 100_000
_MOST_SQLS = 40
_PAGE = 1000


class DataApi:
    """Answers for one lake."""

    def __init__(self, warehouses: Warehouses, statements: Statements, runner: Runner) -> None:
        self.warehouses = warehouses
        self.statements = statements
        self.runner = runner

    async def execute(self, given: Arguments, caller: Signed) -> Arguments:
        return await self._begin(given, caller, [given["Sql"]], is_batch=False)

    async def batch_execute(self, given: Arguments, caller: Signed) -> Arguments:
        sqls = given["Sqls"]
        if not 1 <= len(sqls) <= _MOST_SQLS:
            raise validation(f"Sqls must have 1 to {_MOST_SQLS} statements.")
        if given.get("ExecutionMode") not in (None, "TRANSACTION"):
            raise validation(f"ExecutionMode {given['ExecutionMode']}: statements run in one transaction here")
        return await self._begin(given, caller, sqls, is_batch=True)

    async def describe(self, given: Arguments, caller: Signed) -> Arguments:
        statement, number = self._find(given["Id"])
        await self._wait(statement, given)
        if number is not None:
            return {**_described(statement), **_part(statement, number)}
        found = _described(statement)
        if statement.is_batch:
            found["SubStatements"] = [_part(statement, index) for index in range(len(statement.parts))]
        return found

    async def result(self, given: Arguments, caller: Signed) -> Arguments:
        statement, number = self._find(given["Id"])
        await self._wait(statement, given)
        if statement.is_batch and number is None:
            with_results = [index for index, part in enumerate(statement.parts) if part.columns is not None]
            number = with_results[-1] if with_results else 0
        part = statement.parts[number or 0]
        if statement.status != "FINISHED" and part.status != "FINISHED":
            raise validation(f"Statement {given['Id']} is in status {statement.status}: it has no result.")
        if part.columns is None:
            raise not_found("Query does not have result. Please check query status with DescribeStatement.")
        rows = await asyncio.to_thread(self.statements.read_rows, statement, number or 0)
        first = _offset(given)
        more = {"NextToken": str(first + _PAGE)} if len(rows) > first + _PAGE else {}
        records = [[values.field(value) for value in row] for row in rows[first : first + _PAGE]]
        return {"Records": records, "ColumnMetadata": part.columns, "TotalNumRows": len(rows), **more}

    async def cancel(self, given: Arguments, caller: Signed) -> Arguments:
        statement, _ = self._find(given["Id"])
        if statement.status in FINAL:
            raise validation(f"Could not cancel a query that is already in {statement.status} state with ID: {statement.identity}")
        self.runner.cancel(statement)
        return {"Status": True}

    async def list_statements(self, given: Arguments, caller: Signed) -> Arguments:
        status, name = given.get("Status") or "ALL", given.get("StatementName") or ""
        same = "role" if given.get("RoleLevel", True) else "principal"
        mine = caller.arn if same == "principal" else _role_of(caller.arn)
        found = [
            _listed(one)
            for one in self.statements.newest_first()
            if getattr(one, same) == mine
            and status in ("ALL", one.status)
            and one.name.startswith(name)
            and all(one.target.get(key, "") == given[key] for key in ("Database", "ClusterIdentifier", "WorkgroupName") if given.get(key))
        ]
        return _page("Statements", found, given, 100)

    async def list_databases(self, given: Arguments, caller: Signed) -> Arguments:
        return _page("Databases", await self._ask(given, caller, catalog.databases), given)

    async def list_schemas(self, given: Arguments, caller: Signed) -> Arguments:
        pattern = given.get("SchemaPattern") or "%"
        return _page("Schemas", await self._ask(given, caller, lambda connection: catalog.schemas(connection, pattern)), given)

    async def list_tables(self, given: Arguments, caller: Signed) -> Arguments:
        patterns = given.get("SchemaPattern") or "%", given.get("TablePattern") or "%"
        return _page("Tables", await self._ask(given, caller, lambda connection: catalog.tables(connection, *patterns)), given)

    async def describe_table(self, given: Arguments, caller: Signed) -> Arguments:
        place = given.get("Schema") or "public", given.get("Table") or ""
        columns = await self._ask(given, caller, lambda connection: catalog.columns(connection, *place))
        return {"TableName": place[1], **_page("ColumnList", columns, given)}

    async def _begin(self, given: Arguments, caller: Signed, sqls: list[str], *, is_batch: bool) -> Arguments:
        for prop in ("SessionId", "SessionKeepAliveSeconds"):
            if given.get(prop):
                raise validation(f"{prop}: sessions are not kept by this embedded warehouse")
        if given.get("ResultFormat") not in (None, "JSON"):
            raise validation(f"ResultFormat {given['ResultFormat']}: results are JSON here")
        if any(len(sql.encode()) > _LARGEST_SQL for sql in sqls):
            raise validation(f"A SQL statement is longer than {_LARGEST_SQL} bytes.")
        if any(not sql.strip(" \n\t;") for sql in sqls):
            raise validation("A SQL statement is empty.")
        login = access.login(self.warehouses, given, caller)
        target = {key: given[key] for key in ("WorkgroupName", "ClusterIdentifier", "Database", "SecretArn") if given.get(key)}
        made = Statement(
            [Part(sql) for sql in sqls],
            {**target, "arn": login.arn, **({} if given.get("SecretArn") else {"DbUser": login.user})},
            caller.user_id,
            caller.arn,
            _role_of(caller.arn),
            is_batch,
            given.get("StatementName") or "",
            bool(given.get("WithEvent")),
            given.get("Parameters") or [],
        )
        try:
            statement = self.statements.add(made, given.get("ClientToken") or "")
        except OSError as error:
            raise ApiError("InternalServerException", f"the statement cannot be kept: {error}", 500) from error
        if statement is made:
            self.runner.start(statement, login)
        await self._wait(statement, given)
        answer = {"Id": statement.identity, "CreatedAt": statement.created, **statement.target}
        return {**answer, "Status": statement.status} if given.get("WaitTimeSeconds") else answer

    async def _wait(self, statement: Statement, given: Arguments) -> None:
        """Wait for a statement's end as long as the caller asks to."""
        deadline = time.monotonic() + float(given.get("WaitTimeSeconds") or 0)
        while statement.status not in FINAL and time.monotonic() < deadline:
            await asyncio.sleep(0.02)

    async def _ask(self, given: Arguments, caller: Signed, question: Callable[[Any], list[Any]]) -> list[Any]:
        login = access.login(self.warehouses, {"Database": "dev", **given}, caller)
        if given.get("ConnectedDatabase"):
            login = login._replace(database=given["ConnectedDatabase"])
        return await asyncio.to_thread(self._asked, login, question)

    def _asked(self, login: Login, question: Callable[[Any], list[Any]]) -> list[Any]:
        import psycopg

        try:
            with contextlib.closing(self.runner.connect(login)) as connection:
                return question(connection)
        except (StatementError, ServerError, psycopg.OperationalError) as error:
            raise ApiError("DatabaseConnectionException", str(error).strip()) from error
        except psycopg.Error as error:
            raise validation(f"ERROR: {str(error).splitlines()[0]}") from error

    def _find(self, identity: str) -> tuple[Statement, int | None]:
        base, _, number = identity.partition(":")
        statement = self.statements.get(base)
        if statement is None or (number and not (number.isdigit() and 1 <= int(number) <= len(statement.parts))):
            raise not_found(f"Query {identity} does not exist.")
        return statement, int(number) - 1 if number else None


OPERATIONS: dict[str, Any] = {
    "ExecuteStatement": DataApi.execute,
    "BatchExecuteStatement": DataApi.batch_execute,
    "DescribeStatement": DataApi.describe,
    "GetStatementResult": DataApi.result,
    "CancelStatement": DataApi.cancel,
    "ListStatements": DataApi.list_statements,
    "ListDatabases": DataApi.list_databases,
    "ListSchemas": DataApi.list_schemas,
    "ListTables": DataApi.list_tables,
    "DescribeTable": DataApi.describe_table,
}


def _role_of(arn: str) -> str:
    """Return the ARN of a session without the session's name."""
    return arn.rsplit("/", 1)[0] if ":assumed-role/" in arn else arn


def _described(statement: Statement) -> Arguments:
    parts = statement.parts
    last = next((part for part in reversed(parts) if part.columns is not None), parts[-1])
    ends = [part.ended for part in parts if part.ended]
    found: Arguments = {
        "Id": statement.identity,
        **statement.target,
        "Status": statement.status,
        "CreatedAt": statement.created,
        "UpdatedAt": statement.updated,
        "RedshiftPid": statement.pid,
        "RedshiftQueryId": -1 if statement.is_batch else 0,
        "HasResultSet": any(part.columns is not None for part in parts),
        "Duration": int((max(ends) - parts[0].began) * 1e9) if ends else -1,
        "ResultRows": last.rows if statement.status == "FINISHED" else -1,
        "ResultSize": last.size if statement.status == "FINISHED" else -1,
        "ResultFormat": "JSON",
    }
    if not statement.is_batch:
        found["QueryString"] = parts[0].sql
    if statement.parameters:
        found["QueryParameters"] = statement.parameters
    if statement.error:
        found["Error"] = statement.error
    return found


def _part(statement: Statement, number: int) -> Arguments:
    part = statement.parts[number]
    found = {
        "Id": f"{statement.identity}:{number + 1}",
        "QueryString": part.sql,
        "Status": part.status,
        "CreatedAt": part.began or statement.created,
        "UpdatedAt": part.ended or statement.updated,
        "Duration": int((part.ended - part.began) * 1e9) if part.ended else -1,
        "HasResultSet": part.columns is not None,
        "ResultRows": part.rows,
        "ResultSize": part.size,
        "RedshiftQueryId": 0,
    }
    return {**found, "Error": part.error} if part.error else found


def _listed(statement: Statement) -> Arguments:
    sqls = [part.sql for part in statement.parts]
    return {
        "Id": statement.identity,
        "Status": statement.status,
        "StatementName": statement.name,
        "CreatedAt": statement.created,
        "UpdatedAt": statement.updated,
        "IsBatchStatement": statement.is_batch,
        "ResultFormat": "JSON",
        **({"QueryStrings": sqls} if statement.is_batch else {"QueryString": sqls[0]}),
        **({"QueryParameters": statement.parameters} if statement.parameters else {}),
        **({"SecretArn": statement.target["SecretArn"]} if statement.target.get("SecretArn") else {}),
    }


def _offset(given: Arguments) -> int:
    token = given.get("NextToken") or "0"
    if not token.isdigit():
        raise validation("NextToken is not valid.")
    return int(token)


def _page(name: str, found: list[Any], given: Arguments, largest: int = 1000) -> Arguments:
    first, count = _offset(given), int(given.get("MaxResults") or largest)
    more = {"NextToken": str(first + count)} if len(found) > first + count else {}
    return {name: found[first : first + count], **more}
