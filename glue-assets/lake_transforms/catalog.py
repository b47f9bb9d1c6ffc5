"""The Glue Data Catalog, through boto3: what a table's columns and location are, and the switch of a location."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.exceptions import ClientError
from pyspark.sql.types import DataType, NullType, StructType, TimestampNTZType

from lake_transforms.s3 import Location

PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {
        "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        "Parameters": {"serialization.format": "1"},
    },
}
# what GetTable answers with and UpdateTable takes back
_INPUT = ("Name", "Description", "Owner", "Retention", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters")


class Catalog:
    def __init__(self, client: Any = None):
        self.client = client or boto3.client("glue")

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
        present = self.table(database, name) or {"Name": name}
        table = {key: value for key, value in present.items() if key in _INPUT and value not in ("", None)}
        table["TableType"] = "EXTERNAL_TABLE"
        table["PartitionKeys"] = []
        table["Parameters"] = {**present.get("Parameters", {}), "classification": "parquet", "EXTERNAL": "TRUE", **(parameters or {})}
        comments = {column["Name"]: column.get("Comment") for column in (present.get("StorageDescriptor") or {}).get("Columns", [])}
        names = {field.name.lower(): hive_type(field.dataType) for field in schema}
        columns = [{"Name": name, "Type": kind, **_comment(comments.get(name))} for name, kind in names.items()]
        table["StorageDescriptor"] = {**PARQUET, "Location": location.uri, "Columns": columns}
        if present.get("CreateTime"):
            # old versions would name locations that are gone, and Glue updates no table that has 100,000 of them
            self.client.update_table(DatabaseName=database, TableInput=table, SkipArchive=True)
        else:
            self.client.create_table(DatabaseName=database, TableInput=table)


def hive_type(kind: DataType) -> str:
    if isinstance(kind, NullType):
        return "string"
    return "timestamp" if isinstance(kind, TimestampNTZType) else kind.simpleString()


def _comment(text: str | None) -> dict[str, str]:
    return {"Comment": text} if text else {}
