"""Columns of the catalog as Redshift has them, and what becomes of a table whose columns have changed."""

from __future__ import annotations

import re
from typing import Any

from data_api import quoted

# Redshift counts bytes: https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html
LONGEST = 65_535
BYTES_OF_A_CHARACTER = 4

# https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html
TYPES = {
    "boolean": "boolean",
    "tinyint": "smallint",
    "smallint": "smallint",
    "int": "integer",
    "bigint": "bigint",
    "float": "real",
    "double": "double precision",
    "string": f"varchar({LONGEST})",
    "date": "date",
    "timestamp": "timestamp",
}
PARAMETERS = re.compile(r"^(decimal|varchar|char)\((\d+)(?:,(\d+))?\)$")

# What DescribeTable calls them, where that is another name.
INTERNAL = {
    "boolean": "bool",
    "smallint": "int2",
    "integer": "int4",
    "bigint": "int8",
    "real": "float4",
    "double precision": "float8",
    "decimal": "numeric",
    "char": "bpchar",
    "character varying": "varchar",
    "timestamp without time zone": "timestamp",
}


class ColumnsError(Exception):
    """Columns that cannot be loaded, and why."""


def redshift_type(column: str, kind: str) -> str:
    """Return the type of a column of the catalog as Redshift has it."""
    if plain := TYPES.get(kind):
        return plain
    match = PARAMETERS.match(kind)
    if not match:
        raise ColumnsError(f"column {column} is of type {kind}, which the warehouse has not: leave it out of the curated table")
    name, length, scale = match.groups()
    if name == "decimal":
        return f"decimal({length},{scale or 0})"
    return f"varchar({min(int(length) * BYTES_OF_A_CHARACTER, LONGEST)})"


def family(kind: str) -> str:
    """Return what a type is called without its length, whichever of its names it has."""
    name = kind.partition("(")[0].strip().lower()
    return INTERNAL.get(name, name)


def described(column: dict[str, Any]) -> str:
    """Return the type of a column as DescribeTable tells of it, a decimal's with its digits."""
    kind = str(column["typeName"])
    return f"decimal({column['precision']},{column['scale']})" if family(kind) == "numeric" and column.get("precision") else kind


def is_kept(present: str, wanted: str) -> bool:
    """Return whether a column can take the values of another type as they are. A decimal with fewer digits behind the point rounds them."""
    had, has = PARAMETERS.match(present), PARAMETERS.match(wanted)
    if had and has and had[1] == has[1] == "decimal":
        return int(had[3] or 0) >= int(has[3] or 0)
    return family(present) == family(wanted)


def changes(table: str, present: dict[str, str], wanted: dict[str, str]) -> list[str]:
    """Return the statements that give a table its new columns. Columns that are gone stay and are NULL; a type cannot change."""
    other = [
        f"{name} from {present[name]} to {kind}" for name, kind in wanted.items() if name in present and not is_kept(present[name], kind)
    ]
    if other:
        raise ColumnsError(
            f"columns have another type now: {', '.join(other)}. Drop {table} in the warehouse, and start the curated job again"
        )
    return [f"ALTER TABLE {table} ADD COLUMN {quoted(name)} {kind}" for name, kind in wanted.items() if name not in present]
