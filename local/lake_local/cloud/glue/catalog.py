"""Tables as a crawler writes them to the catalog: parameters and SerDes in AWS's own terms."""

from __future__ import annotations

import hashlib
from copy import deepcopy
from typing import Any

from .classify import Schema
from .grouping import FoundTable
from .state import Data, now

_TEXT = {
    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
}
_PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
}
# Of a table's description, what UpdateTable takes back.
_INPUT = (
    "Name",
    "Description",
    "Owner",
    "LastAccessTime",
    "LastAnalyzedTime",
    "Retention",
    "StorageDescriptor",
    "PartitionKeys",
    "ViewOriginalText",
    "ViewExpandedText",
    "TableType",
    "Parameters",
    "TargetTable",
)
# These change with the data; that alone is no change of the table.
_FIGURES = ("recordCount", "objectCount", "averageRecordSize", "sizeKey")
_BATCH = 100


def table_input(name: str, found: FoundTable, schema: Schema, crawler: str) -> Data:
    parameters = _parameters(found, schema, crawler)
    if schema.classification == "parquet":
        formats, serde = _PARQUET, ("org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe", {"serialization.format": "1"})
    elif schema.classification == "json":
        formats, serde = _TEXT, ("org.openx.data.jsonserde.JsonSerDe", {"paths": ",".join(sorted(schema.names))})
    else:
        formats, serde = _TEXT, ("org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", {"field.delim": schema.delimiter})
    keys = set(found.partition_keys)
    return {
        "Name": name,
        "Owner": "owner",
        "Retention": 0,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {**parameters, **({"partition_filtering.enabled": "true"} if keys else {})},
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in found.partition_keys],
        "StorageDescriptor": {
            "Columns": [{"Name": column, "Type": kind} for column, kind in schema.columns if column not in keys],
            "Location": found.location,
            **formats,
            "Compressed": schema.compression != "none",
            "NumberOfBuckets": -1,
            "SerdeInfo": {"SerializationLibrary": serde[0], "Parameters": serde[1]},
            "BucketColumns": [],
            "SortColumns": [],
            "Parameters": parameters,
            "StoredAsSubDirectories": False,
        },
    }


def _parameters(found: FoundTable, schema: Schema, crawler: str) -> dict[str, str]:
    average = max(1, round(schema.sampled_bytes / schema.rows)) if schema.rows else 0
    # All files were looked into whole, or the sample is carried forward to all of the bytes.
    exact = schema.files == len(found.objects) and schema.sampled_bytes >= found.size
    records = schema.rows if exact or not schema.sampled_bytes else schema.rows * found.size / schema.sampled_bytes
    parameters = {
        "CrawlerSchemaDeserializerVersion": "1.0",
        "CrawlerSchemaSerializerVersion": "1.0",
        "UPDATED_BY_CRAWLER": crawler,
        "averageRecordSize": str(average),
        "classification": schema.classification,
        "compressionType": schema.compression,
        "objectCount": str(len(found.objects)),
        "recordCount": str(round(records)),
        "sizeKey": str(found.size),
        "typeOfData": "file",
    }
    if schema.classification == "csv":
        parameters.update({"areColumnsQuoted": "false", "columnsOrdered": "true", "delimiter": schema.delimiter})
        if schema.header:
            parameters["skip.header.line.count"] = "1"
    return parameters


def place(glue: Any, database: str, name: str, location: str) -> tuple[str, Data | None]:
    """Return the name of a table in the catalog, and the table if the catalog has it.

    A name that another location has got is made unique with a hash, as on AWS.
    """
    existing = find(glue, database, name)
    if existing is None or _location(existing) == location.rstrip("/"):
        return name, existing
    unique = f"{name}_{hashlib.md5(location.encode(), usedforsecurity=False).hexdigest()}"
    return unique, find(glue, database, unique)


def find(glue: Any, database: str, name: str) -> Data | None:
    try:
        found: Data = glue.get_table(DatabaseName=database, Name=name)["Table"]
        return found
    except glue.exceptions.EntityNotFoundException:
        return None


