"""Delimited text of LazySimpleSerDe: no quotes, a newline ends a row."""

from __future__ import annotations

from collections.abc import Sequence

from ..catalog import CatalogTable
from ..errors import not_supported
from ..session import Session
from ..sql import identifier, literal
from ..storage import Stored
from ..types import duckdb_type
from .base import FILE, Format, paths, skipped_lines


def _read(_session: Session, table: CatalogTable, files: Sequence[Stored]) -> str:
    serde = table.serde
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
        selected.append(f"{field} AS {identifier(name)}")
    line = r"regexp_replace(coalesce(line, ''), '\r$', '')"
    return (
        f"SELECT {', '.join([*selected, FILE])} FROM "
        f"(SELECT string_split({line}, {literal(separator)}) AS fields, {FILE} FROM {_lines(files, skipped_lines(table))})"
    )


def _lines(files: Sequence[Stored], skip: int) -> str:
    """The lines of text files: a newline ends a row whatever quotes are open, as in Athena."""
    return (
        f"read_csv({paths(files)}, columns={{'line': 'VARCHAR'}}, delim=chr(1), quote='', escape='', header=false, skip={skip}, "
        f"auto_detect=false, filename='$file', strict_mode=false, null_padding=true, max_line_size=67108864, nullstr=chr(2))"
    )


DELIMITED = Format(
    name="csv",
    serde_part="lazysimple",
    serde="org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
    read=_read,
    copy=lambda delimiter: f"FORMAT csv, HEADER false, QUOTE '', ESCAPE '', NULLSTR '\\N', DELIMITER {literal(delimiter)}",
    extension=".csv",
)
