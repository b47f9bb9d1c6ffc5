"""A DuckDB connection for one caller's statement."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .sql import listed
from .storage import ObjectCache

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": "2",
    "memory_limit": "2GB",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "preserve_insertion_order": "true",
}


@dataclass
class Session:
    """The caller's objects, and a database that can read those of its tables.

    `scanned` is the number of bytes that the tables' readers count, `paths` are the files that they need.
    """

    s3: Any
    cache: ObjectCache
    connection: Any = None
    scanned: int = 0
    paths: list[Path] = field(default_factory=list)
    _closed: threading.Event = field(default_factory=threading.Event)

    def open(self) -> None:
        import duckdb

        self.connection = duckdb.connect(":memory:", config=_SETTINGS)
        self.connection.execute("SET TimeZone = 'UTC'")

    def close(self) -> None:
        self._closed.set()
        if self.connection is not None:
            self.connection.close()

    def interrupt(self) -> None:
        """Stop the statement, now or as soon as it has begun."""

        def insist() -> None:
            while not self._closed.wait(0.05):
                if self.connection is not None:
                    self.connection.interrupt()

        threading.Thread(target=insist, daemon=True).start()

    def execute(self, sql: str, parameters: list[Any] | None = None) -> Any:
        return self.connection.execute(sql, parameters)

    def lock(self, *writable: Path) -> None:
        """Let what runs from here on read the objects of its tables, and nothing else of this machine."""
        self.execute(f"SET allowed_directories = {listed(writable)}")
        self.execute(f"SET allowed_paths = {listed(self.paths)}")
        self.execute("SET enable_external_access = false")
        self.execute("SET lock_configuration = true")
