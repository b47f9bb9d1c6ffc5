"""The loader of the library's Aurora sink on the embedded cloud: Athena's export, the import, and one transaction."""

from __future__ import annotations

import gzip
import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pytest
from lake_local.lake.client import Lake

from .test_lake_load import clients_of
from .test_transfer import allow, role

FUNCTIONS = Path(__file__).resolve().parents[3] / "lambda" / "aurora"
COLUMNS = [
    ("id", "bigint"),
    ("note", "string"),
    ("price", "decimal(12,3)"),
    ("day", "date"),
    ("moment", "timestamp"),
    ("rate", "double"),
    ("small", "tinyint"),
    ("good", "boolean"),
    ("code", "varchar(5)"),
]
ROWS = r"""SELECT * FROM (VALUES
  (1::bigint, 'plain', 10.500::decimal(12,3), DATE '2026-01-05',
   TIMESTAMP '2026-01-05 10:11:12.345', 0.1::double, 1::tinyint, true, 'ab'::varchar),
  (2, '', -0.001, DATE '1582-10-15', TIMESTAMP '1999-12-31 23:59:59', 1e300, -128, false, ''),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (4, E'a "quoted", one\nof two lines \\ back\\slash', 999999999.999, DATE '9999-12-31',
   TIMESTAMP '2026-01-05 00:00:00', -1.5, 127, true, '\N'),
  (5, ' NULL ', 0, DATE '2026-02-28', TIMESTAMP '2026-01-05 00:00:00.001', 'NaN', 0, false, 'NULL'),
  (6, 'größer 東京 😀', 0, DATE '2026-02-28', TIMESTAMP '2026-01-05 00:00:00.001', 'Infinity', 0, false, E'\t')
) t(id, note, price, day, moment, rate, small, good, code)"""
TEXTS = ", ".join(f"{name}::text" for name, _ in COLUMNS)


class Sink:
    """A cluster, its loader, and the runs of a curated job."""

    def __init__(self, lake: Lake, module: Any, cluster: dict[str, Any], folder: Path) -> None:
        self.lake, self.module, self.cluster, self.folder, self.runs = lake, module, cluster, folder, 0
        self.data = lake.client("rds-data")
        self.secret = cluster["MasterUserSecret"]["SecretArn"]

    def publish(self, rows: str, columns: list[tuple[str, str]] = COLUMNS, table: str = "sales") -> None:
        """Write a run's files below the table's prefix, and let the catalog name them."""
        self.runs += 1
        path = self.folder / f"{self.runs}.parquet"
        duckdb.sql(f"COPY ({rows}) TO '{path}' (FORMAT parquet)")
        self.lake.client("s3").upload_file(str(path), "sinks", f"tables/{table}/{self.runs}/part-0.parquet")
        self.name(f"s3://sinks/tables/{table}/{self.runs}/", columns)

    def name(self, location: str, columns: list[tuple[str, str]] = COLUMNS) -> None:
        storage = {
            "Columns": [{"Name": name, "Type": kind} for name, kind in columns],
            "Location": location,
            "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
            "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
        }
        entry = {"Name": "sinks_sales", "TableType": "EXTERNAL_TABLE", "StorageDescriptor": storage}
        self.lake.client("glue").update_table(DatabaseName="sinks", TableInput=entry)

    def load(self) -> str:
        [told] = self.module.handler({"detail": {"jobName": "curate", "jobRunId": f"jr_{self.runs}"}}, None)
        return str(told)

    def rows(self, sql: str, **options: Any) -> list[list[Any]]:
        target = {"resourceArn": self.cluster["DBClusterArn"], "secretArn": self.secret, "database": "lake", **options}
        records = self.data.execute_statement(sql=sql, **target)["records"]
        return [[None if "isNull" in field else next(iter(field.values())) for field in row] for row in records]

    def exports(self) -> list[str]:
        found = self.lake.client("s3").list_objects_v2(Bucket="exports")
        return [one["Key"] for one in found.get("Contents", [])]


