"""A table of the catalog as a relation of DuckDB, with the rules of Athena's readers."""

from __future__ import annotations

import re
from dataclasses import replace

from . import prune
from .catalog import Catalog, CatalogTable
from .errors import TableError, not_supported
from .formats.base import FILE
from .formats.known import format_of
from .session import Session
from .sql import identifier, literal
from .storage import Stored, fetch
from .types import duckdb_type


def relation(session: Session, catalog: Catalog, table: CatalogTable, wanted: set[str] | None, predicate: str | None = None) -> str:
    """Return the SQL of a table's rows.

    `wanted` are the columns that the query names, None for all; `predicate` is a condition on the partition keys.
    """
    if table.parameters.get("projection.enabled", "").lower() == "true":
        raise not_supported("partition projection")
    names = [identifier(name) for name, _ in table.columns]
    files: list[Stored] = []
    parts = []
    if table.partition_keys:
        for partition in prune.needed(session, table, catalog.partitions(table), predicate):
            storage = {**partition["StorageDescriptor"], "Columns": table.storage.get("Columns", [])}
            objects, sql = _read(session, replace(table, raw={**table.raw, "StorageDescriptor": storage}), wanted)
            files += objects
            constants = prune.partition_columns(table, partition["Values"])
            parts.append(f"SELECT {', '.join([*names, *constants, FILE])} FROM ({sql})")
        names += [identifier(name) for name, _ in table.partition_keys]
    else:
        objects, sql = _read(session, table, wanted)
        files += objects
        parts.append(sql)
    if wanted is not None and "$path" in wanted:
        uris = ", ".join(f"{literal(str(stored.path))}: {literal(stored.uri)}" for stored in files)
        names.append(f'{"MAP {" + uris + "}"}[{FILE}] AS "$path"')
    source = " UNION ALL ".join(parts) or _nothing([*table.columns, *table.partition_keys])
    return f"SELECT {', '.join(names)} FROM ({source})"


def _nothing(columns: list[tuple[str, str]]) -> str:
    selected = ", ".join(f"CAST(NULL AS {duckdb_type(kind)}) AS {identifier(name)}" for name, kind in columns) or 'NULL AS "?"'
    return f"SELECT {selected}, CAST(NULL AS VARCHAR) AS {FILE} WHERE false"


def _read(session: Session, table: CatalogTable, wanted: set[str] | None) -> tuple[list[Stored], str]:
    """Fetch the objects of a table or of a partition. Return them and the SQL of the table's own columns."""
    if not table.location:
        raise TableError(f"HIVE_INVALID_METADATA: table {table.database}.{table.name} has no location")
    files = fetch(session.s3, session.cache, table.location)
    if not files:
        return [], _nothing(table.columns)
    form = format_of(table)
    try:
        prepared = [form.prepare(session, table, stored.path) if form.prepare else stored.path for stored in files]
        added = [replace(stored, path=session.add(path)) for stored, path in zip(files, prepared, strict=True)]
        sql = form.read(session, table, added)
        if form.scanned is None or wanted is None:
            session.scanned += sum(stored.size for stored in files)
        else:
            session.scanned += form.scanned(session, added, wanted)
    except TableError:
        raise
    except Exception as error:
        raise TableError(f"HIVE_CANNOT_OPEN_SPLIT: {table.location}: {_reason(error)}") from None
    return added, sql


def _reason(error: Exception) -> str:
    """Return what DuckDB says about a file, without the file's path on this machine."""
    if "Malformed JSON" in str(error):
        return "Row is not a valid JSON Object"
    return re.sub(r"(['\"])/[^'\"]*\1", "the file", str(error).splitlines()[0])
