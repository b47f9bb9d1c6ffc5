"""`GlueContext`: a Spark session that reads and writes DynamicFrames."""

from __future__ import annotations

import json
import logging
from typing import Any

from pyspark.sql import DataFrame, SparkSession, SQLContext
from pyspark.sql.types import StructType

from . import bookmarks
from .dynamicframe import DynamicFrame, DynamicFrameReader, DynamicFrameWriter

# Format options of Glue → those of Spark's readers and writers.
_CSV_OPTIONS = {
    "separator": "sep",
    "withHeader": "header",
    "quoteChar": "quote",
    "escaper": "escape",
    "multiLine": "multiLine",
    "encoding": "encoding",
}
Data = dict[str, Any]
_CLASSIFICATIONS = {"csv": "csv", "json": "json", "parquet": "parquet", "orc": "orc"}


class GlueContext(SQLContext):
    def __init__(self, sparkContext: Any, **options: Any) -> None:
        session = SparkSession.builder.getOrCreate()
        super().__init__(sparkContext, session)
        self.spark_session = session
        self.create_dynamic_frame = DynamicFrameReader(self)
        self.create_data_frame = DataFrameReader(self)
        self.write_dynamic_frame = DynamicFrameWriter(self)

    def get_logger(self) -> Logger:
        return Logger()

    # -- reading ------------------------------------------------------------------------------------------------------------------
    def create_dynamic_frame_from_catalog(
        self,
        database: str,
        table_name: str,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        additional_options: Data | None = None,
        catalog_id: str | None = None,
        **_: Any,
    ) -> DynamicFrame:
        table = _table(database, table_name, catalog_id)
        storage = table.get("StorageDescriptor", {})
        format_name = _CLASSIFICATIONS.get(_classification(table))
        if format_name is None:
            known = ", ".join(sorted(_CLASSIFICATIONS))
            raise ValueError(f"table {database}.{table_name} has classification {_classification(table)!r}: known are {known}")
        format_options: dict[str, Any] = {}
        if format_name == "csv":
            serde = storage.get("SerdeInfo", {}).get("Parameters", {})
            format_options = {
                "withHeader": table.get("Parameters", {}).get("skip.header.line.count") == "1",
                "separator": serde.get("separatorChar") or serde.get("field.delim") or ",",
                "quoteChar": serde.get("quoteChar", '"'),
            }
        options = {"paths": [storage["Location"]], "recurse": True, "basePath": storage["Location"], **(additional_options or {})}
        if predicate := options.pop("catalogPartitionPredicate", None):
            options["paths"] = _locations(database, table_name, str(predicate), catalog_id)
            if not options["paths"]:
                return DynamicFrame(self.spark_session.createDataFrame([], StructType([])), self, table_name)
        frame = self.create_dynamic_frame_from_options("s3", options, format_name, format_options, transformation_ctx)
        data = frame.toDF()
        columns = storage.get("Columns", [])
        if format_name == "csv" and not format_options["withHeader"] and data.columns:
            data = data.toDF(*([column["Name"] for column in columns] + data.columns[len(columns) :]))
        if push_down_predicate and data.columns:
            data = data.where(push_down_predicate)
        return DynamicFrame(data, self, table_name)

    def create_dynamic_frame_from_options(
        self,
        connection_type: str,
        connection_options: Data | None = None,
        format: str | None = None,
        format_options: Data | None = None,
        transformation_ctx: str = "",
        **_: Any,
    ) -> DynamicFrame:
        if connection_type not in ("s3", "parquet", "orc"):
            raise ValueError(f"connection type {connection_type!r} is not available here: s3 is")
        options = dict(connection_options or {})
        data = self._read(options, format or connection_type, format_options or {}, transformation_ctx)
        return DynamicFrame(data, self, transformation_ctx)

    def _read(self, options: Data, format_name: str, format_options: Data, context: str) -> DataFrame:
        paths = options.get("paths") or [options["path"]]
        paths = [paths] if isinstance(paths, str) else list(paths)
        exclusions = options.get("exclusions", [])
        exclusions = json.loads(exclusions) if isinstance(exclusions, str) else exclusions
        recurse = str(options.get("recurse", False)).lower() == "true"
        found = bookmarks.objects_under(paths, recurse or not paths[0].endswith("/"), exclusions)
        state = bookmarks.active()
        files = state.unread(context, found) if state else sorted(found)
        if not files:
            return self.spark_session.createDataFrame([], StructType([]))
        reader = self.spark_session.read.options(**_spark_options(format_name, format_options))
        if base := options.get("basePath"):
            reader = reader.option("basePath", base)
        return reader.format(format_name).load(files)

    # -- writing ------------------------------------------------------------------------------------------------------------------
    def write_dynamic_frame_from_options(
        self,
        frame: DynamicFrame,
        connection_type: str,
        connection_options: Data | None = None,
        format: str | None = None,
        format_options: Data | None = None,
        transformation_ctx: str = "",
    ) -> DynamicFrame:
        if connection_type != "s3":
            raise ValueError(f"connection type {connection_type!r} is not available here: s3 is")
        options = dict(connection_options or {})
        format_name = {"glueparquet": "parquet"}.get(format or "", format or "json")
        # Glue adds to what is there, and writes a header unless told not to.
        writing = {"writeHeader": "header"}
        spark_options = _spark_options(format_name, format_options or {}, writing, {"header": "true"} if format_name == "csv" else {})
        writer = frame.toDF().write.mode("append").options(**spark_options)
        if compression := options.get("compression") or (format_options or {}).get("compression"):
            writer = writer.option("compression", compression)
        if keys := options.get("partitionKeys"):
            writer = writer.partitionBy(*keys)
        writer.format(format_name).save(options["path"])
        return frame

    def write_dynamic_frame_from_catalog(
        self,
        frame: DynamicFrame,
        database: str,
        table_name: str,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        additional_options: Data | None = None,
        catalog_id: str | None = None,
    ) -> DynamicFrame:
        table = _table(database, table_name, catalog_id)
        keys = [key["Name"] for key in table.get("PartitionKeys", [])]
        options = {"path": table["StorageDescriptor"]["Location"], **(additional_options or {})}
        if keys:
            options.setdefault("partitionKeys", keys)
        return self.write_dynamic_frame_from_options(frame, "s3", options, _classification(table))

    def purge_s3_path(self, s3_path: str, options: Data | None = None, transformation_ctx: str = "") -> None:
        """Delete what is older than `retentionPeriod` hours (default 168)."""
        from datetime import UTC, datetime, timedelta
        from urllib.parse import urlsplit

        import boto3

        limit = datetime.now(UTC) - timedelta(hours=float((options or {}).get("retentionPeriod", 168)))
        parts = urlsplit(s3_path)
        bucket = boto3.resource("s3").Bucket(parts.netloc)
        old = [{"Key": item.key} for item in bucket.objects.filter(Prefix=parts.path.lstrip("/")) if item.last_modified < limit]
        for start in range(0, len(old), 1000):
            bucket.delete_objects(Delete={"Objects": old[start : start + 1000]})


