"""A table of the catalog as a relation of DuckDB, with the rules of Athena's readers."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .catalog import CatalogTable
from .errors import AthenaError, not_supported
from .storage import ObjectCache, Stored
from .values import duckdb_type

_SEPARATOR = "chr(1)"
# The column that names the file of a row.
FILE = '"$file"'


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def data_format(table: CatalogTable) -> str:
    """parquet, csv, opencsv or json."""
    library = ((table.storage.get("SerdeInfo") or {}).get("SerializationLibrary") or "").lower()
    for part, name in (("parquet", "parquet"), ("opencsv", "opencsv"), ("jsonserde", "json"), ("lazysimple", "csv")):
        if part in library:
            return name
    classification = table.parameters.get("classification", "").lower()
    if not library and classification in ("parquet", "csv", "json"):
        return classification
    if table.parameters.get("table_type", "").upper() == "ICEBERG":
        raise not_supported("reading Iceberg tables")
    raise not_supported(f"reading the format {library.rsplit('.', 1)[-1] or classification or 'unknown'!r} of table {table.name!r}")


def relation(
    connection: Any, table: CatalogTable, files: list[Stored], cache: ObjectCache, columns: set[str] | None
) -> tuple[str, int, list[Path]]:
    """(SQL of the table's own columns over these files, bytes that a query of `columns` scans, the files DuckDB must read)."""
    if not files:
        selected = ", ".join(f"CAST(NULL AS {duckdb_type(kind)}) AS {quoted(name)}" for name, kind in table.columns) or 'NULL AS "?"'
        return f"SELECT {selected}, CAST(NULL AS VARCHAR) AS {FILE} WHERE false", 0, []
    kind = data_format(table)
    read: Callable[..., str] = {"parquet": _parquet, "csv": _csv, "opencsv": _opencsv, "json": _json}[kind]
    paths = [stored.path for stored in files]
    if kind == "opencsv":
        paths = [_plain_csv(path, table, cache) for path in paths]
    sql = read(connection, table, paths)
    return sql, _scanned(connection, kind, files, columns), paths


def _listed(paths: list[Path]) -> str:
    return "[" + ", ".join(literal(str(path)) for path in paths) + "]"


def _parquet(connection: Any, table: CatalogTable, paths: list[Path]) -> str:
    source = f"read_parquet({_listed(paths)}, union_by_name=true, hive_partitioning=false, filename='$file')"
    there = {row[0].lower(): (row[0], row[1]) for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    selected = []
    for name, hive in table.columns:
        kind = duckdb_type(hive)
        if name not in there:
            selected.append(f"CAST(NULL AS {kind}) AS {quoted(name)}")
            continue
        actual, found = there[name]
        if _family(found) != _family(kind):
            raise AthenaError(
                f"HIVE_BAD_DATA: Field {name}'s type {found} in parquet file is incompatible with type {hive} "
                f"defined in table schema of {table.database}.{table.name}"
            )
        selected.append(f"CAST({quoted(actual)} AS {kind}) AS {quoted(name)}")
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


def _lines(paths: list[Path], skip: int) -> str:
    """The lines of text files: a newline ends a row whatever quotes are open, as in Athena."""
    return (
        f"read_csv({_listed(paths)}, columns={{'line': 'VARCHAR'}}, delim={_SEPARATOR}, quote='', escape='', header=false, skip={skip}, "
        f"auto_detect=false, filename='$file', strict_mode=false, null_padding=true, max_line_size=67108864, nullstr=chr(2))"
    )


def _skip(table: CatalogTable) -> int:
    return int(table.parameters.get("skip.header.line.count") or _serde(table).get("skip.header.line.count") or 0)


def _serde(table: CatalogTable) -> dict[str, str]:
    return (table.storage.get("SerdeInfo") or {}).get("Parameters") or {}


def _csv(_connection: Any, table: CatalogTable, paths: list[Path]) -> str:
    serde = _serde(table)
    separator = serde.get("field.delim") or serde.get("serialization.format") or "\x01"
    separator = {"\\t": "\t", "1": "\x01", "9": "\t"}.get(separator, separator)
    if serde.get("escape.delim"):
        raise not_supported("LazySimpleSerDe with an escape character")
    null = table.parameters.get("serialization.null.format") or serde.get("serialization.null.format") or r"\N"
    selected = []
    for i, (name, hive) in enumerate(table.columns, 1):
        field = f"NULLIF(fields[{i}], {literal(null)})"
        kind = duckdb_type(hive)
        if kind.endswith("[]") or kind.startswith(("MAP(", "STRUCT(")):
            raise not_supported("nested columns in delimited text")
        if kind == "BOOLEAN":
            field = f"CASE lower({field}) WHEN 'true' THEN true WHEN 'false' THEN false END"
        elif kind in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT"):
            field = f"CASE WHEN regexp_full_match({field}, '[+-]?[0-9]+') THEN TRY_CAST({field} AS {kind}) END"
        elif kind != "VARCHAR":
            field = f"TRY_CAST({field} AS {kind})"
        selected.append(f"{field} AS {quoted(name)}")
    line = r"regexp_replace(coalesce(line, ''), '\r$', '')"
    return (
        f"SELECT {', '.join([*selected, FILE])} FROM "
        f"(SELECT string_split({line}, {literal(separator)}) AS fields, {FILE} FROM {_lines(paths, _skip(table))})"
    )


def _opencsv(_connection: Any, table: CatalogTable, paths: list[Path]) -> str:
    # The files were written by _plain_csv: every value quoted, no header, exactly the table's columns.
    names = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(table.columns)))
    selected = []
    for i, (name, hive) in enumerate(table.columns):
        kind = duckdb_type(hive)
        field = f"c{i}"
        if kind == "DATE":
            field = f"CAST(DATE '1970-01-01' + CAST({field} AS INTEGER) AS DATE)"
        elif kind == "TIMESTAMP":
            field = f"make_timestamp(CAST({field} AS BIGINT) * 1000)"
        elif kind != "VARCHAR":
            field = f"CAST({field} AS {kind})"
        selected.append(f"{field} AS {quoted(name)}")
    return (
        f"SELECT {', '.join([*selected, FILE])} FROM read_csv({_listed(paths)}, columns={{{names}}}, delim=',', quote='\"', escape='\"', "
        "header=false, auto_detect=false, filename='$file', nullstr=chr(2), force_not_null=["
        + ", ".join(f"'c{i}'" for i in range(len(table.columns)))
        + "])"
    )


