"""A DuckDB connection for one caller's statement, without a way out of its folder."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import TableError
from .sql import identifier, listed, literal
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
    """The caller's objects, and a database that can read the ones that were added to it.

    `folder` is the statement's own, and all that the database may read or write. `scanned` counts the bytes of the tables' readers.
    """

    s3: Any
    cache: ObjectCache
    folder: Path
    connection: Any = None
    scanned: int = 0
    _files: int = 0
    _closed: threading.Event = field(default_factory=threading.Event)

    def open(self) -> None:
        """Connect, and lock the connection before anything of the catalog or of the user comes near it."""
        import duckdb

        self.connection = duckdb.connect(":memory:", config=_SETTINGS)
        for name, value in (
            ("TimeZone", "'UTC'"),
            ("python_enable_replacements", "false"),
            ("temp_directory", literal(str(self.folder / "spill"))),
            ("allowed_directories", listed([self.folder])),
            ("enable_external_access", "false"),
            ("lock_configuration", "true"),
        ):
            self.connection.execute(f"SET {name} = {value}")

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

    def add(self, path: Path) -> Path:
        """Let the database read a file. Return the path under which it is there."""
        self._files += 1
        added = self.folder / f"{self._files}{''.join(path.suffixes)}"
        try:
            os.link(path, added)
        except OSError:
            # Another file system, or one without hard links.
            shutil.copyfile(path, added)
        return added

    def execute(self, sql: str, parameters: Sequence[Any] | None = None) -> Any:
        """Run one statement. Return its cursor."""
        statements = self.connection.extract_statements(sql)
        if len(statements) != 1:
            raise TableError("NOT_SUPPORTED: more than one statement in a query")
        return self.connection.execute(statements[0], parameters)

    def query(self, sql: str) -> Any:
        """Run a statement that came from a user. Return its cursor."""
        import duckdb

        if any(statement.type != duckdb.StatementType.SELECT for statement in self.connection.extract_statements(sql)):
            raise TableError("NOT_SUPPORTED: a query that is no SELECT")
        return self.execute(sql)

    def create_table(self, name: str, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[Any]]) -> None:
        """Create a temporary table, or replace it; `columns` are names and types of DuckDB."""
        described = ", ".join(f"{identifier(column)} {kind}" for column, kind in columns)
        self.execute(f"CREATE OR REPLACE TEMP TABLE {identifier(name)} ({described})")
        if values := list(rows):
            self.connection.executemany(f"INSERT INTO {identifier(name)} VALUES ({', '.join('?' * len(columns))})", values)
