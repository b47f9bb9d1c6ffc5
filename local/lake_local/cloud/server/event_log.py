"""S3's events since the last snapshot, on disk before a put is answered: after a kill they are sent again.

An event may then be sent twice, as on AWS. None is lost: its message is in the snapshot, or its line is in here.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

logger = logging.getLogger("lake.server")

# A message is in its queue milliseconds after the put. A line that is this old when a snapshot is taken is in the snapshot.
DELIVERED_SECONDS = 10.0


class EventLog:
    """A file with a line for each event. Calls may come from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        self._file = path.open("a", encoding="utf-8")

    def append(self, *arguments: Any, **options: Any) -> None:
        """Write an event, and return when a killed process cannot lose it any more."""
        line = json.dumps({"at": time.time(), "arguments": arguments, "options": options})
        with self._lock:
            self._lines.append(line)
            self._file.write(line + "\n")
            self._file.flush()

    def forget(self, until: float) -> None:
        """Drop the events that a snapshot, taken at this time, has."""
        with self._lock:
            kept = [line for line in self._lines if json.loads(line)["at"] > until - DELIVERED_SECONDS]
            if len(kept) == len(self._lines):
                return
            temporary = self._path.with_name(f".{self._path.name}")
            temporary.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
            temporary.replace(self._path)
            self._file.close()
            self._file = self._path.open("a", encoding="utf-8")
            self._lines = kept

    def replay(self, send: Callable[..., Any]) -> int:
        """Send every event again; return how many. A last line that was cut off belongs to a put that was never answered."""
        with self._lock:
            lines = list(self._lines)
        count = 0
        for line in lines:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            send(*event["arguments"], **event["options"])
            count += 1
        return count

    def clear(self) -> None:
        """Forget everything: the last server ended in order, with all of it in its snapshot."""
        with self._lock:
            self._lines = []
            self._file.truncate(0)