class DataFrameReader:
    """`glueContext.create_data_frame`: the same sources, as Spark's own DataFrames."""

    def __init__(self, glue_context: GlueContext) -> None:
        self._glue_context = glue_context

    def from_catalog(self, database: str, table_name: str, **options: Any) -> DataFrame:
        return self._glue_context.create_dynamic_frame_from_catalog(database, table_name, **options).toDF()

    def from_options(self, connection_type: str, connection_options: Data | None = None, **options: Any) -> DataFrame:
        return self._glue_context.create_dynamic_frame_from_options(connection_type, connection_options, **options).toDF()


class Logger:
    """What `GlueContext.get_logger()` gives: Glue's goes to the error log."""

    def __init__(self) -> None:
        self._logger = logging.getLogger("GlueLogger")

    def info(self, message: Any) -> None:
        self._logger.info(message)

    def warn(self, message: Any) -> None:
        self._logger.warning(message)

    def error(self, message: Any) -> None:
        self._logger.error(message)

    def debug(self, message: Any) -> None:
        self._logger.debug(message)


def _table(database: str, name: str, catalog_id: str | None) -> Data:
    import boto3

    where = {"CatalogId": catalog_id} if catalog_id else {}
    found: Data = boto3.client("glue").get_table(DatabaseName=database, Name=name, **where)["Table"]
    return found


def _locations(database: str, name: str, predicate: str, catalog_id: str | None) -> list[str]:
    """Return the folders of the partitions that a predicate over partition keys chooses, by the catalog."""
    import boto3

    where = {"CatalogId": catalog_id} if catalog_id else {}
    pages = (
        boto3.client("glue")
        .get_paginator("get_partitions")
        .paginate(DatabaseName=database, TableName=name, Expression=predicate, ExcludeColumnSchema=True, **where)
    )
    found = [partition["StorageDescriptor"]["Location"] for page in pages for partition in page["Partitions"]]
    return [f"{location.rstrip('/')}/" for location in found]


def _classification(table: Data) -> str:
    storage = table.get("StorageDescriptor", {})
    return str(table.get("Parameters", {}).get("classification") or storage.get("Parameters", {}).get("classification", ""))


def _spark_options(format_name: str, options: Data, extra: Data | None = None, defaults: Data | None = None) -> dict[str, str]:
    if format_name != "csv":
        return {}
    names = {**_CSV_OPTIONS, **(extra or {})}
    translated = {names[name]: value for name, value in options.items() if name in names and value != -1}
    if "quote" in translated and "escape" not in translated:
        translated["escape"] = translated["quote"]
    chosen = {**(defaults or {}), **translated}
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in chosen.items()}
