"""The Glue Data Catalog, asked as the caller."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from .errors import AthenaError

CATALOGS = {"", "awsdatacatalog"}


@dataclass(frozen=True)
class CatalogTable:
    """A table as Glue describes it."""

    database: str
    raw: dict[str, Any]

    @property
    def name(self) -> str:
        return self.raw["Name"]

    @property
    def storage(self) -> dict[str, Any]:
        return self.raw.get("StorageDescriptor") or {}

    @property
    def parameters(self) -> dict[str, str]:
        return self.raw.get("Parameters") or {}

    @cached_property
    def columns(self) -> list[tuple[str, str]]:
        return [(column["Name"].lower(), column.get("Type") or "string") for column in self.storage.get("Columns") or []]

    @cached_property
    def partition_keys(self) -> list[tuple[str, str]]:
        return [(column["Name"].lower(), column.get("Type") or "string") for column in self.raw.get("PartitionKeys") or []]

    @property
    def view_sql(self) -> tuple[str, str] | None:
        """The query of a view and the database that it was written in; None for a table."""
        if self.raw.get("TableType") != "VIRTUAL_VIEW":
            return None
        found = re.match(r"/\*\s*Presto View:\s*(\S+)\s*\*/", self.raw.get("ViewOriginalText") or "")
        if not found:
            raise AthenaError(f"INVALID_VIEW: View '{self.database}.{self.name}' was not made by Athena")
        described = json.loads(base64.b64decode(found[1]))
        return described["originalSql"], described.get("schema") or self.database


class Catalog:
    """What a query asks of Glue."""

    def __init__(self, glue: Any) -> None:
        self.glue = glue

    def table(self, database: str, name: str, line: int = 1, column: int = 1) -> CatalogTable:
        try:
            return CatalogTable(database, self.glue.get_table(DatabaseName=database, Name=name.lower())["Table"])
        except ClientError as error:
            if _missing(error):
                if not self.has_database(database):
                    raise AthenaError(f"SCHEMA_NOT_FOUND: line {line}:{column}: Schema '{database}' does not exist") from None
                raise AthenaError(
                    f"TABLE_NOT_FOUND: line {line}:{column}: Table 'awsdatacatalog.{database}.{name.lower()}' does not exist"
                ) from None
            raise insufficient(error) from None

    def has_database(self, name: str) -> bool:
        try:
            self.glue.get_database(Name=name)
            return True
        except ClientError as error:
            if _missing(error):
                return False
            raise insufficient(error) from None

    def partitions(self, table: CatalogTable) -> list[dict[str, Any]]:
        found, token = [], None
        while True:
            arguments = {"DatabaseName": table.database, "TableName": table.name, **({"NextToken": token} if token else {})}
            page = self.call("get_partitions", **arguments)
            found.extend(page.get("Partitions", []))
            token = page.get("NextToken")
            if not token:
                return found

    def databases(self) -> list[str]:
        return sorted(entry["Name"] for entry in self._pages("get_databases", "DatabaseList"))

    def tables(self, database: str) -> list[CatalogTable]:
        return sorted(
            (CatalogTable(database, raw) for raw in self._pages("get_tables", "TableList", DatabaseName=database)),
            key=lambda table: table.name,
        )

    def _pages(self, operation: str, member: str, **arguments: Any) -> list[dict[str, Any]]:
        found, token = [], None
        while True:
            page = self.call(operation, **arguments, **({"NextToken": token} if token else {}))
            found.extend(page.get(member, []))
            token = page.get("NextToken")
            if not token:
                return found

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """A call to Glue whose refusal is the query's failure."""
        try:
            return getattr(self.glue, operation)(**arguments)
        except ClientError as error:
            raise insufficient(error) from None


def _missing(error: ClientError) -> bool:
    return error.response.get("Error", {}).get("Code") == "EntityNotFoundException"


def insufficient(error: ClientError) -> AthenaError:
    details = error.response.get("Error", {})
    code, message = details.get("Code", ""), details.get("Message", "")
    if code in ("AccessDeniedException", "AccessDenied"):
        return AthenaError(f"Insufficient permissions to execute the query. {message}", error_type=1100)
    if code == "EntityNotFoundException":
        return AthenaError(f"FAILED: SemanticException {message}")
    return AthenaError(f"FAILED: {code}: {message}")
