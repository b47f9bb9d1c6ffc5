"""Names and values as DuckDB's SQL: the only place that quotes them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def identifier(name: str) -> str:
    """Return a quoted name."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Return a text literal."""
    return "'" + value.replace("'", "''") + "'"


def listed(values: Iterable[str | Path]) -> str:
    """Return a list of text literals."""
    return "[" + ", ".join(literal(str(value)) for value in values) + "]"
