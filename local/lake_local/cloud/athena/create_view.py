"""CREATE VIEW."""

from __future__ import annotations

from ..tables.errors import TableError
from ..tables.types import hive_type
from . import parsing, views
from .engine import Engine
from .errors import AthenaError


def create_view(database: str, name: str, query: str, replace: bool, engine: Engine) -> None:
    """Create a view over a query, or replace the one that is there."""
    described = engine.execute(parsing.parse(query), "SELECT * FROM (", ") LIMIT 0").description
    columns = [{"Name": column[0].lower(), "Type": hive_type(column[1])} for column in described]
    table = views.table_input(name, query, database, columns)
    try:
        existing = engine.catalog.table(database, name)
    except TableError as error:
        if not error.reason.startswith("TABLE_NOT_FOUND"):
            raise
        engine.catalog.call("create_table", DatabaseName=database, TableInput=table)
        return
    if not replace or not existing.is_view:
        kind = "View" if existing.is_view else "Table"
        raise AthenaError(f"ALREADY_EXISTS: line 1:1: {kind} 'awsdatacatalog.{database}.{name}' already exists")
    engine.catalog.call("update_table", DatabaseName=database, TableInput=table)
