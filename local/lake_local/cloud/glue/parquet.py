"""Columns and row count of a Parquet file, from its footer alone."""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path
from typing import Any

from .listing import S3Object, Source

_FIRST_LOOK = 64 * 1024
_CONVERTED = {
    "UTF8": "string",
    "ENUM": "string",
    "JSON": "string",
    "DATE": "date",
    "TIMESTAMP_MILLIS": "timestamp",
    "TIMESTAMP_MICROS": "timestamp",
    "INT_8": "tinyint",
    "INT_16": "smallint",
    "INT_32": "int",
    "INT_64": "bigint",
    "UINT_8": "smallint",
    "UINT_16": "int",
    "UINT_32": "bigint",
    "UINT_64": "decimal(20,0)",
    "TIME_MILLIS": "int",
    "TIME_MICROS": "bigint",
    "BSON": "binary",
    "INTERVAL": "binary",
}
_PHYSICAL = {
    "BOOLEAN": "boolean",
    "INT32": "int",
    "INT64": "bigint",
    "INT96": "timestamp",
    "FLOAT": "float",
    "DOUBLE": "double",
    "BYTE_ARRAY": "binary",
    "FIXED_LEN_BYTE_ARRAY": "binary",
}


def schema(source: Source, item: S3Object) -> tuple[list[tuple[str, str]], int]:
    """Return the top-level columns with their Hive types, and the number of rows."""
    import duckdb

    tail = source.tail(item, _FIRST_LOOK)
    if tail[-4:] != b"PAR1":
        raise ValueError(f"{item.path} begins like a Parquet file and does not end like one")
    needed = struct.unpack("<I", tail[-8:-4])[0] + 8
    if needed > len(tail):
        tail = source.tail(item, needed)
    with tempfile.TemporaryDirectory() as folder:
        # A file that is nothing but its footer: all that a look at the schema reads.
        path = Path(folder) / "footer.parquet"
        path.write_bytes(b"PAR1" + tail[-needed:])
        connection = duckdb.connect()
        try:
            cursor = connection.execute("SELECT * FROM parquet_schema(?)", [str(path)])
            names = [column[0] for column in cursor.description]
            elements = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            [(rows,)] = connection.execute("SELECT num_rows FROM parquet_file_metadata(?)", [str(path)]).fetchall()
        finally:
            connection.close()
    root, position = _tree(elements, 0)
    assert position == len(elements)
    return [(child["name"], _hive(child)) for child in root["children"]], int(rows)


def _tree(elements: list[dict[str, Any]], position: int) -> tuple[dict[str, Any], int]:
    """Return the element at a position with its children, and the position after it. Parquet lists its schema depth first."""
    element = {**elements[position], "children": []}
    position += 1
    for _ in range(int(element.get("num_children") or 0)):
        child, position = _tree(elements, position)
        element["children"].append(child)
    return element, position


def _hive(element: dict[str, Any]) -> str:
    children, converted = element["children"], element.get("converted_type") or ""
    if children:
        if converted == "LIST":
            inner = children[0]
            return f"array<{_hive(inner['children'][0] if len(inner['children']) == 1 else inner)}>"
        if converted in ("MAP", "MAP_KEY_VALUE") and len(children[0]["children"]) == 2:
            key, value = children[0]["children"]
            return f"map<{_hive(key)},{_hive(value)}>"
        kind = _struct(children)
    elif converted == "DECIMAL" or "Decimal" in str(element.get("logical_type") or ""):
        kind = f"decimal({element.get('precision')},{element.get('scale') or 0})"
    elif "Timestamp" in str(element.get("logical_type") or ""):
        kind = "timestamp"
    else:
        kind = _CONVERTED.get(converted) or ("string" if "String" in str(element.get("logical_type") or "") else _PHYSICAL[element["type"]])
    return f"array<{kind}>" if element.get("repetition_type") == "REPEATED" else kind


def _struct(children: list[dict[str, Any]]) -> str:
    fields = ",".join(f"{child['name'].lower()}:{_hive(child)}" for child in children)
    return f"struct<{fields}>"
