"""The tables of information_schema, filled from the catalog."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..tables.catalog import Catalog
from ..tables.session import Session
from .errors import AthenaError

_COLUMNS = {
    "schemata": ("catalog_name", "schema_name"),
    "tables": ("table_catalog", "table_schema", "table_name", "table_type"),
    "columns": (
        "table_catalog",
        "table_schema",
        "table_name",
        "column_name",
        "ordinal_position",
        "column_default",
        "is_nullable",
        "data_type",
    ),
}
_INTEGERS = {"ordinal_position": "BIGINT"}
_CATALOG = "awsdatacatalog"


def place(session: Session, catalog: Catalog, view: str, name: str) -> None:
    """Create the table `view` with the rows of information_schema.`name`."""
    if name not in _COLUMNS:
        raise AthenaError(f"TABLE_NOT_FOUND: line 1:1: Table 'awsdatacatalog.information_schema.{name}' does not exist")
    rows = {"schemata": _schemata, "tables": _tables, "columns": _columns}[name](catalog)
    session.create_table(view, [(column, _INTEGERS.get(column, "VARCHAR")) for column in _COLUMNS[name]], rows)


def _schemata(catalog: Catalog) -> Iterator[list[Any]]:
    for database in catalog.databases():
        yield [_CATALOG, database]


def _tables(catalog: Catalog) -> Iterator[list[Any]]:
    for database in catalog.databases():
        for table in catalog.tables(database):
            yield [_CATALOG, database, table.name, "VIEW" if table.is_view else "BASE TABLE"]


def _columns(catalog: Catalog) -> Iterator[list[Any]]:
    for database in catalog.databases():
        for table in catalog.tables(database):
            for i, (column, hive) in enumerate([*table.columns, *table.partition_keys], 1):
                yield [_CATALOG, database, table.name, column, i, None, "YES", "varchar" if hive == "string" else hive]
