"""Columns of the catalog as PostgreSQL has them, and what becomes of a table whose columns have changed."""

from __future__ import annotations

import re

from transactions import quoted

# https://www.postgresql.org/docs/16/datatype.html, https://docs.aws.amazon.com/athena/latest/ug/data-types.html
TYPES = {
    "boolean": "boolean",
    "tinyint": "smallint",
    "smallint": "smallint",
    "int": "integer",
    "bigint": "bigint",
    "float": "real",
    "double": "double precision",
    "string": "text",
    "date": "date",
    "timestamp": "timestamp without time zone",
}
PARAMETERS = re.compile(r"^(decimal|varchar|char)\((\d+)(?:,(\d+))?\)$")


class ColumnsError(Exception):
    """Columns that cannot be loaded, and why."""


def postgres_type(column: str, kind: str) -> str:
    """Return the type of a column of the catalog, as PostgreSQL's `format_type` writes it."""
    if plain := TYPES.get(kind):
        return plain
    match = PARAMETERS.match(kind)
    if not match:
        raise ColumnsError(f"column {column} is of type {kind}, which the database has not: leave it out of the curated table")
    name, length, scale = match.groups()
    if name == "decimal":
        return f"numeric({length},{scale or 0})"
    return f"{'character varying' if name == 'varchar' else 'character'}({length})"


def changes(table: str, present: dict[str, str], wanted: dict[str, str]) -> list[str]:
    """Return the statements that give a table its new columns. Columns that are gone stay and are NULL; a type cannot change."""
    other = [f"{name} from {present[name]} to {kind}" for name, kind in wanted.items() if present.get(name, kind) != kind]
    if other:
        raise ColumnsError(f"columns have another type now: {', '.join(other)}. Drop {table} in the database, and start the job again")
    return [f"ALTER TABLE {table} ADD COLUMN {quoted(name)} {kind}" for name, kind in wanted.items() if name not in present]
