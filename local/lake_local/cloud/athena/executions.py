"""Query executions: their records, their threads, their results on disk and in S3."""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lake_local.store import write_json

logger = logging.getLogger("lake.athena")
KEPT = 500
FINAL = ("SUCCEEDED", "FAILED", "CANCELLED")
ENGINE_VERSION = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}


@dataclass
class Execution:
    """One query, as GetQueryExecution shows it, and what only we know of it."""

    record: dict[str, Any]
    account: str
    region: str
    columns: list[dict[str, Any]] = field(default_factory=list)
    update_count: int | None = None
    header: bool = False
    started: float = field(default_factory=time.monotonic)
    cancel: Any = None
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def id(self) -> str:
        return str(self.record["QueryExecutionId"])

    @property
    def state(self) -> str:
        return str(self.record["Status"]["State"])

    def move(self, state: str, reason: str | None = None, error: dict[str, Any] | None = None) -> bool:
        """Change the state, unless it is final already."""
        with self.lock:
            if self.state in FINAL:
                return False
            status = self.record["Status"]
            status["State"] = state
            if reason:
                status["StateChangeReason"] = reason
            if error:
                status["AthenaError"] = error
            if state in FINAL:
                status["CompletionDateTime"] = time.time()
                took = int((time.monotonic() - self.started) * 1000)
                statistics = self.record["Statistics"]
                statistics["TotalExecutionTimeInMillis"] = took
                statistics.setdefault("EngineExecutionTimeInMillis", took)
                statistics["ServiceProcessingTimeInMillis"] = max(0, took - statistics["EngineExecutionTimeInMillis"])
            return True


class Executions:
    """The executions of a lake, the newest KEPT; finished ones survive a restart."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._all: OrderedDict[str, Execution] = OrderedDict()
        self._tokens: dict[tuple[str, str], tuple[str, str]] = {}
        self._load()

    def _load(self) -> None:
        found = []
        for path in self.folder.glob("*.json"):
            try:
                data = json.loads(path.read_text(encoding="utf-8"))
                found.append(Execution(**data))
            except (ValueError, TypeError, OSError):
                logger.warning("unreadable record of a query: %s", path)
        for execution in sorted(found, key=lambda e: e.record["Status"]["SubmissionDateTime"]):
            self._all[execution.id] = execution

    def create(self, account: str, region: str, record: dict[str, Any]) -> Execution:
        record = {
            "QueryExecutionId": str(uuid.uuid4()),
            **record,
            "Status": {"State": "QUEUED", "SubmissionDateTime": time.time()},
            "Statistics": {
                "DataScannedInBytes": 0,
                "QueryQueueTimeInMillis": 0,
                "QueryPlanningTimeInMillis": 0,
                "ServiceProcessingTimeInMillis": 0,
            },
            "EngineVersion": ENGINE_VERSION,
        }
        execution = Execution(record, account, region)
        with self._lock:
            self._all[execution.id] = execution
            while len(self._all) > KEPT:
                old, _ = self._all.popitem(last=False)
                for path in (self._path(old), self.rows_path(old)):
                    path.unlink(missing_ok=True)
        return execution

    def get(self, identity: str, account: str, region: str) -> Execution | None:
        found = self._all.get(identity)
        return found if found and (found.account, found.region) == (account, region) else None

    def of_workgroup(self, workgroup: str, account: str, region: str) -> list[Execution]:
        """Newest first."""
        return [
            e for e in reversed(self._all.values()) if e.record["WorkGroup"] == workgroup and (e.account, e.region) == (account, region)
        ]

    def same_request(self, account: str, token: str, fingerprint: str) -> str | None:
        """The execution that this ClientRequestToken started before; ValueError if it was for another query."""
        known = self._tokens.get((account, token))
        if known is None:
            return None
        if known[1] != fingerprint:
            raise ValueError("Idempotent parameters do not match")
        return known[0]

    def remember(self, account: str, token: str, fingerprint: str, identity: str) -> None:
        with self._lock:
            self._tokens[(account, token)] = (identity, fingerprint)

    def save(self, execution: Execution) -> None:
        write_json(
            self._path(execution.id),
            {
                "record": deepcopy(execution.record),
                "account": execution.account,
                "region": execution.region,
                "columns": execution.columns,
                "update_count": execution.update_count,
                "header": execution.header,
            },
        )

    def running(self) -> list[Execution]:
        return [execution for execution in self._all.values() if execution.state not in FINAL]

    def rows_path(self, identity: str) -> Path:
        return self.folder / f"{identity}.rows"

    def _path(self, identity: str) -> Path:
        return self.folder / f"{identity}.json"

    def write_rows(self, execution: Execution, rows: Iterable[list[str | None]], csv_path: Path) -> int:
        """Keep the rows twice: for GetQueryResults, a line of JSON each, and as the file that goes to S3."""
        self.folder.mkdir(parents=True, exist_ok=True)
        count = 0
        with self.rows_path(execution.id).open("w", encoding="utf-8") as pages, csv_path.open("w", encoding="utf-8", newline="") as file:
            if execution.header:
                file.write(csv_line([column["Name"] for column in execution.columns]))
            for row in rows:
                pages.write(json.dumps(row) + "\n")
                file.write(csv_line(row) if execution.header else "\t".join(value or "" for value in row) + "\n")
                count += 1
        return count

    def read_rows(self, identity: str, first: int, count: int) -> tuple[list[list[str | None]], bool]:
        """(`count` rows from number `first`, whether there are more)."""
        rows: list[list[str | None]] = []
        try:
            with self.rows_path(identity).open(encoding="utf-8") as pages:
                for number, line in enumerate(pages):
                    if number < first:
                        continue
                    if len(rows) == count:
                        return rows, True
                    rows.append(json.loads(line))
        except FileNotFoundError:
            pass
        return rows, False


def csv_line(row: list[str | None]) -> str:
    """As Athena writes it: every value in quotes, NULL as nothing at all."""
    return ",".join("" if value is None else '"' + value.replace('"', '""') + '"' for value in row) + "\n"
