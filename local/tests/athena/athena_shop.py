"""A few tables in a lake, and a way to ask its Athena."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
from lake_local.lake.client import Lake

BUCKET, DATABASE = "athena-data", "shop"
PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}
TEXT = {
    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
}
CSV = {
    **TEXT,
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", "Parameters": {"field.delim": ","}},
}
OPEN_CSV = {
    **TEXT,
    "SerdeInfo": {
        "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
        "Parameters": {"separatorChar": ",", "quoteChar": '"', "escapeChar": "\\"},
    },
}
JSON = {**TEXT, "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe", "Parameters": {}}}


@dataclass
class Shop:
    """Asks the lake's Athena."""

    lake: Lake
    database: str = DATABASE

    def start(self, sql: str, **arguments: Any) -> str:
        arguments.setdefault("QueryExecutionContext", {"Database": self.database})
        arguments.setdefault("ResultConfiguration", {"OutputLocation": f"s3://{BUCKET}/results/"})
        return self.lake.client("athena").start_query_execution(QueryString=sql, **arguments)["QueryExecutionId"]

    def wait(self, identity: str) -> dict[str, Any]:
        athena = self.lake.client("athena")
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            execution = athena.get_query_execution(QueryExecutionId=identity)["QueryExecution"]
            if execution["Status"]["State"] in ("SUCCEEDED", "FAILED", "CANCELLED"):
                return execution
            time.sleep(0.02)
        raise AssertionError("the query does not end")

    def run(self, sql: str, **arguments: Any) -> dict[str, Any]:
        return self.wait(self.start(sql, **arguments))

    def results(self, sql: str, **arguments: Any) -> dict[str, Any]:
        execution = self.run(sql, **arguments)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        return self.lake.client("athena").get_query_results(QueryExecutionId=execution["QueryExecutionId"])

    def rows(self, sql: str, **arguments: Any) -> list[list[str | None]]:
        """The result's rows, without the header."""
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in self.results(sql, **arguments)["ResultSet"]["Rows"][1:]]

    def error(self, sql: str, **arguments: Any) -> str:
        execution = self.run(sql, **arguments)
        assert execution["Status"]["State"] == "FAILED", execution
        return execution["Status"]["StateChangeReason"]

    def put(self, key: str, body: bytes | str, **arguments: Any) -> None:
        self.lake.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body, **arguments)

    def put_parquet(self, folder: Path, key: str, select: str) -> None:
        path = folder / "one.parquet"
        duckdb.sql(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
        self.put(key, path.read_bytes())

    def table(
        self, name: str, storage: dict[str, Any], columns: dict[str, str], partitions: dict[str, str] | None = None, **parameters: str
    ) -> None:
        glue = self.lake.client("glue")
        listed = [{"Name": key, "Type": kind} for key, kind in columns.items()]
        glue.create_table(
            DatabaseName=DATABASE,
            TableInput={
                "Name": name,
                "TableType": "EXTERNAL_TABLE",
                "Parameters": parameters,
                "PartitionKeys": [{"Name": key, "Type": kind} for key, kind in (partitions or {}).items()],
                "StorageDescriptor": {**storage, "Columns": listed, "Location": f"s3://{BUCKET}/{name}/"},
            },
        )

    def as_role(self, name: str, statements: list[dict[str, Any]]) -> Shop:
        """The same shop, asked by a role with these rights only."""
        iam, sts = self.lake.client("iam"), self.lake.client("sts")
        trust = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{self.lake.account}:root"}, "Action": "sts:AssumeRole"}],
        }
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        iam.put_role_policy(
            RoleName=name, PolicyName="rights", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements})
        )
        got = sts.assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        return replace(
            self,
            lake=replace(self.lake, access_key=got["AccessKeyId"], secret_key=got["SecretAccessKey"], session_token=got["SessionToken"]),
        )


def make_tables(shop: Shop, folder: Path) -> None:
    shop.put_parquet(
        folder,
        "orders/a.parquet",
        "SELECT i AS id, i * 1.5e0 AS price, 'seller' || (i % 3) AS seller, "
        "TIMESTAMP '2018-01-01 00:00:00' + to_days(i::INTEGER) AS bought FROM range(10) t(i)",
    )
    # A newer file: one column more, one less.
    shop.put_parquet(folder, "orders/b.parquet", "SELECT 10 AS id, 'seller0' AS seller, 'late' AS note")
    shop.put("orders/_SUCCESS", "x")
    shop.put("orders/.hidden/c.parquet", "not parquet")
    shop.table("orders", PARQUET, {"id": "bigint", "price": "double", "seller": "string", "bought": "timestamp", "note": "string"})

    shop.put("people/a.csv", 'name,age,score\r\nAna,31,4.5\r\n"Bo, b",x,\r\n\\N,7\r\n')
    shop.table("people", CSV, {"name": "string", "age": "int", "score": "double"}, **{"skip.header.line.count": "1"})

    shop.put("quoted/a.csv", 'id,text\n1,"a, ""b"""\n2,"open\nline"\n')
    shop.table("quoted", OPEN_CSV, {"id": "string", "text": "string"}, **{"skip.header.line.count": "1"})

    shop.put("events/a.json", '{"id": 1, "tags": ["a", "b"], "who": {"name": "Ana"}}\n{"id": 2, "tags": [], "who": null}\n')
    shop.table("events", JSON, {"id": "int", "tags": "array<string>", "who": "struct<name:string>"})

    shop.put("calls/a.json", '{"Who": {"session": {"issuer": {"name": "eve"}}}}\n')
    shop.table("calls", JSON, {"who": "struct<session:struct<issuer:struct<name:string>>>"})
    shop.put_parquet(folder, "nested/a.parquet", "SELECT {'address': {'city': {'name': 'Lima'}}} AS person, 1 AS other")
    shop.table("nested", PARQUET, {"person": "struct<address:struct<city:struct<name:string>>>", "other": "int"})

    shop.table("days", PARQUET, {"n": "int"}, {"year": "int", "region": "string"})
    glue = shop.lake.client("glue")
    storage = glue.get_table(DatabaseName=DATABASE, Name="days")["Table"]["StorageDescriptor"]
    for year, region, n in ((2017, "br", 1), (2018, "br", 2), (2018, "pt", 3)):
        place = f"days/year={year}/region={region}/"
        shop.put_parquet(folder, f"{place}a.parquet", f"SELECT {n} AS n")
        glue.create_partition(
            DatabaseName=DATABASE,
            TableName="days",
            PartitionInput={"Values": [str(year), region], "StorageDescriptor": {**storage, "Location": f"s3://{BUCKET}/{place}"}},
        )
