"""Which partitions a query can need: asked of the catalog's values before anything is read."""

from __future__ import annotations

import re
from typing import Any

from .catalog import CatalogTable
from .errors import TableError
from .session import Session
from .sql import identifier, literal
from .types import duckdb_type, parse

DEFAULT_PARTITION = "__HIVE_DEFAULT_PARTITION__"
# What a value of these types looks like.
_VALUES = {
    **dict.fromkeys(("tinyint", "smallint", "int", "bigint"), r"[+-]?[0-9]+"),
    "decimal": r"[+-]?[0-9]+(\.[0-9]*)?",
    "date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "boolean": "true|false",
}


def needed(session: Session, table: CatalogTable, partitions: list[dict[str, Any]], predicate: str | None) -> list[dict[str, Any]]:
    """Return the partitions that a condition on the partition keys leaves."""
    if not predicate or not partitions:
        return partitions
    keys = table.partition_keys
    columns = [("i", "INTEGER"), *((f"c{n}", "VARCHAR") for n in range(len(keys)))]
    values = ([None if value == DEFAULT_PARTITION else value for value in partition["Values"]] for partition in partitions)
    session.create_table("$partitions", columns, ([i, *row] for i, row in enumerate(values)))
    typed = ", ".join(f"CAST(c{n} AS {duckdb_type(hive)}) AS {identifier(name)}" for n, (name, hive) in enumerate(keys))
    try:
        rows = session.execute(f'SELECT "$i" FROM (SELECT i AS "$i", {typed} FROM "$partitions") WHERE {predicate} ORDER BY 1').fetchall()
    except Exception:
        # The query itself will say what is wrong with its condition.
        return partitions
    return [partitions[row[0]] for row in rows]


def partition_columns(table: CatalogTable, values: list[str]) -> list[str]:
    """Return the constants that a partition adds to its rows."""
    if len(values) != len(table.partition_keys):
        raise TableError(f"HIVE_INVALID_PARTITION_VALUE: a partition of {table.database}.{table.name} has {len(values)} values")
    made = []
    for (name, hive), value in zip(table.partition_keys, values, strict=True):
        kind = parse(hive)
        if value != DEFAULT_PARTITION and not re.fullmatch(_VALUES.get(kind.name, ".*"), value, re.IGNORECASE | re.DOTALL):
            raise TableError(f"HIVE_INVALID_PARTITION_VALUE: Invalid partition value '{value}' for {kind.athena} partition key: {name}")
        constant = "NULL" if value == DEFAULT_PARTITION else literal(value)
        made.append(f"CAST({constant} AS {kind.duckdb}) AS {identifier(name)}")
    return made
