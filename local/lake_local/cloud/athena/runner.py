"""Runs queries, each on a thread of a small pool, with the rights of whoever sent it."""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from lake_local.config import Config

from ..clients import client_as
from ..tables.catalog import Catalog
from ..tables.errors import TableError
from ..tables.session import Session
from ..tables.storage import ObjectCache, split_uri
from . import ddl, parsing, results
from .engine import Engine
from .errors import AthenaError, InvalidRequest
from .executions import Execution, Executions
from .statements import Kind

logger = logging.getLogger("lake.athena")
_CONCURRENT = 4
_CLIENTS = 32


class Runner:
    """The pool, and what its threads share."""

    def __init__(self, config: Config, executions: Executions) -> None:
        self.config = config
        self.executions = executions
        self.cache = ObjectCache(config.state_dir / "athena" / "objects")
        # Each query has a folder here, on the cache's file system; what a killed server left is of no use.
        self._folder = config.state_dir / "athena" / "running"
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        self._pool = ThreadPoolExecutor(_CONCURRENT, thread_name_prefix="athena")
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._clients_lock = threading.Lock()

    def start(self, execution: Execution, sql: str, parameters: list[str], kind: Kind, credentials: Any, cutoff: int | None) -> None:
        self._pool.submit(self._run, execution, sql, parameters, kind, credentials, cutoff)

    def cancel(self, execution: Execution) -> None:
        if execution.move("CANCELLED", "Query was cancelled by user"):
            if execution.cancel:
                execution.cancel()
            self.executions.save(execution)

    def stop(self) -> None:
        """The server stops: nothing goes on behind its back."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for execution in self.executions.running():
            self.cancel(execution)

    def client(self, service: str, credentials: Any, region: str) -> Any:
        """A client that is the caller's, of this lake."""
        key = (service, credentials.access_key, region)
        with self._clients_lock:
            if key not in self._clients:
                while len(self._clients) >= _CLIENTS:
                    self._clients.pop(next(iter(self._clients))).close()
                self._clients[key] = client_as(credentials, service, self.config.endpoint, region, max_pool_connections=16)
            return self._clients[key]

    def check_readable(self, execution: Execution, credentials: Any) -> None:
        """Whether whoever asks for the results may read them."""
        bucket, key = split_uri(execution.record["ResultConfiguration"]["OutputLocation"])
        try:
            self.client("s3", credentials, execution.region).head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            if status == 403:
                raise InvalidRequest(
                    "Access denied when reading the results of the query: Forbidden (Service: Amazon S3; Status Code: 403)"
                ) from None
            if status == 404:
                raise InvalidRequest("Could not find results") from None
            raise

    def _run(self, execution: Execution, sql: str, parameters: list[str], kind: Kind, credentials: Any, cutoff: int | None) -> None:
        if not execution.move("RUNNING"):
            return
        execution.record["Statistics"]["QueryQueueTimeInMillis"] = int((time.monotonic() - execution.started) * 1000)
        try:
            self._execute(execution, sql, parameters, kind, credentials, cutoff)
            execution.move("SUCCEEDED")
        except TableError as error:
            self._fail(execution, error)
        except InvalidRequest as error:
            self._fail(execution, AthenaError(f"SYNTAX_ERROR: {error.message}"))
        except Exception:
            logger.exception("query %s", execution.id)
            self._fail(execution, AthenaError("GENERIC_INTERNAL_ERROR: the embedded Athena failed, its log says where", category=1))
        finally:
            try:
                self.executions.save(execution)
            except OSError:
                logger.exception("query %s", execution.id)

    def _fail(self, execution: Execution, error: TableError) -> None:
        execution.move(
            "FAILED",
            error.reason,
            {"ErrorCategory": error.category, "ErrorType": error.error_type, "Retryable": False, "ErrorMessage": error.reason},
        )

    def _execute(self, execution: Execution, sql: str, parameters: list[str], kind: Kind, credentials: Any, cutoff: int | None) -> None:
        sql = parsing.bind_parameters(sql, parameters)
        s3 = self.client("s3", credentials, execution.region)
        catalog = Catalog(self.client("glue", credentials, execution.region))
        began = time.monotonic()
        statistics = execution.record["Statistics"]
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            data = Path(folder) / "data"
            data.mkdir()
            session = Session(s3, self.cache, data)
            engine = Engine(catalog, session, execution.record["QueryExecutionContext"]["Database"])
            execution.cancel = session.interrupt
            try:
                engine.open()
                if kind.substatement == "SELECT":
                    result = engine.select(parsing.parse(sql))
                    execution.header = True
                else:
                    result = ddl.run(sql, kind, engine, execution)
                    execution.header = kind.suffix == ".csv"
                statistics["QueryPlanningTimeInMillis"] = int((time.monotonic() - began) * 1000)
                statistics["DataScannedInBytes"] = result.scanned
                if cutoff and result.scanned > cutoff:
                    raise AthenaError("Bytes scanned limit was exceeded")
                execution.columns = result.columns
                output = Path(folder) / "result"
                self.executions.write_rows(execution, result.rows, output)
            finally:
                session.close()
                self.cache.prune()
            statistics["EngineExecutionTimeInMillis"] = int((time.monotonic() - began) * 1000)
            with output.open("rb") as body:
                results.put(s3, execution, execution.record["ResultConfiguration"]["OutputLocation"], body)