@pytest.fixture(scope="module")
def sink(server: Lake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sink]:
    """A cluster with roles as the template has them."""
    rds, s3, glue = (server.client(name) for name in ("rds", "s3", "glue"))
    for bucket in ("sinks", "exports"):
        s3.create_bucket(Bucket=bucket)
    imports = role(server, "imports", [allow(["s3:GetObject"], "arn:aws:s3:::exports/export/*")], "rds.amazonaws.com")
    scaling = {"MinCapacity": 0, "MaxCapacity": 4}
    rds.create_db_cluster(
        DBClusterIdentifier="sink", Engine="aurora-postgresql", EngineVersion="16.13", MasterUsername="lake_admin", DatabaseName="lake",
        ManageMasterUserPassword=True, ServerlessV2ScalingConfiguration=scaling, EnableHttpEndpoint=True,
    )  # fmt: skip
    rds.add_role_to_db_cluster(DBClusterIdentifier="sink", RoleArn=imports, FeatureName="s3Import")
    rds.create_db_instance(
        DBInstanceIdentifier="one", DBClusterIdentifier="sink", Engine="aurora-postgresql", DBInstanceClass="db.serverless"
    )
    cluster = rds.describe_db_clusters(DBClusterIdentifier="sink")["DBClusters"][0]
    reader = server.client("secretsmanager").create_secret(
        Name="reader", SecretString='{"username": "lake_reader", "password": "Secret0123456789"}'
    )["ARN"]
    glue.create_database(DatabaseInput={"Name": "sinks"})
    glue.create_table(
        DatabaseName="sinks", TableInput={"Name": "sinks_sales", "StorageDescriptor": {"Columns": [], "Location": "s3://sinks/"}}
    )
    place = {"ResultConfiguration": {"OutputLocation": "s3://exports/export/"}, "EnforceWorkGroupConfiguration": True}
    server.client("athena").create_work_group(Name="exports", Configuration=place)
    rights = [
        allow(["glue:GetTable", "glue:GetDatabase"], "*"),
        allow(["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetWorkGroup"], "*"),
        allow(["s3:GetObject"], "arn:aws:s3:::sinks/tables/sales/*"),
        allow(["s3:ListBucket", "s3:GetBucketLocation"], "*"),
        allow(["s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:AbortMultipartUpload"], "arn:aws:s3:::exports/export/*"),
        allow(["rds-data:*"], cluster["DBClusterArn"]),
        allow(["secretsmanager:GetSecretValue"], cluster["MasterUserSecret"]["SecretArn"], reader),
    ]
    role(server, "sink-loader", rights, "account")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FUNCTIONS))
        names = [path.stem for path in FUNCTIONS.glob("*.py")]
        as_loader = clients_of(server, "sink-loader")
        patch.setattr(boto3, "client", lambda name, **_: as_loader(name))
        settings = {
            **{"TABLES": json.dumps([{"name": "sales", "catalogTable": "sinks_sales", "job": "curate"}]), "CATALOG_DATABASE": "sinks"},
            **{"WORKGROUP": "exports", "CLUSTER": cluster["DBClusterArn"], "DATABASE": "lake", "AWS_REGION": "us-east-1"},
            **{"ADMIN_SECRET": cluster["MasterUserSecret"]["SecretArn"], "READER_SECRET": reader},
        }
        for name, value in settings.items():
            patch.setenv(name, value)
        yield Sink(server, importlib.import_module("aurora_load"), cluster, tmp_path_factory.mktemp("files"))
        for name in names:
            sys.modules.pop(name, None)


