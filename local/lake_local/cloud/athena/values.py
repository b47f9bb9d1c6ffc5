"""Values and types as Athena gives them."""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal
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
        "CaseSensitive": kind in ("varchar", "char", "json"),
    }


def text(value: Any, duckdb_type: Any) -> str | None:
    """One value of a result, as text; None for NULL."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return real_text(value) if duckdb_type.id == "float" else double_text(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime):
        stamp = f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}"
        return f"{stamp} UTC" if value.tzinfo else stamp
    if isinstance(value, dt.time):
        return f"{value:%H:%M:%S}.{value.microsecond // 1000:03d}"
    if isinstance(value, bytes | bytearray):
        return bytes(value).hex(" ")
    if isinstance(value, dt.timedelta):
        return interval_text(value)
    if isinstance(value, list):
        child = duckdb_type.children[0][1]
        return "[" + ", ".join(_inner(item, child) for item in value) + "]"
    if isinstance(value, tuple):
        return (
            "{"
            + ", ".join(
                f"field{i}={_inner(item, kind)}" for i, (item, (_, kind)) in enumerate(zip(value, duckdb_type.children, strict=True))
            )
            + "}"
        )
    if isinstance(value, dict):
        return "{" + ", ".join(_entries(value, duckdb_type)) + "}"
    return str(value)


def _inner(value: Any, duckdb_type: Any) -> str:
    found = text(value, duckdb_type)
    return "null" if found is None else found


def _entries(value: dict[Any, Any], duckdb_type: Any) -> list[str]:
    kinds = dict(duckdb_type.children)
    if duckdb_type.id == "struct" and all(re.fullmatch(r"_\d+", name) for name in value):
        return [f"field{name[1:]}={_inner(item, kinds[name])}" for name, item in value.items()]
    if duckdb_type.id == "map":
        return [f"{_inner(key, kinds['key'])}={_inner(item, kinds['value'])}" for key, item in value.items()]
    return [f"{name}={_inner(item, kinds[name])}" for name, item in value.items()]


def double_text(value: float) -> str:
    """A double as Java writes it: `1.0`, `0.001`, `1.0E7`, `1.0E-4`, `NaN`, `Infinity`."""
    return _java(value, repr)


def real_text(value: float) -> str:
    """A 4-byte real: the shortest digits that give it back."""
    import numpy

    return _java(value, lambda number: str(numpy.float32(number)))


def _java(value: float, shortest: Any) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0.0" if math.copysign(1, value) < 0 else "0.0"
    number = Decimal(shortest(value))
    sign, digits, exponent = number.as_tuple()
    text_digits = "".join(map(str, digits)).rstrip("0") or "0"
    magnitude = len(digits) + exponent - 1
    if -3 <= magnitude < 7:
        plain = format(number, "f")
        return plain if "." in plain else plain + ".0"
    return f"{'-' if sign else ''}{text_digits[0]}.{text_digits[1:] or '0'}E{magnitude}"


def interval_text(value: dt.timedelta) -> str:
    milliseconds = round(value / dt.timedelta(milliseconds=1))
    sign, milliseconds = ("-" if milliseconds < 0 else ""), abs(milliseconds)
    days, rest = divmod(milliseconds, 86_400_000)
    hours, rest = divmod(rest, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    seconds, rest = divmod(rest, 1000)
    return f"{sign}{days} {hours:02d}:{minutes:02d}:{seconds:02d}.{rest:03d}"


def duckdb_type(hive: str) -> str:
    """The DuckDB type of a catalog column: `array<struct<a:int,b:string>>` -> `STRUCT("a" INTEGER, "b" VARCHAR)[]`."""
    from .errors import AthenaError

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
        return "STRUCT(" + ", ".join(f'"{name.strip()}" {duckdb_type(kind)}' for name, kind in fields) + ")"
    raise AthenaError(f"HIVE_INVALID_METADATA: column type {hive!r} of the table is not known")


def _split(text_: str, separator: str) -> list[str]:
    """Split at the separators that are in no bracket; at the first one only for `:`."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text_):
        depth += (c in "<(") - (c in ">)")
        if c == separator and depth == 0:
            parts.append(text_[start:i])
            start = i + 1
            if separator == ":":
                break
    return [*parts, text_[start:]]