def _plain_csv(path: Path, table: CatalogTable, cache: ObjectCache) -> Path:
    """A copy of a file as OpenCSVSerDe reads it: one row a line, whatever quotes are open."""
    serde = _serde(table)
    separator, quote, escape = serde.get("separatorChar", ","), serde.get("quoteChar", '"'), serde.get("escapeChar", "\\")
    skip, width = _skip(table), len(table.columns)
    made = cache.path("opencsv", path.name, f"{separator}{quote}{escape}{skip}{width}").with_suffix(".csv")
    if made.exists():
        return made

    def write(file: Any) -> None:
        target = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\n")
        open_text = gzip.open if path.suffix == ".gz" else open
        with open_text(path, "rt", encoding="utf-8", errors="replace", newline="\n") as source:
            for line in itertools.islice(source, skip, None):
                row = next(
                    csv.reader([line.rstrip("\r\n")], delimiter=separator, quotechar=quote, escapechar=escape if escape != quote else None),
                    [],
                )
                writer.writerow([*row[:width], *[""] * (width - len(row))])
        target.detach()

    cache.fill(made, write)
    return made


def _json(_connection: Any, table: CatalogTable, paths: list[Path]) -> str:
    columns = ", ".join(f"{literal(name)}: {literal(duckdb_type(hive))}" for name, hive in table.columns)
    ignore = "true" if _serde(table).get("ignore.malformed.json", "").lower() == "true" else "false"
    names = ", ".join(quoted(name) for name, _ in table.columns)
    return (
        f"SELECT {names}, {FILE} FROM read_json({_listed(paths)}, format='newline_delimited', columns={{{columns}}}, "
        f"ignore_errors={ignore}, filename='$file')"
    )


def _scanned(connection: Any, kind: str, files: list[Stored], columns: set[str] | None) -> int:
    """Bytes scanned: whole objects, or of Parquet the columns that the query names."""
    if kind != "parquet" or columns is None:
        return sum(stored.size for stored in files)
    source = f"parquet_metadata({_listed([stored.path for stored in files])})"
    rows = connection.execute(
        f"SELECT lower(split_part(path_in_schema, ',', 1)), sum(total_compressed_size) FROM {source} GROUP BY 1"
    ).fetchall()
    return int(sum(size for name, size in rows if name.strip() in columns))