def test_every_value_is_what_athena_says(sink: Sink) -> None:
    sink.publish(ROWS)
    for _ in range(2):
        assert sink.load() == "sales: 6"
    assert sink.rows(f"SELECT {TEXTS} FROM lake.sales ORDER BY id") == [
        ["1", "plain", "10.500", "2026-01-05", "2026-01-05 10:11:12.345", "0.1", "1", "true", "ab"],
        ["2", "", "-0.001", "1582-10-15", "1999-12-31 23:59:59", "1e+300", "-128", "false", ""],
        ["3", *[None] * 8],
        [
            "4",
            'a "quoted", one\nof two lines \\ back\\slash',
            "999999999.999",
            "9999-12-31",
            "2026-01-05 00:00:00",
            "-1.5",
            "127",
            "true",
            "\\N",
        ],
        ["5", " NULL ", "0.000", "2026-02-28", "2026-01-05 00:00:00.001", "NaN", "0", "false", "NULL"],
        ["6", "größer 東京 😀", "0.000", "2026-02-28", "2026-01-05 00:00:00.001", "Infinity", "0", "false", "\t"],
    ]
    assert sink.exports() == [], "no export is left"


def test_loads_of_several_runs(sink: Sink) -> None:
    sink.publish(ROWS)
    sink.publish("SELECT 7::bigint AS id, 'seven' AS note", [("id", "bigint"), ("note", "string")])
    assert sink.load() == "sales: 1"
    assert sink.rows("SELECT id, note, price FROM lake.sales") == [[7, "seven", None]], "a column that is gone stays, and is NULL"
    wider = [("id", "bigint"), ("note", "string"), ("more", "int")]
    sink.publish("SELECT 8::bigint AS id, 'eight' AS note, 80::int AS more", wider)
    assert sink.load() == "sales: 1"
    assert sink.rows("SELECT id, more FROM lake.sales") == [[8, 80]], "a new column is added"
    sink.publish("SELECT 'x' AS id, 'nine' AS note", [("id", "string"), ("note", "string")])
    with pytest.raises(Exception, match="id from bigint to text"):
        sink.load()
    assert sink.rows("SELECT id, note FROM lake.sales") == [[8, "eight"]], "a load that fails leaves the rows that were there"
    assert sink.exports() == []


