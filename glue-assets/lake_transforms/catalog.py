"""The Glue Data Catalog, through boto3: what a table's columns and location are, and the switch of a location."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError
from pyspark.sql.types import DataType, NullType, StructType, TimestampNTZType

from lake_transforms.s3 import CLASS_TAG, Location

PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {
        "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        "Parameters": {"serialization.format": "1"},
    },
}
# what marks a table as a crawler's own: such a table is deprecated as soon as its crawler finds no files of it
_OF_CRAWLERS = frozenset(
    ("UPDATED_BY_CRAWLER", "CRAWL_RUN_ID", "CrawlerSchemaSerializerVersion", "CrawlerSchemaDeserializerVersion", "DEPRECATED_BY_CRAWLER")
)
# of an entry's parameters these are said anew each time, or not at all
_NOT_KEPT = _OF_CRAWLERS | {CLASS_TAG}
# partitions a call: https://docs.aws.amazon.com/glue/latest/webapi/API_BatchCreatePartition.html
_BATCH = 100
# what GetTable answers with and UpdateTable takes back
_INPUT = ("Name", "Description", "Owner", "Retention", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters")


class Catalog:
    """The catalog's entries. With a classification, every table that is kept here says it in its parameter `data-classification`."""

    def __init__(self, client: Any = None, classification: str | None = None):
        self.client = client or boto3.client("glue")
        self._class = {CLASS_TAG: classification} if classification else {}

    def table(self, database: str, name: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self.client.get_table(DatabaseName=database, Name=name)["Table"]
            return found
        except ClientError as error:
            if error.response["Error"]["Code"] == "EntityNotFoundException":
                return None
            raise

    def location(self, database: str, name: str) -> Location | None:
        table = self.table(database, name)
        uri = ((table or {}).get("StorageDescriptor") or {}).get("Location")
        return Location.parse(uri) if uri else None

    def point(self, database: str, name: str, location: Location, schema: StructType, parameters: dict[str, str] | None = None) -> None:
        """Make the table be the Parquet files at the location. Readers see the old files or the new ones, never some of both."""
        columns = {field.name.lower(): hive_type(field.dataType) for field in schema}
        self._put(database, self.table(database, name) or {"Name": name}, location, columns, {}, parameters)

    def keep(self, database: str, name: str, location: Location, columns: Mapping[str, str], keys: Mapping[str, str]) -> None:
        """Make the table be the Parquet files at the location, in folders by the keys; do nothing if it is that already.

        Keys that the table has stay as they are: their types decide how its partitions are read.
        """
        present = self.table(database, name) or {"Name": name}
        had = {key["Name"]: key["Type"] for key in present.get("PartitionKeys", [])}
        self._put(database, present, location, columns, had if list(had) == list(keys) else keys)

    def _put(
        self,
        database: str,
        present: dict[str, Any],
        location: Location,
        columns: Mapping[str, str],
        keys: Mapping[str, str],
        parameters: Mapping[str, str] | None = None,
    ) -> None:
        table = {key: value for key, value in present.items() if key in _INPUT and value not in ("", None)}
        kept = {key: value for key, value in present.get("Parameters", {}).items() if key not in _NOT_KEPT}
        comments = {column["Name"]: column.get("Comment") for column in (present.get("StorageDescriptor") or {}).get("Columns", [])}
        table |= {
            "TableType": "EXTERNAL_TABLE",
            "PartitionKeys": [{"Name": key, "Type": kind} for key, kind in keys.items()],
            "Parameters": {**kept, "classification": "parquet", "EXTERNAL": "TRUE", **self._class, **(parameters or {})},
            "StorageDescriptor": {
                **PARQUET,
                "Location": location.uri,
                "Columns": [{"Name": column, "Type": kind, **_comment(comments.get(column))} for column, kind in columns.items()],
            },
        }
        if not present.get("CreateTime"):
            self.client.create_table(DatabaseName=database, TableInput=table)
        elif not _says(present, table) or _has_other_class(present, table):
            # old versions would name locations that are gone, and Glue updates no table that has 100,000 of them
            self.client.update_table(DatabaseName=database, TableInput=table, SkipArchive=True)

    def keep_partitions(self, database: str, name: str, location: Location, found: Mapping[tuple[str, ...], Location]) -> None:
        """Make the partitions below the location be those that were found, with the columns of the table."""
        table = self.table(database, name) or {}
        storage = {key: table["StorageDescriptor"][key] for key in (*PARQUET, "Columns")}

        def partition(values: tuple[str, ...], at: Location) -> dict[str, Any]:
            descriptor = {**storage, "Location": at.uri}
            return {"Values": list(values), "StorageDescriptor": descriptor, "Parameters": {"classification": "parquet"}}

        wanted = {values: partition(values, at) for values, at in found.items()}
        present = {tuple(one["Values"]): one for one in self._partitions(database, name)}
        of_table = {"DatabaseName": database, "TableName": name}
        new = [one for values, one in wanted.items() if values not in present]
        changed = [one for values, one in wanted.items() if values in present and not _says(present[values], one)]
        for start in range(0, len(new), _BATCH):
            answer = self.client.batch_create_partition(**of_table, PartitionInputList=new[start : start + _BATCH])
            # who else registers partitions may have been first
            _raise_other(answer.get("Errors", []), "AlreadyExistsException")
        for start in range(0, len(changed), _BATCH):
            entries = [{"PartitionValueList": one["Values"], "PartitionInput": one} for one in changed[start : start + _BATCH]]
            _raise_other(self.client.batch_update_partition(**of_table, Entries=entries).get("Errors", []))
        for values, one in present.items():
            if values not in wanted and one["StorageDescriptor"]["Location"].startswith(location.uri):
                self.client.delete_partition(**of_table, PartitionValues=list(values))

    def _partitions(self, database: str, name: str) -> Iterator[dict[str, Any]]:
        for page in self.client.get_paginator("get_partitions").paginate(DatabaseName=database, TableName=name):
            yield from page["Partitions"]


def hive_type(kind: DataType) -> str:
    if isinstance(kind, NullType):
        return "string"
    return "timestamp" if isinstance(kind, TimestampNTZType) else kind.simpleString()


def _comment(text: str | None) -> dict[str, str]:
    return {"Comment": text} if text else {}


def _says(present: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Return whether an entry has everything that is wanted of it, whatever it has beside that, and no mark of a crawler."""
    if _OF_CRAWLERS & present.get("Parameters", {}).keys():
        return False
    return all(
        _says(present.get(key) or {}, value) if isinstance(value, Mapping) else present.get(key, []) == value
        for key, value in wanted.items()
    )


def _has_other_class(present: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return bool(present.get("Parameters", {}).get(CLASS_TAG) != wanted["Parameters"].get(CLASS_TAG))


def _raise_other(errors: list[dict[str, Any]], allowed: str | None = None) -> None:
    for error in errors:
        detail = error["ErrorDetail"]
        if detail["ErrorCode"] != allowed:
            raise RuntimeError(f"partition {error.get('PartitionValues') or error.get('PartitionValueList')}: {detail.get('ErrorMessage')}")
