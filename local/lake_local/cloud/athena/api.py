"""Athena's API: the calls that run queries. Work groups, named queries and prepared statements stay with MiniStack."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from lake_local.config import Config

from ..identity import caller_credentials, forwarded
from ..ministack import analytics
from ..ministack.application import Handler, Response, scope
from ..service import json_error, json_response, operation
from . import access, parsing, work_groups
from .errors import InvalidRequest
from .executions import FINAL, Execution, Executions
from .runner import Runner
from .statements import classify

_LARGEST_QUERY = 262_144
_PAGE = 1000


class Api:
    """Answers for one lake."""

    def __init__(self, config: Config) -> None:
        self.executions = Executions(config.state_dir / "athena")
        self.runner = Runner(config, self.executions)

    async def handle(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any], original: Handler
    ) -> Response:
        name = operation(headers)
        if name == "GetWorkGroup":
            return work_groups.described(await original(method, path, headers, body, query))
        if name not in OPERATIONS:
            return await original(method, path, headers, body, query)
        try:
            arguments = json.loads(body or b"{}")
            if name in _WITH_CREDENTIALS:
                work = OPERATIONS[name](self, arguments, forwarded(caller_credentials(headers, query), "athena.amazonaws.com"))
            else:
                work = OPERATIONS[name](self, arguments)
            return json_response(await work if asyncio.iscoroutine(work) else work)
        except InvalidRequest as error:
            status, response_headers, response = json_error("InvalidRequestException", error.message)
            if error.athena_code:
                response = json.dumps({**json.loads(response), "AthenaErrorCode": error.athena_code}).encode()
            return status, response_headers, response

    def start(self, arguments: dict[str, Any], credentials: Any) -> dict[str, Any]:
        sql = arguments.get("QueryString") or ""
        if not sql.strip():
            raise InvalidRequest("QueryString is empty", "INVALID_INPUT")
        if len(sql.encode()) > _LARGEST_QUERY:
            raise InvalidRequest(f"QueryString is longer than {_LARGEST_QUERY} bytes", "INVALID_INPUT")
        account, region = scope()
        token = arguments.get("ClientRequestToken")
        fingerprint = hashlib.sha256(json.dumps(arguments, sort_keys=True).encode()).hexdigest()
        if token:
            try:
                known = self.executions.same_request(account, token, fingerprint)
            except ValueError as error:
                raise InvalidRequest(str(error)) from None
            if known:
                return {"QueryExecutionId": known}
        group_name = arguments.get("WorkGroup") or "primary"
        group = work_groups.find(group_name)
        result = work_groups.result_configuration(group, arguments.get("ResultConfiguration") or {})
        access.check_output(credentials.access_key, result["OutputLocation"])
        context = arguments.get("QueryExecutionContext") or {}
        sql = re.sub(r"[\s;]+$", "", sql)
        if classify(sql).substatement == "EXECUTE":
            access.check_prepared(credentials.access_key, group_name)
        sql_to_run, parameters = _prepared(sql, group_name, arguments.get("ExecutionParameters") or [])
        kind = classify(sql_to_run)
        if kind.substatement == "SELECT" or kind.type == "DML" and kind.substatement == "INSERT":
            # Athena refuses what it cannot parse at once.
            parsing.parse(sql_to_run)
        if kind.type == "DDL" and not re.match(r"(CREATE|DROP|ALTER|MSCK)", kind.substatement):
            raise InvalidRequest(
                f"line 1:1: mismatched input '{sql.split()[0]}'. Expecting: 'ALTER', 'CREATE', 'DESCRIBE', 'DROP', 'EXPLAIN', "
                "'INSERT', 'MSCK', 'SELECT', 'SHOW', 'UNLOAD', 'VALUES', 'WITH'",
                "MALFORMED_QUERY",
            )
        execution = self.executions.create(
            account,
            region,
            {
                "Query": sql,
                "StatementType": kind.type,
                "SubstatementType": kind.substatement,
                "ResultConfiguration": result,
                "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
                "QueryExecutionContext": {
                    "Database": (context.get("Database") or "default").lower(),
                    "Catalog": context.get("Catalog") or "AwsDataCatalog",
                },
                "WorkGroup": group_name,
                **({"ExecutionParameters": arguments["ExecutionParameters"]} if arguments.get("ExecutionParameters") else {}),
            },
        )
        location = result["OutputLocation"]
        execution.record["ResultConfiguration"]["OutputLocation"] = f"{location.rstrip('/')}/{execution.id}{kind.suffix}"
        if token:
            self.executions.remember(account, token, fingerprint, execution.id)
        cutoff = (group.get("Configuration") or {}).get("BytesScannedCutoffPerQuery")
        self.runner.start(execution, sql_to_run, parameters, kind, credentials, int(cutoff) if cutoff else None)
        return {"QueryExecutionId": execution.id}

    def get(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"QueryExecution": self._find(arguments.get("QueryExecutionId")).record}

    def batch_get(self, arguments: dict[str, Any]) -> dict[str, Any]:
        found, missing = [], []
        for identity in arguments.get("QueryExecutionIds") or []:
            execution = self.executions.get(identity, *scope())
            if execution:
                found.append(execution.record)
            else:
                missing.append(
                    {"QueryExecutionId": identity, "ErrorCode": "INVALID_INPUT", "ErrorMessage": f"QueryExecution {identity} was not found"}
                )
        return {"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing}

    def list(self, arguments: dict[str, Any]) -> dict[str, Any]:
        ids = [execution.id for execution in self.executions.of_workgroup(arguments.get("WorkGroup") or "primary", *scope())]
        first, count = _page(arguments, 50)
        more = {"NextToken": str(first + count)} if len(ids) > first + count else {}
        return {"QueryExecutionIds": ids[first : first + count], **more}

    def stop(self, arguments: dict[str, Any]) -> dict[str, Any]:
        execution = self._find(arguments.get("QueryExecutionId"))
        if execution.state not in FINAL:
            self.runner.cancel(execution)
        return {}

    async def results(self, arguments: dict[str, Any], credentials: Any) -> dict[str, Any]:
        execution = self._find(arguments.get("QueryExecutionId"))
        if execution.state in ("QUEUED", "RUNNING"):
            raise InvalidRequest(f"Query has not yet finished. Current state: {execution.state}", "QUERY_NOT_FINISHED")
        if execution.state != "SUCCEEDED":
            raise InvalidRequest(f"Query did not finish successfully. Final query state: {execution.state}", "INVALID_QUERY_EXECUTION")
        first, count = _page(arguments, _PAGE)
        # As on AWS, results are read from S3 with the rights of whoever asks for them.
        await asyncio.to_thread(self.runner.check_readable, execution, credentials)
        return await asyncio.to_thread(self._results, execution, first, count)

    def _results(self, execution: Execution, first: int, count: int) -> dict[str, Any]:
        rows: list[list[str | None]] = []
        skipped = first
        if execution.header:
            # The header counts as a row of the first page.
            if first == 0:
                rows.append([column["Name"] for column in execution.columns])
                count -= 1
            else:
                skipped = first - 1
        data, more = self.executions.read_rows(execution.id, skipped, count) if count else ([], True)
        rows += data
        return {
            "UpdateCount": execution.update_count or 0,
            "ResultSet": {
                "Rows": [{"Data": [{} if value is None else {"VarCharValue": value} for value in row]} for row in rows],
                "ResultSetMetadata": {"ColumnInfo": execution.columns},
            },
            **({"NextToken": str(first + len(rows))} if more else {}),
        }

    def runtime_statistics(self, arguments: dict[str, Any]) -> dict[str, Any]:
        record = self._find(arguments.get("QueryExecutionId")).record
        statistics = record["Statistics"]
        return {
            "QueryRuntimeStatistics": {
                "Timeline": {
                    name: statistics.get(name, 0)
                    for name in (
                        "QueryQueueTimeInMillis",
                        "QueryPlanningTimeInMillis",
                        "EngineExecutionTimeInMillis",
                        "ServiceProcessingTimeInMillis",
                        "TotalExecutionTimeInMillis",
                    )
                },
                "Rows": {"InputBytes": statistics["DataScannedInBytes"]},
            }
        }

    def _find(self, identity: str | None) -> Execution:
        found = self.executions.get(identity or "", *scope())
        if found is None:
            raise InvalidRequest(f"QueryExecution {identity} was not found", "INVALID_INPUT")
        return found


OPERATIONS: dict[str, Callable[..., Any]] = {
    "StartQueryExecution": Api.start,
    "GetQueryExecution": Api.get,
    "BatchGetQueryExecution": Api.batch_get,
    "ListQueryExecutions": Api.list,
    "StopQueryExecution": Api.stop,
    "GetQueryResults": Api.results,
    "GetQueryRuntimeStatistics": Api.runtime_statistics,
}
_WITH_CREDENTIALS = ("StartQueryExecution", "GetQueryResults")


def _prepared(sql: str, group: str, parameters: list[str]) -> tuple[str, list[str]]:
    """The statement behind EXECUTE name USING ..., and its parameters."""
    found = re.fullmatch(r"\s*EXECUTE\s+\"?(\w+)\"?(?:\s+USING\s+(.*))?\s*", sql, re.IGNORECASE | re.DOTALL)
    if not found:
        return sql, parameters
    known = analytics.prepared_statement(group, found[1])
    if known is None:
        raise InvalidRequest(f"PreparedStatement {found[1]} was not found in workGroup {group}")
    if found[2]:
        import sqlglot

        parameters = [value.sql("trino") for value in sqlglot.parse_one(f"SELECT {found[2]}", dialect="trino").expressions]
    return known["QueryStatement"], parameters


def _page(arguments: dict[str, Any], largest: int) -> tuple[int, int]:
    token = arguments.get("NextToken") or "0"
    if not token.isdigit():
        raise InvalidRequest("NextToken is not valid", "INVALID_INPUT")
    count = int(arguments.get("MaxResults") or largest)
    if not 1 <= count <= largest:
        raise InvalidRequest(f"MaxResults {count} is not between 1 and {largest}", "INVALID_INPUT")
    return int(token), count
