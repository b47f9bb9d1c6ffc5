"""Views in the catalog, as Athena keeps them."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from ..tables.catalog import CatalogTable
from .errors import AthenaError


def query_of(table: CatalogTable) -> tuple[str, str]:
    """Return a view's query, and the database that it was written in."""
    found = re.match(r"/\*\s*Presto View:\s*(\S+)\s*\*/", table.raw.get("ViewOriginalText") or "")
    if not found:
        raise AthenaError(f"INVALID_VIEW: View '{table.database}.{table.name}' was not made by Athena")
    try:
        described = json.loads(base64.b64decode(found[1]))
        return str(described["originalSql"]), str(described.get("schema") or table.database)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise AthenaError(f"INVALID_VIEW: View '{table.database}.{table.name}' cannot be read: its text is damaged") from None


def table_input(name: str, query: str, database: str, columns: list[dict[str, str]]) -> dict[str, Any]:
    """Return the TableInput of a view."""
    view = {
        "originalSql": query,
        "catalog": "awsdatacatalog",
        "schema": database,
        "columns": [{"name": column["Name"], "type": "varchar" if column["Type"] == "string" else column["Type"]} for column in columns],
    }
    return {
        "Name": name.lower(),
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "ViewOriginalText": f"/* Presto View: {base64.b64encode(json.dumps(view).encode()).decode()} */",
        "ViewExpandedText": "/* Presto View */",
        "StorageDescriptor": {"Columns": columns, "Location": "", "SerdeInfo": {}},
        "PartitionKeys": [],
    }
