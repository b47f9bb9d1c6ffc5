"""Stock awswrangler against a lake: what it writes comes back, in each of its ways to read."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from lake_local.lake.client import Lake

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """
import json, os
import awswrangler as wr
import boto3
import pandas as pd

for service in ("s3", "athena", "glue", "sts"):
    setattr(wr.config, f"{service}_endpoint_url", os.environ["AWS_ENDPOINT_URL"])
boto3.client("s3").create_bucket(Bucket="client")
wr.catalog.create_database("shop")
day = pd.to_datetime(["2020-01-01"] * 3)
frame = pd.DataFrame(
    {"id": [1, 2, 3], "name": ["a", "b", None], "price": [1.5, 2.5, None], "at": day, "year": [2018, 2018, 2019]}
)
target = dict(path="s3://client/orders/", dataset=True, database="shop", table="orders", partition_cols=["year"])
wr.s3.to_parquet(frame, **target)


def rows(found):
    return json.loads(found.to_json(orient="values", date_format="iso", date_unit="s"))


def query(sql, output="s3://client/results/", **arguments):
    return wr.athena.read_sql_query(sql, database="shop", s3_output=output, **arguments)


found = {
    "default": rows(query("SELECT id, name, price, at, year FROM orders ORDER BY id")),
    "table": rows(wr.athena.read_sql_table("orders", database="shop", s3_output="s3://client/results/").sort_values("id")),
    "parameters": rows(query("SELECT id FROM orders WHERE name = :name", params={"name": "b"})),
    "without ctas": rows(query("SELECT count(*) AS n FROM orders", ctas_approach=False)),
    "unload": rows(query("SELECT id FROM orders ORDER BY id", "s3://client/unloaded/", ctas_approach=False, unload_approach=True)),
    "chunks": sum(len(chunk) for chunk in query("SELECT id FROM orders", chunksize=2)),
    "partitions": wr.catalog.get_parquet_partitions("shop", "orders", expression="year = 2018"),
    "tables": [table["Name"] for table in wr.catalog.get_tables(database="shop", name_prefix="ord")],
}
wr.s3.to_parquet(frame.assign(id=9), mode="append", **target)
found["appended"] = rows(query("SELECT count(*) AS n FROM orders WHERE id = 9"))
found["left over"] = [table["Name"] for table in wr.catalog.get_tables(database="shop")]
print(json.dumps(found))
"""
AT = "2020-01-01T00:00:00"
EXPECTED = {
    "default": [[1, "a", 1.5, AT, 2018], [2, "b", 2.5, AT, 2018], [3, None, None, AT, 2019]],
    "table": [[1, "a", 1.5, AT, 2018], [2, "b", 2.5, AT, 2018], [3, None, None, AT, 2019]],
    "parameters": [[2]],
    "without ctas": [[3]],
    "unload": [[1], [2], [3]],
    "chunks": 3,
    "partitions": {"s3://client/orders/year=2018/": ["2018"]},
    "tables": ["orders"],
    "appended": [[3]],
    "left over": ["orders"],
}


def test_awswrangler(server: Lake) -> None:
    python = subprocess.run(["node", "bin/python-env.js", "clients"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ},
        "AWS_ENDPOINT_URL": server.endpoint,
        "AWS_ACCESS_KEY_ID": server.access_key,
        "AWS_SECRET_ACCESS_KEY": server.secret_key,
        "AWS_DEFAULT_REGION": server.region,
    }
    done = subprocess.run([python, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout) == EXPECTED
