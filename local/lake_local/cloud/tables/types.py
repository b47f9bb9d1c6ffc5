"""Types of catalog columns, and DuckDB's for them."""

from __future__ import annotations

from typing import Any

from .errors import TableError
from .sql import identifier

_HIVE = {
    "integer": "int",
    "varchar": "string",
    "hugeint": "bigint",
    "blob": "binary",
    "timestamp with time zone": "timestamp",
}


def hive_type(kind: Any) -> str:
    """Return the catalog's type for a DuckDB type."""
    name = kind.id
    if str(kind) == "JSON":
        return "string"
    if name in ("list", "array"):
        return f"array<{hive_type(kind.children[0][1])}>"
    if name == "map":
        (_, key), (_, value) = kind.children
        return f"map<{hive_type(key)},{hive_type(value)}>"
    if name == "struct":
        return "struct<" + ",".join(f"{field}:{hive_type(inner)}" for field, inner in kind.children) + ">"
    if name == "decimal":
        (_, precision), (_, scale) = kind.children
        return f"decimal({precision},{scale})"
    return _HIVE.get(name) or str(name).replace(" ", "")


def duckdb_type(hive: str) -> str:
    """The DuckDB type of a catalog column: `array<struct<a:int,b:string>>` -> `STRUCT("a" INTEGER, "b" VARCHAR)[]`."""
    hive = hive.strip()
    base = hive.lower()
    simple = {
        "string": "VARCHAR",
        "boolean": "BOOLEAN",
        "tinyint": "TINYINT",
        "smallint": "SMALLINT",
        "int": "INTEGER",
        "integer": "INTEGER",
        "bigint": "BIGINT",
        "float": "FLOAT",
        "real": "FLOAT",
        "double": "DOUBLE",
        "date": "DATE",
        "timestamp": "TIMESTAMP",
        "binary": "BLOB",
        "varbinary": "BLOB",
        "long": "BIGINT",
        "decimal": "DECIMAL(10, 0)",
        "varchar": "VARCHAR",
        "timestamp with time zone": "TIMESTAMPTZ",
    }
    if base in simple:
        return simple[base]
    if base.startswith("decimal("):
        return "DECIMAL" + base[len("decimal") :]
    if base.startswith(("varchar(", "char(")):
        return "VARCHAR"
    if base.startswith("array<"):
        return duckdb_type(hive[6:-1]) + "[]"
    if base.startswith("map<"):
        key, value = _split(hive[4:-1], ",")
        return f"MAP({duckdb_type(key)}, {duckdb_type(value)})"
    if base.startswith("struct<"):
        fields = (_split(part, ":") for part in _split(hive[7:-1], ","))
        return "STRUCT(" + ", ".join(f"{identifier(name.strip())} {duckdb_type(kind)}" for name, kind in fields) + ")"
    raise TableError(f"HIVE_INVALID_METADATA: column type {hive!r} of the table is not known")


def _split(text: str, separator: str) -> list[str]:
    """Split at the separators that are in no bracket; at the first one only for `:`."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c in "<(") - (c in ">)")
        if c == separator and depth == 0:
            parts.append(text[start:i])
            start = i + 1
            if separator == ":":
                break
    return [*parts, text[start:]]
