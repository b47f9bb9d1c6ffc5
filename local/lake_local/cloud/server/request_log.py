"""The log of all calls, in CloudTrail's record format: a line a call, a file a day, of bounded size. `lake audit` reads it."""

from __future__ import annotations

import json
import logging
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO

from lake_local.config import Config
from lake_local.fidelity import Entry
from lake_local.lake_file import REQUEST_LOG
from lake_local.store import private_folder

from ..iam import calls, records
from ..service import Service

logger = logging.getLogger("lake.server")

LARGEST_FILE = 64 * 1024 * 1024
LARGEST_LOG = 256 * 1024 * 1024

FIDELITY = (
    Entry(
        "Log of calls",
        "differs",
        "`lake audit` shows every call, as CloudTrail records it, at once, denied ones of S3 included; with it the statements that decided "
        "(`additionalEventData.decisions`). The parameters of calls other than S3's, and what was answered, are left out. The latest "
        "256 MiB are kept.",
    ),
)


class RequestLog:
    """A folder of files `DATE.jsonl`; a day whose file is full goes on in `DATE.1.jsonl`."""

    def __init__(self, folder: Path, largest_file: int = LARGEST_FILE, largest_log: int = LARGEST_LOG) -> None:
        private_folder(folder)
        self._folder = folder
        self._largest_file = largest_file
        self._largest_log = largest_log
        self._day: date | None = None
        self._file: IO[str] | None = None

    def write(self, line: str) -> None:
        """Write a line, at once."""
        file = self._file
        if file is None or self._day != datetime.now(UTC).date() or file.tell() > self._largest_file:
            file = self._next()
        file.write(line + "\n")
        file.flush()

    def _next(self) -> IO[str]:
        """Open the file that the next line goes to, and delete the oldest ones beyond the bound."""
        if self._file:
            self._file.close()
        self._day = datetime.now(UTC).date()
        number = max((int(path.name.split(".")[1]) for path in self._folder.glob(f"{self._day}.*.jsonl")), default=0)
        path = self._path(number)
        if path.exists() and path.stat().st_size > self._largest_file:
            path = self._path(number + 1)
        self._file = path.open("a", encoding="utf-8")
        kept = 0
        for old in sorted(self._folder.glob("*.jsonl"), key=lambda one: one.stat().st_mtime, reverse=True):
            kept += old.stat().st_size
            if kept > self._largest_log and old != path:
                old.unlink()
        return self._file

    def _path(self, number: int) -> Path:
        return self._folder / (f"{self._day}.{number}.jsonl" if number else f"{self._day}.jsonl")


def install(config: Config) -> None:
    """Write a line for each call that has been answered."""
    log = RequestLog(config.state_dir / REQUEST_LOG)

    def write(call: calls.Call) -> None:
        if call.service and (found := records.record(call)):
            log.write(json.dumps(found, separators=(",", ":")))
            records.tell(found)

    calls.on_answer(write)


SERVICE = Service("request-log", install, fidelity=FIDELITY)
