"""The RDS Data API.

https://docs.aws.amazon.com/rdsdataservice/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import uuid
from dataclasses import dataclass, field
from typing import Any

from .. import access, values
from ..access import Signed
from ..errors import ApiError, ServerError, StatementError
from .clusters import Clusters
from .databases import Databases
from .imports import Imports
from .parameters import bound

Arguments = dict[str, Any]
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api-timeouts.html, .../API_BeginTransaction.html
_STATEMENT_SECONDS, _IDLE_SECONDS = 45, 180
_LARGEST_ANSWER = 1 << 20


@dataclass
class Session:
    """A connection of one caller's, and what runs on it at a time."""

    connection: Any
    cluster: str
    arn: str
    lock: threading.Lock = field(default_factory=threading.Lock)


class DataApi:
    """Answers for one lake."""

    def __init__(self, databases: Databases, clusters: Clusters, imports: Imports) -> None:
        self.databases = databases
        self.clusters = clusters
        self.imports = imports
        self._open: dict[str, Session] = {}

    async def execute(self, given: Arguments, caller: Signed) -> Arguments:
        record = self._cluster(given)
        if identity := given.get("transactionId"):
            return await self._run(self._session(identity, given), given)
        session = await asyncio.to_thread(self._connect, record, given, caller)
        try:
            return await self._run(session, given)
        finally:
            if not session.lock.locked():
                session.connection.close()

    async def batch_execute(self, given: Arguments, caller: Signed) -> Arguments:
        sets = given.get("parameterSets") or [[]]
        inside = given.get("transactionId") or (await self.begin(given, caller))["transactionId"]
        try:
            for one in sets:
                await self.execute({**given, "parameters": one, "transactionId": inside}, caller)
        except ApiError:
            if not given.get("transactionId"):
                await self.rollback({**given, "transactionId": inside}, caller)
            raise
        if not given.get("transactionId"):
            await self.commit({**given, "transactionId": inside}, caller)
        return {"updateResults": [{"generatedFields": []} for _ in sets]}

    async def begin(self, given: Arguments, caller: Signed) -> Arguments:
        session = await asyncio.to_thread(self._begun, self._cluster(given), given, caller)
        identity = uuid.uuid4().hex
        self._open[identity] = session
        return {"transactionId": identity}

    async def commit(self, given: Arguments, caller: Signed) -> Arguments:
        await self._end(given, "COMMIT")
        return {"transactionStatus": "Transaction Committed"}

    async def rollback(self, given: Arguments, caller: Signed) -> Arguments:
        await self._end(given, "ROLLBACK")
        return {"transactionStatus": "Rollback Complete"}

    def stop(self) -> None:
        """The lake stops: what is not committed is rolled back."""
        for session in self._open.values():
            with contextlib.suppress(Exception):
                session.connection.close()
        self._open.clear()

    async def _end(self, given: Arguments, how: str) -> None:
        self._cluster(given)
        session = self._session(given["transactionId"], given)
        self._open.pop(given["transactionId"], None)
        await asyncio.to_thread(self._ended, session, how)

    def _ended(self, session: Session, how: str) -> None:
        import psycopg

        with session.lock, contextlib.closing(session.connection):
            failed = session.connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR
            try:
                session.connection.execute(how)
            except psycopg.Error as error:
                raise _database_error(error) from error
        if failed and how == "COMMIT":
            raise ApiError("DatabaseErrorException", "ERROR: current transaction is aborted, it was rolled back")

    async def _run(self, session: Session, given: Arguments) -> Arguments:
        goes_on = bool(given.get("continueAfterTimeout"))
        running = asyncio.ensure_future(asyncio.to_thread(self._statement, session, given, goes_on))
        try:
            # A statement that must not go on is ended by the database; that takes a moment.
            return await asyncio.wait_for(asyncio.shield(running), _STATEMENT_SECONDS if goes_on else None)
        except TimeoutError:
            raise ApiError("StatementTimeoutException", "Request timed out") from None

    def _statement(self, session: Session, given: Arguments, goes_on: bool) -> Arguments:
        import psycopg

        connection = session.connection
        with session.lock:
            try:
                if goes_on and connection.info.transaction_status != psycopg.pq.TransactionStatus.INERROR:
                    connection.execute(f"SET statement_timeout = {0 if goes_on else _STATEMENT_SECONDS * 1000}")
                return self._answer(session, given)
            except psycopg.errors.QueryCanceled as error:
                raise ApiError("StatementTimeoutException", "Request timed out") from error
            except (StatementError, psycopg.Error) as error:
                raise _database_error(error) from error

    def _answer(self, session: Session, given: Arguments) -> Arguments:
        sql, parameters = bound(given["sql"], given.get("parameters") or [])
        plain = sql.replace("%%", "%")
        if self.databases.create_extension(f"aurora:{session.cluster}", session.connection, plain):
            return {"generatedFields": [], "numberOfRecordsUpdated": 0}
        if not parameters and (told := self.imports.run(session.connection, session.cluster, plain)) is not None:
            return {"records": [[{"stringValue": told}]], "numberOfRecordsUpdated": 0}
        cursor = session.connection.execute(sql, parameters)
        if cursor.description is None:
            return {"generatedFields": [], "numberOfRecordsUpdated": max(cursor.rowcount, 0)}
        answer = cursor.pgresult
        codes = [column.type_code for column in cursor.description]
        rows = [[values.value(answer.get_value(row, i), code) for i, code in enumerate(codes)] for row in range(answer.ntuples)]
        if sum(len(str(value)) for row in rows for value in row) > _LARGEST_ANSWER:
            raise ApiError("BadRequestException", "Database returned more than the allowed response size limit")
        found: Arguments = {"records": [[values.field(value) for value in row] for row in rows], "numberOfRecordsUpdated": 0}
        if given.get("includeResultMetadata"):
            found["columnMetadata"] = [
                {**values.column(one.name, one.type_code, answer.fmod(i)), "type": one.type_code}
                for i, one in enumerate(cursor.description)
            ]
        return found

    def _connect(self, record: Arguments, given: Arguments, caller: Signed) -> Session:
        import psycopg

        try:
            user, password = access.of_secret(given["secretArn"], caller)
        except ApiError as error:
            code = "ForbiddenException" if error.status == 403 else "InvalidSecretException"
            raise ApiError(code, error.message, error.status) from error
        name, database = record["DBClusterIdentifier"], given.get("database") or record["DatabaseName"]
        try:
            connection = self.databases.open_with_password(f"aurora:{name}", database, user, password)
            connection.execute(f"SET statement_timeout = {_STATEMENT_SECONDS * 1000}")
            connection.execute(f"SET idle_in_transaction_session_timeout = {_IDLE_SECONDS * 1000}")
        except StatementError as error:
            code = "DatabaseNotFoundException" if "does not exist" in str(error) else "DatabaseErrorException"
            raise ApiError(code, str(error)) from error
        except (psycopg.Error, ServerError) as error:
            raise ApiError("DatabaseUnavailableException", str(error), 504) from error
        return Session(connection, name, record["DBClusterArn"])

    def _begun(self, record: Arguments, given: Arguments, caller: Signed) -> Session:
        import psycopg

        session = self._connect(record, given, caller)
        try:
            session.connection.execute("BEGIN")
        except psycopg.Error as error:
            session.connection.close()
            raise ApiError("DatabaseUnavailableException", str(error).strip(), 504) from error
        return session

    def _cluster(self, given: Arguments) -> Arguments:
        record = self.clusters.by_arn(given["resourceArn"])
        if record is None:
            raise ApiError(
                "BadRequestException", f"HttpEndpoint is not enabled for resource {given['resourceArn']}: there is no such cluster"
            )
        if not record["HttpEndpointEnabled"]:
            raise ApiError("HttpEndpointNotEnabledException", f"HttpEndpoint is not enabled for resource {given['resourceArn']}")
        if not self.clusters.has_instance(record["DBClusterIdentifier"]):
            raise ApiError("InvalidResourceStateException", "The cluster has no instance that could run a statement")
        return record

    def _session(self, identity: str, given: Arguments) -> Session:
        found = self._open.get(identity)
        if found is not None and (found.connection.closed or found.connection.broken):
            # The database has ended it after three minutes of silence.
            self._open.pop(identity, None)
            found = None
        if found is None or found.arn != given["resourceArn"]:
            raise ApiError("TransactionNotFoundException", f"Transaction {identity} is not found", 404)
        return found


OPERATIONS: dict[str, Any] = {
    "ExecuteStatement": DataApi.execute,
    "BatchExecuteStatement": DataApi.batch_execute,
    "BeginTransaction": DataApi.begin,
    "CommitTransaction": DataApi.commit,
    "RollbackTransaction": DataApi.rollback,
}


def _database_error(error: Exception) -> ApiError:
    """Return a database's refusal in the Data API's words: the message and the state of SQL."""
    import psycopg

    if isinstance(error, psycopg.Error) and error.diag.message_primary:
        detail = f"\n  Detail: {error.diag.message_detail}" if error.diag.message_detail else ""
        return ApiError("DatabaseErrorException", f"ERROR: {error.diag.message_primary}{detail}; SQLState: {error.sqlstate}")
    if isinstance(error, psycopg.OperationalError):
        return ApiError("TransactionNotFoundException", "The transaction was rolled back: its connection has ended", 404)
    return ApiError("DatabaseErrorException", str(error))
