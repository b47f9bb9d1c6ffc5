"""A catalog and a bucket in memory, for queries that need no server."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import duckdb
from botocore.exceptions import ClientError
from lake_local.cloud.athena import ddl, parsing
from lake_local.cloud.athena.engine import Engine
from lake_local.cloud.athena.executions import Execution
from lake_local.cloud.athena.statements import classify
from lake_local.cloud.tables.catalog import Catalog
from lake_local.cloud.tables.session import Session
from lake_local.cloud.tables.storage import ObjectCache

from .athena_shop import PARQUET


class Glue:
    """One database, `shop`."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, Any]] = {}
        self.listed: dict[str, list[dict[str, Any]]] = {}

    def get_table(self, DatabaseName: str, Name: str) -> dict[str, Any]:
        if DatabaseName != "shop" or Name not in self.tables:
            raise ClientError({"Error": {"Code": "EntityNotFoundException", "Message": Name}}, "GetTable")
        return {"Table": self.tables[Name]}

    def get_database(self, Name: str) -> dict[str, Any]:
        return {"Database": {"Name": Name}}

    def get_tables(self, DatabaseName: str) -> dict[str, Any]:
        return {"TableList": list(self.tables.values())}

    def get_partitions(self, DatabaseName: str, TableName: str) -> dict[str, Any]:
        return {"Partitions": self.listed.get(TableName, [])}

    def create_table(self, DatabaseName: str, TableInput: dict[str, Any]) -> dict[str, Any]:
        self.tables[TableInput["Name"]] = TableInput
        return {}


class S3:
    """Every bucket, each with the same objects."""

    def __init__(self, objects: dict[str, bytes]) -> None:
        self.objects = objects

    def get_paginator(self, _operation: str) -> S3:
        return self

    def paginate(self, Bucket: str, Prefix: str) -> list[dict[str, Any]]:
        found = [{"Key": key, "Size": len(body), "ETag": str(hash(body))} for key, body in self.objects.items() if key.startswith(Prefix)]
        return [{"Contents": found}]

    def list_objects_v2(self, **_arguments: Any) -> dict[str, Any]:
        return {"KeyCount": 0}

    def head_object(self, **_arguments: Any) -> dict[str, Any]:
        return {}

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        from botocore.response import StreamingBody

        body = self.objects[Key]
        return {"Body": StreamingBody(io.BytesIO(body), len(body))}

    def upload_file(self, path: str, bucket: str, key: str) -> None:
        self.objects[key] = Path(path).read_bytes()


class Lake:
    """Runs statements over tables that are given as Glue describes them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.glue = Glue()
        duckdb.sql(f"COPY (SELECT 1 AS n) TO '{folder / 'n.parquet'}' (FORMAT parquet)")
        self.s3 = S3({"t/a.parquet": (folder / "n.parquet").read_bytes()})

    def table(self, name: str, columns: dict[str, str], partitions: dict[str, str] | None = None, **more: Any) -> None:
        storage = {**PARQUET, "Location": "s3://b/t/", **more.pop("storage", {})}
        storage["Columns"] = [{"Name": column, "Type": kind} for column, kind in columns.items()]
        keys = [{"Name": column, "Type": kind} for column, kind in (partitions or {}).items()]
        self.glue.tables[name] = {"Name": name, "StorageDescriptor": storage, "PartitionKeys": keys, **more}
        if keys:
            self.glue.listed[name] = [{"Values": ["1"] * len(keys), "StorageDescriptor": storage}]

    def run(self, sql: str, parameters: list[str] | None = None) -> list[list[str | None]]:
        sql = parsing.bind_parameters(sql, parameters or [])
        number = len(list(self.folder.glob("session*")))
        folder = self.folder / f"session{number}"
        folder.mkdir()
        session = Session(self.s3, ObjectCache(self.folder / "cache"), folder)
        engine = Engine(Catalog(self.glue), session, "shop")
        kind = classify(sql)
        try:
            engine.open()
            if kind.substatement == "SELECT":
                return list(engine.select(parsing.parse(sql)).rows)
            record = {"QueryExecutionId": "q", "ResultConfiguration": {"OutputLocation": "s3://b/results/q.csv"}}
            return list(ddl.run(sql, kind, engine, Execution(record, "0", "r")).rows)
        finally:
            session.close()
