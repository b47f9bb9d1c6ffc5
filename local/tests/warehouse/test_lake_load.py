"""The functions of the library's warehouse on the embedded one: users and schema, and loads of a curated table."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pytest
from lake_local.lake.client import Lake
from lake_local.sessions import new_session

from .conftest import Warehouse
from .test_transfer import allow, role

FUNCTIONS = Path(__file__).resolve().parents[3] / "lambda" / "warehouse"
TABLES = "s3://curated/tables"
FIRST, SECOND = "20260101T000000Z-00000001", "20260102T000000Z-00000002"
# as long as CloudFormation makes them
LOADER = "Company-LakeWarehouseLoadLoaderRoleB7E29F8B-1234567890ab-abcdefg"
TABLE = {"job": "curate", "name": "sales", "database": "curated", "catalogTable": "curated_sales", "distribution": "EVEN"}
VIEW = {"per_seller": "SELECT seller_id, sum(price) AS value FROM lake.sales GROUP BY seller_id ORDER BY seller_id"}
COLUMNS = [{"Name": "seller_id", "Type": "string"}, {"Name": "price", "Type": "double"}]


class Load:
    """Runs of a curated job, and the loads that follow."""

    def __init__(self, warehouse: Warehouse, module: Any, folder: Path) -> None:
        self.warehouse, self.module, self.folder, self.runs = warehouse, module, folder, 0
        self.lake = warehouse.lake

    def publish(self, run: str, rows: str, table: str = "sales", columns: list[dict[str, str]] = COLUMNS) -> None:
        """Write a run's files below the table's prefix, and let the catalog name them."""
        path = self.folder / f"{run}.parquet"
        duckdb.sql(f"COPY ({rows}) TO '{path}' (FORMAT parquet)")
        self.lake.client("s3").upload_file(str(path), "curated", f"tables/{table}/{run}/part-0.parquet")
        entry = {"Name": "curated_sales", "StorageDescriptor": {"Columns": columns, "Location": f"{TABLES}/{table}/{run}/"}}
        self.lake.client("glue").update_table(DatabaseName="curated", TableInput=entry)

    def start(self, run: str = "") -> str:
        """Answer the event of a job's run. Return the statement's id."""
        self.runs += 1
        [identity] = self.module.handler({"detail": {"jobName": "curate", "jobRunId": run or f"jr_{self.runs}"}}, None)
        return str(identity)

    def run(self, run: str = "") -> dict[str, Any]:
        return self.warehouse.end(self.start(run))

    def rows(self) -> list[list[Any]]:
        return self.warehouse.rows("SELECT seller_id, price FROM lake.sales ORDER BY 1, 2", Database="lake")


@pytest.fixture(scope="module")
def made(server: Lake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Load]]:
    """A namespace whose users and schema the custom resource made, and roles as the template has them."""
    serverless, s3, glue = (server.client(name) for name in ("redshift-serverless", "s3", "glue"))
    s3.create_bucket(Bucket="curated")
    reads = [
        allow(["s3:GetObject"], "arn:aws:s3:::curated/tables/sales/*"),
        {**allow(["s3:ListBucket"], "arn:aws:s3:::curated"), "Condition": {"StringLike": {"s3:prefix": ["tables/sales/*"]}}},
    ]
    copies = role(server, "copies-sales", reads)
    serverless.create_namespace(namespaceName="curated", dbName="lake", manageAdminPassword=True, iamRoles=[copies])
    group = serverless.create_workgroup(workgroupName="curated", namespaceName="curated")["workgroup"]
    glue.create_database(DatabaseInput={"Name": "curated"})
    glue.create_table(
        DatabaseName="curated", TableInput={"Name": "curated_sales", "StorageDescriptor": {"Columns": [], "Location": TABLES}}
    )
    rights = [
        allow(["glue:GetTable"], "*"),
        allow(
            ["redshift-data:BatchExecuteStatement", "redshift-data:DescribeTable", "redshift-serverless:GetCredentials"],
            group["workgroupArn"],
        ),
    ]
    for name in (LOADER, "analyst"):
        role(server, name, [*rights, allow(["redshift-data:*"], "*")], "account")

    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FUNCTIONS))
        names = [path.stem for path in FUNCTIONS.glob("*.py")]
        for name in names:
            sys.modules.pop(name, None)
        as_admin, as_loader = server.client, clients_of(server, LOADER)
        patch.setattr(boto3, "client", lambda name, **_: as_admin(name))
        database = importlib.import_module("database")
        wanted = {
            "Target": {"WorkgroupName": "curated"},
            "Database": "lake",
            "Administrator": {"NamespaceName": "curated"},
            "Loader": f"IAMR:{LOADER}",
            "Readers": ["IAMR:analyst"],
        }
        for _ in range(2):
            database.prepare({"ResourceProperties": {**wanted, "Readers": ["IAMR:analyst"]}})
        patch.setenv("TARGET", '{"WorkgroupName": "curated"}')
        patch.setenv("DATABASE", "lake")
        patch.setenv("COPY_ROLE", copies)
        patch.setenv("STATEMENT_NAME", "Lake/")
        patch.setenv("TABLES", json.dumps([{**TABLE, "sortKey": ["seller_id"], "views": VIEW}]))
        module = importlib.import_module("load")
        patch.setattr(boto3, "client", lambda name, **_: as_loader(name))
        warehouse = Warehouse(server)
        asked = warehouse.run
        patch.setattr(
            warehouse, "run", lambda *sqls, **options: asked(*sqls, **{"WorkgroupName": "curated", "Database": "lake", **options})
        )
        yield lambda: Load(warehouse, module, tmp_path_factory.mktemp("files"))
        for name in names:
            sys.modules.pop(name, None)


def clients_of(lake: Lake, name: str) -> Callable[[str], Any]:
    """Return clients with the rights of a role."""
    arn = f"arn:aws:iam::000000000000:role/{name}"
    found = lake.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    session = new_session(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"], "us-east-1")
    return lambda service: session.client(service, endpoint_url=lake.endpoint)


def test_loads_of_one_table(made: Callable[[], Load]) -> None:
    load = made()
    load.publish(FIRST, "SELECT 's1' AS seller_id, 10.0::double AS price UNION ALL SELECT 's1', 5.0")
    for _ in range(2):
        assert (found := load.run())["Status"] == "FINISHED", found.get("Error")
        assert load.rows() == [["s1", 5.0], ["s1", 10.0]], "a load twice gives the same"

    load.publish(SECOND, "SELECT 's2' AS seller_id, 1.0::double AS price")
    assert load.run()["Status"] == "FINISHED"
    assert load.rows() == [["s2", 1.0]], "both runs' files are there; the catalog names the second"
    assert load.warehouse.rows("SELECT * FROM lake.per_seller") == [["s2", 1.0]]

    # half way: the transaction ends before its end
    load.publish("20260103T000000Z-00000003", "SELECT 's3' AS seller_id, 'dear' AS price")
    assert load.run()["Status"] == "FAILED"
    assert load.rows() == [["s2", 1.0]], "a load that fails leaves the rows that were there"
    load.publish("20260104T000000Z-00000004", "SELECT 's4' AS seller_id, 4.0::double AS price")
    assert load.run()["Status"] == "FINISHED"
    assert load.rows() == [["s4", 4.0]]

    wider = [*COLUMNS, {"Name": "day", "Type": "date"}]
    load.publish("20260105T000000Z-00000005", "SELECT 's5' AS seller_id, 5.0::double AS price, DATE '2026-01-05' AS day", columns=wider)
    assert (found := load.run())["Status"] == "FINISHED", found.get("Error")
    assert load.warehouse.rows("SELECT seller_id, day FROM lake.sales") == [["s5", "2026-01-05"]]

    load.publish("20260106T000000Z-00000006", "SELECT 'x' AS seller_id, 1.0::double AS price, DATE '2026-01-06' AS day", "secret", wider)
    found = load.run()
    assert found["Status"] == "FAILED", "COPY's role reads no other table's prefix"
    assert "Access" in found["Error"] or "denied" in found["Error"].lower(), found["Error"]
    assert load.rows() == [["s5", 5.0]]


def test_a_reader_reads_and_writes_nothing(made: Callable[[], Load]) -> None:
    load = made()
    reader = Warehouse(load.lake, clients_of(load.lake, "analyst")("redshift-data"))
    there = {"WorkgroupName": "curated", "Database": "lake"}
    assert reader.rows("SELECT count(*) FROM lake.sales", **there) == [[1]]
    for sql in (
        "DELETE FROM lake.sales",
        "INSERT INTO lake.sales (seller_id) VALUES ('mine')",
        "UPDATE lake.sales SET price = 0",
        "DROP TABLE lake.sales",
        "CREATE TABLE lake.mine (x int)",
        "CREATE TABLE public.mine (x int)",
    ):
        assert "permission denied" in (error := reader.error(sql, **there)) or "must be owner" in error, (sql, error)


def test_a_decimal_with_more_digits_is_not_rounded_into_the_table_that_is_there(made: Callable[[], Load]) -> None:
    load = made()
    rows = "SELECT 's6' AS seller_id, 6.0::double AS price, {} AS fee"

    def fee(kind: str) -> list[dict[str, str]]:
        return [*COLUMNS, {"Name": "fee", "Type": kind}]

    load.publish("20260107T000000Z-00000007", rows.format("1.25::decimal(10,2)"), columns=fee("decimal(10,2)"))
    assert (found := load.run("jr_scale_first"))["Status"] == "FINISHED", found.get("Error")

    load.publish("20260108T000000Z-00000008", rows.format("1.2345::decimal(12,4)"), columns=fee("decimal(12,4)"))
    with pytest.raises(Exception, match=r"another type now: fee from decimal\(10,2\) to decimal\(12,4\)"):
        load.run("jr_scale_more")
    assert load.warehouse.rows("SELECT fee FROM lake.sales") == [["1.25"]]

    load.publish("20260109T000000Z-00000009", rows.format("12.3::decimal(12,1)"), columns=fee("decimal(12,1)"))
    assert (found := load.run("jr_scale_less"))["Status"] == "FINISHED", found.get("Error")
    assert load.warehouse.rows("SELECT fee FROM lake.sales") == [["12.30"]]


@pytest.mark.parametrize("killed", ["backend", "server"])
def test_a_load_that_is_killed_half_way_leaves_what_was_there(made: Callable[[], Load], killed: str) -> None:
    load = made()
    rows = "SELECT 'k' || i AS seller_id, i::double AS price{} FROM range({}) t(i)"
    columns = [*COLUMNS, {"Name": "day", "Type": "date"}]
    load.publish(f"20260201T000000Z-{killed}", rows.format(", DATE '2026-02-01' AS day", 3), columns=columns)
    assert (found := load.run(f"jr_{killed}_small"))["Status"] == "FINISHED", found.get("Error")
    before = load.rows()
    assert before == [["k0", 0.0], ["k1", 1.0], ["k2", 2.0]]

    load.publish(f"20260202T000000Z-{killed}", rows.format(", DATE '2026-02-02' AS day", 1_000_000), columns=columns)
    statement = load.start(f"jr_{killed}_large")
    backend = _copying(load, statement)
    [server] = (load.lake.state_dir / "warehouse").glob("namespace-curated/pgdata/postmaster.pid")
    os.kill(backend if killed == "backend" else int(server.read_text().splitlines()[0]), signal.SIGKILL)
    found = load.warehouse.end(statement)
    assert found["Status"] == "FAILED"
    assert load.rows() == before, "a reader sees the old rows"

    assert (found := load.run(f"jr_{killed}_again"))["Status"] == "FINISHED", found.get("Error")
    figures = "SELECT count(*), count(DISTINCT seller_id), sum(price) FROM lake.sales"
    assert load.warehouse.rows(figures) == [[1_000_000, 1_000_000, 499_999_500_000.0]]
    assert load.warehouse.rows("SELECT count(*) FROM lake.per_seller WHERE value >= 0") == [[1_000_000]]


def _copying(load: Load, statement: str, seconds: float = 120) -> int:
    """Return the process of a load that is in the middle of its COPY."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = load.warehouse.data.describe_statement(Id=statement)
        for part in found.get("SubStatements", []):
            if part["QueryString"].startswith("COPY") and part["Status"] == "STARTED" and found["RedshiftPid"]:
                return int(found["RedshiftPid"])
        time.sleep(0.005)
    raise TimeoutError(statement)