def tables_of(glue: Any, database: str, crawler: str) -> list[Data]:
    return [
        table
        for page in glue.get_paginator("get_tables").paginate(DatabaseName=database)
        for table in page["TableList"]
        if table.get("Parameters", {}).get("UPDATED_BY_CRAWLER") == crawler and table.get("StorageDescriptor", {}).get("Location")
    ]


def merged(existing: Data, inferred: Data, *, only_new: bool) -> Data:
    """Return the table with what was inferred. Parameters that others have set stay."""
    # An embedded catalog answers with empty texts where AWS leaves a field out; UpdateTable takes neither back.
    table = {key: deepcopy(existing[key]) for key in _INPUT if existing.get(key) not in (None, "")}
    storage, new = table["StorageDescriptor"], inferred["StorageDescriptor"]
    columns = new["Columns"]
    if only_new:
        known = {column["Name"] for column in storage.get("Columns", [])}
        columns = [*storage.get("Columns", []), *(column for column in columns if column["Name"] not in known)]
    else:
        comments = {column["Name"]: column["Comment"] for column in storage.get("Columns", []) if column.get("Comment")}
        columns = [{**column, "Comment": comments[column["Name"]]} if column["Name"] in comments else column for column in columns]
    parameters = {
        key: value for key, value in {**table.get("Parameters", {}), **inferred["Parameters"]}.items() if key != "DEPRECATED_BY_CRAWLER"
    }
    table.update(
        Parameters=parameters,
        PartitionKeys=table.get("PartitionKeys") or inferred["PartitionKeys"],
        TableType=table.get("TableType") or "EXTERNAL_TABLE",
    )
    kept = {key: value for key, value in (storage.get("SerdeInfo") or {}).items() if value} or new["SerdeInfo"]
    same_serde = kept.get("SerializationLibrary") == new["SerdeInfo"]["SerializationLibrary"]
    table["StorageDescriptor"] = {
        **storage,
        **new,
        "Columns": columns,
        "Location": storage["Location"],
        "SerdeInfo": {**new["SerdeInfo"], **kept, "Parameters": {**(kept.get("Parameters") or {}), **new["SerdeInfo"]["Parameters"]}}
        if same_serde
        else new["SerdeInfo"],
    }
    return table


def same(existing: Data, updated: Data) -> bool:
    """Return whether the update would change nothing, statistics included."""
    return {key: existing.get(key) for key in updated} == updated


def add_partitions(glue: Any, database: str, name: str, table: Data, found: FoundTable) -> int:
    """Create the partitions that the catalog lacks, and return their number."""
    if not found.partitions or [key["Name"] for key in table.get("PartitionKeys", [])] != found.partition_keys:
        return 0
    known = {
        tuple(partition["Values"])
        for page in glue.get_paginator("get_partitions").paginate(DatabaseName=database, TableName=name)
        for partition in page["Partitions"]
    }
    missing = [
        {
            "Values": list(values),
            "StorageDescriptor": {**table["StorageDescriptor"], "Location": location},
            "Parameters": {key: value for key, value in table.get("Parameters", {}).items() if key not in _FIGURES},
        }
        for values, location in found.partitions.items()
        if values not in known
    ]
    for start in range(0, len(missing), _BATCH):
        answer = glue.batch_create_partition(DatabaseName=database, TableName=name, PartitionInputList=missing[start : start + _BATCH])
        if errors := answer.get("Errors"):
            raise ValueError(f"partition {errors[0]['PartitionValues']} of {name}: {errors[0]['ErrorDetail'].get('ErrorMessage')}")
    return len(missing)


def deprecate(glue: Any, database: str, table: Data) -> None:
    described = {key: table[key] for key in _INPUT if table.get(key) not in (None, "")}
    described["Parameters"] = {**table["Parameters"], "DEPRECATED_BY_CRAWLER": str(int(now() * 1000))}
    glue.update_table(DatabaseName=database, TableInput=described)


def _location(table: Data) -> str:
    return str(table.get("StorageDescriptor", {}).get("Location", "")).rstrip("/")
