"""Parquet: columns by name, whatever their order in a file."""

from __future__ import annotations

import re
from pathlib import Path

from ..catalog import CatalogTable
from ..errors import TableError
from ..session import Session
from ..sql import identifier, listed
from ..types import duckdb_type
from .base import FILE, Format


def _read(session: Session, table: CatalogTable, paths: list[Path]) -> str:
    source = f"read_parquet({listed(paths)}, union_by_name=true, hive_partitioning=false, filename='$file')"
    there = {row[0].lower(): (row[0], row[1]) for row in session.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    selected = []
    for name, hive in table.columns:
        kind = duckdb_type(hive)
        if name not in there:
            selected.append(f"CAST(NULL AS {kind}) AS {identifier(name)}")
            continue
        actual, found = there[name]
        if _family(found) != _family(kind):
            raise TableError(
                f"HIVE_BAD_DATA: Field {name}'s type {found} in parquet file is incompatible with type {hive} "
                f"defined in table schema of {table.database}.{table.name}"
            )
        selected.append(f"CAST({identifier(actual)} AS {kind}) AS {identifier(name)}")
    return f"SELECT {', '.join([*selected, FILE])} FROM {source}"


def _family(kind: str) -> str:
    kind = kind.upper()
    for end, family in (("[]", "list"), ("MAP(", "map"), ("STRUCT(", "struct")):
        if kind.endswith(end) if end == "[]" else kind.startswith(end):
            return family
    base = re.split(r"[ (]", kind)[0]
    if base in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UBIGINT", "UINTEGER", "USMALLINT", "UTINYINT"):
        return "integer"
    if base in ("DOUBLE", "FLOAT"):
        return "double"
    if base.startswith("TIMESTAMP"):
        return "timestamp"
    return {"JSON": "VARCHAR", "UUID": "VARCHAR"}.get(base, base)


def _scanned(session: Session, paths: list[Path], columns: set[str]) -> int:
    """Return the compressed bytes of the columns."""
    rows = session.execute(
        f"SELECT lower(split_part(path_in_schema, ',', 1)), sum(total_compressed_size) FROM parquet_metadata({listed(paths)}) GROUP BY 1"
    ).fetchall()
    return int(sum(size for name, size in rows if name.strip() in columns))


PARQUET = Format(
    name="parquet",
    serde_part="parquet",
    serde="org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    input="org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    output="org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    read=_read,
    copy=lambda _delimiter: "FORMAT parquet, COMPRESSION snappy",
    extension=".snappy.parquet",
    scanned=_scanned,
)