def test_a_load_that_is_killed_changes_nothing_and_the_next_is_whole(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    sink.publish("SELECT 1::bigint AS id, 'before' AS note", COLUMNS[:2])
    sink.load()
    sink.publish("SELECT 2::bigint AS id, 'after' AS note", COLUMNS[:2])
    transaction = sys.modules["transactions"].Transaction

    class Killed(BaseException):
        pass

    run = transaction.run

    def dies(self: Any, sql: str) -> Any:
        answer = run(self, sql)
        if sql.startswith("DELETE"):
            raise Killed
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(transaction, "run", dies)
        patch.setattr(transaction, "__exit__", lambda *_: None)  # nothing rolls back: its function is gone
        with pytest.raises(Killed):
            sink.load()
    assert sink.rows("SELECT id, note FROM lake.sales") == [[1, "before"]]
    # what the Data API does after three minutes without a call
    sink.rows("SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE state = 'idle in transaction' AND usename = current_user")
    assert sink.load() == "sales: 1"
    assert sink.rows("SELECT id, note FROM lake.sales") == [[2, "after"]]


def test_a_load_that_another_run_overtakes_leaves_the_newer_rows(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    sink.publish("SELECT 1::bigint AS id, 'old' AS note", COLUMNS[:2])
    described = sink.module.description
    asked: list[Any] = []

    def overtaken(*place: str) -> Any:
        asked.append(described(*place))
        return {**asked[0], "Location": f"s3://sinks/{len(asked)}/"}

    sink.load()
    monkeypatch.setattr(sink.module, "description", overtaken)
    assert sink.load() == "sales: overtaken"
    assert sink.rows("SELECT note FROM lake.sales") == [["old"]]


def test_the_loader_reads_no_other_table(sink: Sink) -> None:
    sink.publish("SELECT 1::bigint AS id, 'secret' AS note", COLUMNS[:2], table="secrets")
    with pytest.raises(RuntimeError, match="Athena did not export the table"):
        sink.load()


def test_the_database_reads_nothing_but_exports(sink: Sink) -> None:
    s3 = sink.lake.client("s3")
    s3.put_object(Bucket="sinks", Key="tables/sales/plain.csv", Body=b"id\n1\n")
    s3.put_object(Bucket="exports", Key="export/plain.csv", Body=b"id\n1\n")
    sink.data.execute_statement(
        sql="CREATE TABLE public.taken (id int)", resourceArn=sink.cluster["DBClusterArn"], secretArn=sink.secret, database="lake"
    )
    place = "aws_commons.create_s3_uri('{}', '{}', 'us-east-1')"
    said = f"SELECT aws_s3.table_import_from_s3('public.taken', 'id', '(format csv, header match)', {place})"
    with pytest.raises(Exception, match="HTTP 403"):
        sink.rows(said.format("sinks", "tables/sales/plain.csv"))
    [[told]] = sink.rows(said.format("exports", "export/plain.csv"))
    assert told == '1 rows imported into relation "public.taken" from file export/plain.csv of 5 bytes'
    for body in (b"id\n1\n", gzip.compress(b"id\n1\n")[:-4]):
        s3.put_object(Bucket="exports", Key="export/half.csv", Body=body, ContentEncoding="gzip")
        with pytest.raises(Exception, match="DatabaseErrorException.*half.csv says that it is gzip, and cannot be unpacked"):
            sink.rows(said.format("exports", "export/half.csv"))


def test_the_reader_reads_and_writes_nothing(sink: Sink) -> None:
    sink.publish("SELECT 3::bigint AS id, 'three' AS note", COLUMNS[:2])
    sink.load()
    reader = {"secretArn": sink.lake.client("secretsmanager").describe_secret(SecretId="reader")["ARN"]}
    assert sink.rows("SELECT id FROM lake.sales", **reader) == [[3]]
    for sql in (
        "DELETE FROM lake.sales",
        "CREATE TABLE lake.mine (x int)",
        "CREATE TABLE public.mine (x int)",
        "CREATE EXTENSION aws_s3 CASCADE",
    ):
        with pytest.raises(Exception, match="permission denied"):
            sink.rows(sql, **reader)


def test_what_the_data_api_refuses(sink: Sink) -> None:
    for sql, error in (
        ("SELECT 1; SELECT 2", "Multistatements"),
        ("SELECT :missing", "Cannot find parameter: missing"),
        ("SELECT x FROM nowhere", "SQLState: 42P01"),
        ("CREATE EXTENSION postgis", "is not available here"),
    ):
        with pytest.raises(Exception, match=error):
            sink.rows(sql)
    with pytest.raises(Exception, match="Transaction nothing is not found"):
        sink.rows("SELECT 1", transactionId="nothing")
    value = [{"name": "a", "value": {"longValue": 1}}, {"name": "b", "value": {"stringValue": "x:y;z"}}]
    assert sink.rows("SELECT :a::int, :b::text, 'no :name; 100%'", parameters=value) == [[1, "x:y;z", "no :name; 100%"]]


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"ServerlessV2ScalingConfiguration": {"MinCapacity": 0.3, "MaxCapacity": 4}}, "in steps of 0.5"),
        ({"ServerlessV2ScalingConfiguration": {"MinCapacity": 0, "MaxCapacity": 4}, "EngineVersion": "16.2"}, "minimum capacity 0"),
        ({"MasterUserPassword": "Secret0123"}, "one of MasterUserPassword and ManageMasterUserPassword"),
        ({"Engine": "aurora-mysql"}, "clusters of aurora-postgresql are here"),
        ({"DBSubnetGroupName": "nowhere"}, "nowhere not found"),
    ],
)
def test_what_rds_refuses(sink: Sink, settings: dict[str, Any], error: str) -> None:
    usual = {"DBClusterIdentifier": "two", "Engine": "aurora-postgresql", "MasterUsername": "admin", "ManageMasterUserPassword": True}
    with pytest.raises(Exception, match=error):
        sink.lake.client("rds").create_db_cluster(**{**usual, **settings})
