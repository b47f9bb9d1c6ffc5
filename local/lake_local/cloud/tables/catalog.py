"""The Glue Data Catalog, asked as the caller."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from .errors import TableError

_BATCH = 100


@dataclass(frozen=True)
class CatalogTable:
    """A table as Glue describes it."""

    database: str
    raw: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.raw["Name"])

    @property
    def storage(self) -> dict[str, Any]:
        return self.raw.get("StorageDescriptor") or {}

    @property
    def location(self) -> str:
        return self.storage.get("Location") or ""

    @property
    def serde(self) -> dict[str, str]:
        """Parameters of the SerDe."""
        return (self.storage.get("SerdeInfo") or {}).get("Parameters") or {}

    @property
    def serde_class(self) -> str:
        return (self.storage.get("SerdeInfo") or {}).get("SerializationLibrary") or ""

    @property
    def parameters(self) -> dict[str, str]:
        return self.raw.get("Parameters") or {}

    @cached_property
    def columns(self) -> list[tuple[str, str]]:
        return _columns(self.storage.get("Columns"))

    @cached_property
    def partition_keys(self) -> list[tuple[str, str]]:
        return _columns(self.raw.get("PartitionKeys"))

    @property
    def is_view(self) -> bool:
        return bool(self.raw.get("TableType") == "VIRTUAL_VIEW")


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
                    raise TableError(f"SCHEMA_NOT_FOUND: line {line}:{column}: Schema '{database}' does not exist") from None
                raise TableError(
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
        return self._pages("get_partitions", "Partitions", DatabaseName=table.database, TableName=table.name)

    def add_partitions(self, table: CatalogTable, places: dict[tuple[str, ...], str]) -> None:
        """Register partitions by their values, with the location of each."""
        entries = [{"Values": list(values), "StorageDescriptor": {**table.storage, "Location": place}} for values, place in places.items()]
        for first in range(0, len(entries), _BATCH):
            batch = entries[first : first + _BATCH]
            self.call("batch_create_partition", DatabaseName=table.database, TableName=table.name, PartitionInputList=batch)

    def databases(self) -> list[str]:
        return sorted(entry["Name"] for entry in self._pages("get_databases", "DatabaseList"))

    def tables(self, database: str) -> list[CatalogTable]:
        return sorted(
            (CatalogTable(database, raw) for raw in self._pages("get_tables", "TableList", DatabaseName=database)),
            key=lambda table: table.name,
        )

    def _pages(self, operation: str, member: str, **arguments: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        token = None
        while True:
            page = self.call(operation, **arguments, **({"NextToken": token} if token else {}))
            found.extend(page.get(member, []))
            token = page.get("NextToken")
            if not token:
                return found

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """A call to Glue whose refusal is the query's failure."""
        try:
            answer: dict[str, Any] = getattr(self.glue, operation)(**arguments)
            return answer
        except ClientError as error:
            raise insufficient(error) from None


def _columns(described: list[dict[str, str]] | None) -> list[tuple[str, str]]:
    return [(column["Name"].lower(), column.get("Type") or "string") for column in described or []]


def _missing(error: ClientError) -> bool:
    return bool(error.response.get("Error", {}).get("Code") == "EntityNotFoundException")


def insufficient(error: ClientError) -> TableError:
    details = error.response.get("Error", {})
    code, message = details.get("Code", ""), details.get("Message", "")
    if code in ("AccessDeniedException", "AccessDenied"):
        return TableError(f"Insufficient permissions to execute the query. {message}", error_type=1100)
    if code == "EntityNotFoundException":
        return TableError(f"FAILED: SemanticException {message}")
    return TableError(f"FAILED: {code}: {message}")
