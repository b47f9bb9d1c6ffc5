"""Statements of the Data API: their records, and their results on disk."""

from __future__ import annotations

import json
import logging
import shutil
import threading
import time
import uuid
from collections import OrderedDict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lake_local.store import write_json

logger = logging.getLogger("lake.warehouse")
# AWS keeps results for a day; here the newest statements stay.
_KEPT = 500
_DAY = 24 * 3600
FINAL = ("FINISHED", "FAILED", "ABORTED")


@dataclass
class Part:
    """One SQL statement."""

    sql: str
    status: str = "SUBMITTED"
    error: str = ""
    rows: int = -1
    size: int = -1
    columns: list[dict[str, Any]] | None = None
    began: float = 0.0
    ended: float = 0.0


@dataclass
class Statement:
    """What one call of ExecuteStatement or BatchExecuteStatement began."""

    parts: list[Part]
    target: dict[str, str]
    owner: str
    principal: str
    role: str
    is_batch: bool
    name: str = ""
    with_event: bool = False
    parameters: list[dict[str, str]] = field(default_factory=list)
    identity: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "SUBMITTED"
    error: str = ""
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    pid: int = 0

    @property
    def expires(self) -> float:
        return self.created + _DAY


class Statements:
    """The newest statements of a lake. They survive a restart; one that ran has failed then."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._all: OrderedDict[str, Statement] = OrderedDict()
        self._tokens: dict[tuple[str, str], str] = {}
        # Those that ran when the lake ended: nobody has been told of their end.
        self.interrupted: list[Statement] = []
        self._load()

    def _load(self) -> None:
        found = []
        for path in self.folder.glob("*/statement.json"):
            try:
                data = json.loads(path.read_text(encoding="utf-8"))
                found.append(Statement(**{**data, "parts": [Part(**part) for part in data["parts"]]}))
            except (ValueError, TypeError, OSError):
                logger.warning("unreadable record of a statement: %s", path)
        for statement in sorted(found, key=lambda one: one.created):
            if statement.status not in FINAL:
                statement.status, statement.error = "FAILED", "the lake was stopped while it ran"
                self.interrupted.append(statement)
            self._all[statement.identity] = statement

    def add(self, statement: Statement, token: str = "") -> Statement:
        """Keep a statement; return the one that the same caller began with the same token instead, if there is one.

        It is on disk before anybody knows its id. Raise `OSError` if it cannot be written.
        """
        with self._lock:
            known = self._tokens.get((statement.owner, token)) if token else None
            if known and known in self._all:
                return self._all[known]
            self.save(statement)
            if token:
                self._tokens[statement.owner, token] = statement.identity
            self._all[statement.identity] = statement
            while len(self._all) > _KEPT:
                old, _ = self._all.popitem(last=False)
                shutil.rmtree(self.folder / old, ignore_errors=True)
        return statement

    def get(self, identity: str) -> Statement | None:
        """Return a statement by its id."""
        return self._all.get(identity)

    def newest_first(self) -> list[Statement]:
        """Return all statements."""
        return list(reversed(self._all.values()))

    def move(self, statement: Statement, status: str, error: str = "") -> bool:
        """Change a statement's status, unless it is final already."""
        with self._lock:
            if statement.status in FINAL:
                return False
            statement.status, statement.error, statement.updated = status, error, time.time()
            return True

    def save(self, statement: Statement) -> None:
        """Keep a statement on disk."""
        write_json(self.folder / statement.identity / "statement.json", asdict(statement))

    def write_rows(self, statement: Statement, number: int, rows: list[list[Any]]) -> int:
        """Keep the result of a statement's part. Return its size."""
        text = json.dumps(rows)
        write_json(self.folder / statement.identity / f"{number}.json", rows)
        return len(text)

    def read_rows(self, statement: Statement, number: int) -> list[list[Any]]:
        """Return the result of a statement's part."""
        found: list[list[Any]] = json.loads((self.folder / statement.identity / f"{number}.json").read_text(encoding="utf-8"))
        return found
