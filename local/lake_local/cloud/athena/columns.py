"""Columns of a result, as GetQueryResults describes them."""

from __future__ import annotations

from typing import Any

# DuckDB's type id -> Athena's name, precision, scale of a result column.
_TYPES: dict[str, tuple[str, int, int]] = {
    "boolean": ("boolean", 0, 0),
    "tinyint": ("tinyint", 3, 0),
    "smallint": ("smallint", 5, 0),
    "integer": ("integer", 10, 0),
    "integer_literal": ("integer", 10, 0),
    "bigint": ("bigint", 19, 0),
    "hugeint": ("bigint", 19, 0),
    "ubigint": ("bigint", 19, 0),
    "uinteger": ("bigint", 19, 0),
    "uhugeint": ("bigint", 19, 0),
    "utinyint": ("integer", 10, 0),
    "usmallint": ("integer", 10, 0),
    "float": ("float", 17, 0),
    "double": ("double", 17, 0),
    "varchar": ("varchar", 2147483647, 0),
    "blob": ("varbinary", 1073741824, 0),
    "date": ("date", 0, 0),
    "time": ("time", 3, 0),
    "timestamp": ("timestamp", 3, 0),
    "timestamp_s": ("timestamp", 3, 0),
    "timestamp_ms": ("timestamp", 3, 0),
    "timestamp_ns": ("timestamp", 3, 0),
    "timestamp with time zone": ("timestamp with time zone", 3, 0),
    "list": ("array", 0, 0),
    "array": ("array", 0, 0),
    "map": ("map", 0, 0),
    "struct": ("row", 0, 0),
    "tuple": ("row", 0, 0),
    "uuid": ("uuid", 0, 0),
    "interval": ("interval day to second", 0, 0),
    "sqlnull": ("unknown", 0, 0),
    "null": ("unknown", 0, 0),
}


def column_info(name: str, duckdb_type: Any) -> dict[str, Any]:
    """The ColumnInfo of a result column."""
    identity = duckdb_type.id
    kind, precision, scale = _TYPES.get(identity, ("varchar", 2147483647, 0))
    if identity == "decimal":
        (_, precision), (_, scale) = duckdb_type.children
        kind = "decimal"
    if str(duckdb_type) == "JSON":
        kind, precision = "json", 0
    return _column_info(name, kind, precision, scale, is_case_sensitive=kind in ("varchar", "char", "json"))


def text_column(name: str, kind: str = "string", precision: int = 0) -> dict[str, Any]:
    """Return the ColumnInfo of a statement that is no query."""
    return _column_info(name, kind, precision, scale=0, is_case_sensitive=False)


def _column_info(name: str, kind: str, precision: int, scale: int, *, is_case_sensitive: bool) -> dict[str, Any]:
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": kind,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": is_case_sensitive,
    }
