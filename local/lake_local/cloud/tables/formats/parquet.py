"""Parquet: columns by name, whatever their order in a file."""

from __future__ import annotations

from collections.abc import Sequence

from ..catalog import CatalogTable
from ..errors import TableError
from ..session import Session
from ..sql import identifier
from ..storage import Stored
from ..types import Type, parse
from . import parquet_schema
from .base import FILE, Format, paths


def _read(session: Session, table: CatalogTable, files: Sequence[Stored]) -> str:
    declared = {name: parse(hive) for name, hive in table.columns}
    for stored in files:
        _check(session, stored, declared)
    source = f"read_parquet({paths(files)}, union_by_name=true, hive_partitioning=false, filename='$file')"
    there = {row[0].lower(): (row[0], row[1]) for row in session.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    selected = [f"{_column(kind, *there.get(name, (None, '')))} AS {identifier(name)}" for name, kind in declared.items()]
    return f"SELECT {', '.join([*selected, FILE])} FROM {source}"


def _column(kind: Type, actual: str | None, found: str) -> str:
    """Return a column's expression; `actual` is its name in the files, `found` its type in DuckDB."""
    if actual is None:
        return f"CAST(NULL AS {kind.duckdb})"
    column = identifier(actual)
    if found == "BLOB" and kind.duckdb == "VARCHAR":
        return f"decode({column})"
    if found == "VARCHAR" and kind.duckdb == "BLOB":
        return f"encode({column})"
    if found == "INTEGER" and kind.duckdb == "DATE":
        return f"CAST(DATE '1970-01-01' + {column} AS DATE)"
    return f"CAST({column} AS {kind.duckdb})"


def _check(session: Session, stored: Stored, declared: dict[str, Type]) -> None:
    """Refuse a file with a column that Athena would not read as it is declared."""
    rows = session.execute(f"SELECT {parquet_schema.COLUMNS} FROM parquet_schema({paths([stored])})").fetchall()
    for column in parquet_schema.columns(rows):
        kind = declared.get(column.name.lower())
        if kind is not None and not column.reads_as(kind):
            raise TableError(
                f"HIVE_BAD_DATA: Field {column.name}'s type {column.physical} in parquet file {stored.uri} "
                f"is incompatible with type {kind.athena} defined in table schema"
            )


def _scanned(session: Session, files: Sequence[Stored], columns: set[str]) -> int:
    """Return the compressed bytes of the columns."""
    rows = session.execute(
        f"SELECT lower(split_part(path_in_schema, ',', 1)), sum(total_compressed_size) FROM parquet_metadata({paths(files)}) GROUP BY 1"
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
