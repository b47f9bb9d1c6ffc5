"""Names and values as DuckDB's SQL: the only place that quotes them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .errors import TableError


def identifier(name: str) -> str:
    """Return a quoted name."""
    return '"' + _whole(name).replace('"', '""') + '"'


def literal(value: str) -> str:
    """Return a text literal."""
    return "'" + _whole(value).replace("'", "''") + "'"


def listed(values: Iterable[str | Path]) -> str:
    """Return a list of text literals."""
    return "[" + ", ".join(literal(str(value)) for value in values) + "]"


def _whole(text: str) -> str:
    """Refuse a NUL, which ends a statement for DuckDB's parser."""
    if "\0" in text:
        raise TableError(f"HIVE_INVALID_METADATA: {text[:60]!r} contains a NUL character")
    return text
