"""Runs the statements of the Data API, each on a thread and a connection of its own."""

from __future__ import annotations

import contextlib
import contextvars
import functools
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ..ministack import additions
from .access import Login
from .errors import ServerError, StatementError
from .execution import Executor
from .statements import FINAL, Part, Statement, Statements
from .warehouses import Warehouses

logger = logging.getLogger("lake.warehouse")
_CONCURRENT = 8
EVENT = "Redshift Data Statement Status Change"


class Runner:
    """The pool, and the connections that are in use."""

    def __init__(self, warehouses: Warehouses, statements: Statements, executor: Executor) -> None:
        self.warehouses = warehouses
        self.statements = statements
        self.executor = executor
        self._pool = ThreadPoolExecutor(_CONCURRENT, thread_name_prefix="warehouse")
        self._connections: dict[str, Any] = {}
        self._is_stopping = False

    def start(self, statement: Statement, login: Login) -> None:
        """Run a statement in the account and region of this context."""
        self._pool.submit(contextvars.copy_context().run, self._run, statement, login)

    def cancel(self, statement: Statement) -> None:
        """Abort a statement unless it has ended."""
        if self.statements.move(statement, "ABORTED", "Query canceled by user."):
            if connection := self._connections.get(statement.identity):
                with contextlib.suppress(Exception):
                    connection.cancel()
            self._end(statement)

    def connect(self, login: Login) -> Any:
        """Return a connection for a login."""
        if login.password is None:
            return self.warehouses.open(login.warehouse, login.database, login.user)
        return self.warehouses.open_with_password(login.warehouse, login.database, login.user, login.password)

    def recover(self) -> None:
        """Tell of the end of the statements that ran when the lake ended: a load among them is a dead letter then."""
        while self.statements.interrupted:
            statement = self.statements.interrupted.pop()
            arn = statement.target.get("arn", "")
            additions.within(arn, functools.partial(self._end, statement, arn))

    def stop(self) -> None:
        """The lake stops: nothing goes on behind its back. What runs has failed at the next start, which tells of it."""
        self._is_stopping = True
        self._pool.shutdown(wait=False, cancel_futures=True)
        for connection in list(self._connections.values()):
            with contextlib.suppress(Exception):
                connection.cancel()

    def _run(self, statement: Statement, login: Login) -> None:
        if not self.statements.move(statement, "STARTED"):
            return
        try:
            self._execute(statement, login)
            ended = self.statements.move(statement, "FINISHED")
        except Exception as error:
            if self._is_stopping:
                return
            ended = self.statements.move(statement, "FAILED", self._reason(statement, error))
        finally:
            self._connections.pop(statement.identity, None)
        if ended:
            self._end(statement, login.arn)

    def _reason(self, statement: Statement, error: Exception) -> str:
        if isinstance(error, (StatementError, ServerError)):
            return str(error)
        if isinstance(error, OSError):
            return f"ERROR: the warehouse cannot use its files: {error}"
        logger.error("statement %s", statement.identity, exc_info=error)
        return "the embedded warehouse failed, its log says where"

    def _end(self, statement: Statement, arn: str = "") -> None:
        for part in statement.parts:
            if part.status not in FINAL:
                part.status = "ABORTED"
        try:
            self.statements.save(statement)
        except OSError:
            logger.exception("statement %s", statement.identity)
        if statement.with_event:
            _publish(statement, arn or statement.target.get("arn", ""))

    def _execute(self, statement: Statement, login: Login) -> None:
        import psycopg

        try:
            connection = self.connect(login)
        except psycopg.Error as error:
            raise StatementError(f"ERROR: {_message(error)}") from error
        self._connections[statement.identity] = connection
        statement.pid = connection.info.backend_pid
        with contextlib.closing(connection):
            try:
                if statement.is_batch:
                    connection.execute("BEGIN")
                for number, part in enumerate(statement.parts):
                    self._run_part(statement, number, part, connection, login)
                if statement.is_batch and connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                    connection.execute("COMMIT")
            except psycopg.Error as error:
                raise StatementError(f"ERROR: {str(error).strip()}") from error

    def _run_part(self, statement: Statement, number: int, part: Part, connection: Any, login: Login) -> None:
        import psycopg

        part.status, part.began = "STARTED", time.time()
        try:
            result = self.executor.run(connection, login, part.sql, statement.parameters)
        except psycopg.Error as error:
            part.error = f"ERROR: {_message(error)}"
            part.status, part.ended = "FAILED", time.time()
            raise StatementError(_named(statement, number, part.error)) from error
        except StatementError as error:
            part.error = str(error) if str(error).startswith(("ERROR", "FATAL")) else f"ERROR: {error}"
            part.status, part.ended = "FAILED", time.time()
            raise StatementError(_named(statement, number, part.error)) from error
        part.ended, part.status = time.time(), "FINISHED"
        part.rows = result.count
        if result.columns is not None:
            part.columns = result.columns
            part.size = self.statements.write_rows(statement, number, result.rows)


def _named(statement: Statement, number: int, error: str) -> str:
    return f"Query #{number + 1} failed with {error}" if statement.is_batch else error


def _message(error: Any) -> str:
    """Return a database error in one line, as Redshift's driver gives it."""
    found = error.diag.message_primary or str(error).strip().splitlines()[0]
    detail = f" Detail: {error.diag.message_detail}" if error.diag.message_detail else ""
    return f"{found}{detail}"


def _publish(statement: Statement, arn: str) -> None:
    """Tell EventBridge how a statement ended: https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-monitoring-events.html"""
    detail = {
        "principal": statement.principal,
        "statementName": statement.name,
        "statementId": statement.identity,
        "redshiftQueryId": -1,
        "state": statement.status,
        "rows": statement.parts[-1].rows if not statement.is_batch else 0,
        "expireAt": int(statement.expires),
    }
    try:
        additions.publish("aws.redshift-data", EVENT, [arn] if arn else [], detail)
    except Exception:
        logger.exception("event of statement %s", statement.identity)
