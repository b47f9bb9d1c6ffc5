"""What the roles and users of a warehouse and of an Aurora database may do, tried: each row of their tables in docs/access-matrix.md."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pytest
from botocore.exceptions import ClientError
from lake_local.lake.client import Lake
from lake_local.lake.personas import role_of
from lake_local.sessions import new_session

from .access.matrix import PAGE, rows
from .conftest import Command

APP = Path(__file__).parent / "apps" / "warehouse"
ROWS = rows(PAGE.read_text("utf-8"), "The warehouse")
DATABASE_ROWS = rows(PAGE.read_text("utf-8"), "The Aurora database")
LOADED, OTHER = "tables/seller_performance/run/part-0.parquet", "tables/other/run/part-0.parquet"
COLUMNS = {
    **dict.fromkeys(("review_id", "order_id", "seller_id", "sr_id", "sdr_id", "mql_id"), "string"),
    "review_score": "int",
    "declared_monthly_revenue": "double",
}
ROW = "'r' AS review_id, 'o' AS order_id, 's' AS seller_id, 'x' AS sr_id, 'd' AS sdr_id, 'm' AS mql_id, 5 AS review_score, 7.0::double AS v"
SQL = {
    "query the warehouse": "SELECT seller_id FROM lake.seller_performance",
    "delete rows of the warehouse": "DELETE FROM lake.seller_performance",
    "make a table in the warehouse": "CREATE TABLE lake.mine (x int)",
}
SQL |= {attempt.replace("warehouse", "database"): sql for attempt, sql in SQL.items()}


@dataclass
class Guarded:
    """The deployed lake, whose warehouse has one row."""

    command: Command

    @property
    def lake(self) -> Lake:
        return self.command.lake

    @cached_property
    def outputs(self) -> dict[str, str]:
        return self.command.outputs("Guarded")

    @cached_property
    def target(self) -> dict[str, str]:
        [group] = self.lake.client("redshift-serverless").list_workgroups()["workgroups"]
        return {"WorkgroupName": group["workgroupName"], "Database": "lake"}

    @cached_property
    def workgroup(self) -> str:
        return str(
            self.lake.client("redshift-serverless").get_workgroup(workgroupName=self.target["WorkgroupName"])["workgroup"]["workgroupArn"]
        )

    def secret(self, pattern: str) -> str:
        found = self.lake.client("secretsmanager").list_secrets()["SecretList"]
        [arn] = [one["ARN"] for one in found if re.search(pattern, one["Name"])]
        return str(arn)

    def object_arn(self, zone: str, key: str) -> str:
        return f"arn:aws:s3:::{self.lake.model().zone(zone).bucket}/{key}"

    @property
    def exports(self) -> str:
        """The objects that Athena exports to."""
        [bucket] = [
            one.physical_id for one in self.lake.model().resources if re.fullmatch(r"DatabaseLoadExportsResults\w{8}", one.logical_id)
        ]
        return f"arn:aws:s3:::{bucket}/"

    @property
    def key_of_exports(self) -> str:
        [key] = [one.physical_id for one in self.lake.model().resources if re.fullmatch(r"DatabaseKey\w{8}", one.logical_id)]
        return f"arn:aws:kms:{self.lake.region}:{self.lake.account}:key/{key}"

    def table_arn(self, table: str) -> str:
        database = self.lake.model().databases["curated"]
        return f"arn:aws:glue:{self.lake.region}:{self.lake.account}:table/{database}/curated_{table}"

    def load(self, run: str) -> None:
        """Let the loader load what the catalog names, as the event of the job's run does."""
        [statement] = self.invoke("LakeWarehouseLoadLoaderFunction", run)
        assert self.ended(self.lake.client("redshift-data"), statement)["Status"] == "FINISHED"

    def invoke(self, loader: str, run: str) -> list[str]:
        model = self.lake.model()
        [name] = [one.physical_id for one in model.resources if re.fullmatch(loader + r"\w{8}", one.logical_id)]
        event = {"detail": {"jobName": model.jobs["seller_performance"], "jobRunId": run}}
        found: list[str] = json.loads(self.lake.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))["Payload"].read())
        return found

    def ended(self, data: Any, statement: str) -> dict[str, Any]:
        """Wait for a statement's end."""
        while True:
            found: dict[str, Any] = data.describe_statement(Id=statement)
            if found["Status"] in ("FINISHED", "FAILED", "ABORTED"):
                return found
            time.sleep(0.02)

    def session(self, persona: str, clearance: str) -> Callable[[str], Any]:
        """Return what makes clients of a persona's session."""
        name = role_of(self.lake.model(), persona, None).name
        arn = self.lake.client("iam").get_role(RoleName=name)["Role"]["Arn"]
        tags = [{"Key": "clearance", "Value": clearance}]
        found = self.lake.client("sts").assume_role(RoleArn=arn, RoleSessionName=persona, Tags=tags)["Credentials"]
        session = new_session(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"], self.lake.region)
        return lambda service: session.client(service, endpoint_url=self.lake.endpoint)


@pytest.fixture(scope="module")
def guarded(new_lake: Callable[..., Command], tmp_path_factory: pytest.TempPathFactory) -> Guarded:
    command = new_lake(folder=APP)
    command("up")
    made = Guarded(command)
    lake, bucket, steward = made.lake, made.lake.model().zone("curated").bucket, made.session("steward", "secret")("s3")
    file = tmp_path_factory.mktemp("files") / "part-0.parquet"
    duckdb.sql(f"COPY (SELECT {ROW}) TO '{file}' (FORMAT parquet)")
    for key, classification in ((LOADED, "restricted"), (OTHER, "proprietary")):
        tagging = f"data-classification={classification}"
        steward.put_object(Bucket=bucket, Key=key, Body=file.read_bytes(), Tagging=tagging)
    storage = {
        "Columns": [{"Name": name, "Type": kind} for name, kind in COLUMNS.items()],
        "Location": f"s3://{bucket}/tables/seller_performance/run/",
    }
    table = {"Name": "curated_seller_performance", "StorageDescriptor": storage}
    lake.client("glue").update_table(DatabaseName=lake.model().databases["curated"], TableInput=table)
    made.load("jr_first")
    assert made.invoke("DatabaseLoadLoaderFunction", "jr_first") == ["seller_performance: 1"]
    return made


def decision(guarded: Guarded, role: str, action: str, resource: str, **keys: str) -> str:
    found = guarded.lake.internal("iam/decisions", role=role, action=action, resource=resource, keys=json.dumps(keys))["decisions"]
    return "allow" if all(one["decision"] == "Allow" for one in found) else "no right"


def of_copy(guarded: Guarded, attempt: str) -> str:
    bucket = guarded.object_arn("curated", "").rstrip("/")
    through_s3 = {"kms:ViaService": f"s3.{guarded.lake.region}.amazonaws.com"}
    asked: dict[str, tuple[str, str, dict[str, str]]] = {
        "read the files of the table that is loaded": ("s3:GetObject", f"{bucket}/{LOADED}", {}),
        "decrypt with the curated zone's key": ("kms:Decrypt", guarded.outputs["Key"], through_s3),
        "read the files of the other curated table": ("s3:GetObject", f"{bucket}/{OTHER}", {}),
        "list the files of the other curated table": ("s3:ListBucket", bucket, {"s3:prefix": "tables/other/"}),
        "read the raw zone": ("s3:GetObject", guarded.object_arn("raw", "tables/order_items/x.parquet"), {}),
        "decrypt with the raw zone's key": ("kms:Decrypt", guarded.outputs["RawKey"], through_s3),
        "write a file of the table that is loaded": ("s3:PutObject", f"{bucket}/{LOADED}", {}),
    }
    action, resource, keys = asked[attempt]
    return decision(guarded, guarded.outputs["CopyRole"], action, resource, **keys)


def of_loader(guarded: Guarded, attempt: str) -> str:
    asked = {
        "start a load": ("redshift-data:BatchExecuteStatement", guarded.workgroup),
        "read the catalog's entry of the table that is loaded": ("glue:GetTable", guarded.table_arn("seller_performance")),
        "read the catalog's entry of the other curated table": ("glue:GetTable", guarded.table_arn("other")),
        "read the files of the table that is loaded": ("s3:GetObject", guarded.object_arn("curated", LOADED)),
        "read the rows of a statement": ("redshift-data:GetStatementResult", "*"),
        "read the administrator's secret": ("secretsmanager:GetSecretValue", guarded.secret("^redshift!")),
    }
    return decision(guarded, guarded.outputs["Loader"], *asked[attempt])


def of_persona(guarded: Guarded, persona: str, clearance: str, attempt: str) -> str:
    client = guarded.session(persona, clearance)
    secrets = {"read the administrator's secret": "^redshift!", "read QuickSight's secret": "QuickSight"}
    if attempt in secrets:
        return called(lambda: client("secretsmanager").get_secret_value(SecretId=guarded.secret(secrets[attempt])))
    return asked_of_database(guarded, client("redshift-data"), SQL[attempt])


def of_import(guarded: Guarded, attempt: str) -> str:
    curated, export = guarded.object_arn("curated", LOADED), f"{guarded.exports}export/one.csv"
    through_s3 = {"kms:ViaService": f"s3.{guarded.lake.region}.amazonaws.com"}
    asked: dict[str, tuple[str, str, dict[str, str]]] = {
        "read an export": ("s3:GetObject", export, {}),
        "decrypt an export": ("kms:Decrypt", guarded.key_of_exports, through_s3),
        "write an export": ("s3:PutObject", export, {}),
        "read the files of the table that is loaded": ("s3:GetObject", curated, {}),
        "decrypt with the curated zone's key": ("kms:Decrypt", guarded.outputs["Key"], through_s3),
    }
    action, resource, keys = asked[attempt]
    return decision(guarded, guarded.outputs["ImportRole"], action, resource, **keys)


def of_database_loader(guarded: Guarded, attempt: str) -> str:
    asked = {
        "read the files of the table that is loaded": ("s3:GetObject", guarded.object_arn("curated", LOADED)),
        "read the files of the other curated table": ("s3:GetObject", guarded.object_arn("curated", OTHER)),
        "read the catalog's entry of the other curated table": ("glue:GetTable", guarded.table_arn("other")),
        "read the raw zone": ("s3:GetObject", guarded.object_arn("raw", "tables/order_items/x.parquet")),
        "write a file of the table that is loaded": ("s3:PutObject", guarded.object_arn("curated", LOADED)),
        "query the database": ("rds-data:ExecuteStatement", guarded.outputs["Cluster"]),
    }
    return decision(guarded, guarded.outputs["DatabaseLoader"], *asked[attempt])


def of_reader_of_database(guarded: Guarded, persona: str, clearance: str, attempt: str) -> str:
    client = guarded.session(persona, clearance)
    if attempt == "read the administrator's secret":
        return called(lambda: client("secretsmanager").get_secret_value(SecretId=guarded.secret("^rds!")))
    target = {"resourceArn": guarded.outputs["Cluster"], "secretArn": guarded.outputs["Reader"], "database": "lake"}

    def ask() -> None:
        data = client("rds-data")
        try:
            answer = data.execute_statement(sql=SQL[attempt], **target)
        except data.exceptions.DatabaseErrorException as error:
            raise PermissionError(str(error)) from error
        assert answer["records"] == [[{"stringValue": "s"}]]

    return called(ask)


def of_quicksight(guarded: Guarded, attempt: str) -> str:
    """QuickSight is there with the user and password of its secret."""
    return asked_of_database(guarded, guarded.lake.client("redshift-data"), SQL[attempt], SecretArn=guarded.secret("QuickSight"))


def asked_of_database(guarded: Guarded, data: Any, sql: str, **user: str) -> str:
    def ask() -> None:
        statement = data.execute_statement(Sql=sql, **guarded.target, **user)["Id"]
        if (found := guarded.ended(data, statement))["Status"] != "FINISHED":
            raise PermissionError(found["Error"])
        if sql.startswith("SELECT"):
            assert data.get_statement_result(Id=statement)["Records"] == [[{"stringValue": "s"}]]

    return called(ask)


def called(call: Callable[[], object]) -> str:
    try:
        call()
    except PermissionError as error:
        assert "permission denied" in str(error), error
        return "refused by the database"
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDeniedException", error
        return "no right"
    return "allow"


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['who']}: {row['attempt']}" for row in ROWS])
def test_what_the_page_says(guarded: Guarded, row: dict[str, str]) -> None:
    who, attempt = row["who"], row["attempt"]
    if persona := re.fullmatch(r"the (\w+), cleared for `(\w+)`", who):
        found = of_persona(guarded, persona[1], persona[2], attempt)
    else:
        found = {"COPY's role": of_copy, "the loader": of_loader, "QuickSight's user": of_quicksight}[who](guarded, attempt)
    assert found == row["answer"]


@pytest.mark.parametrize("row", DATABASE_ROWS, ids=[f"{row['who']}: {row['attempt']}" for row in DATABASE_ROWS])
def test_what_the_page_says_of_the_database(guarded: Guarded, row: dict[str, str]) -> None:
    who, attempt = row["who"], row["attempt"]
    if persona := re.fullmatch(r"the (\w+), cleared for `(\w+)`", who):
        found = of_reader_of_database(guarded, persona[1], persona[2], attempt)
    else:
        found = {"the import role": of_import, "the loader": of_database_loader}[who](guarded, attempt)
    assert found == row["answer"]


def test_a_load_leaves_what_it_does_not_load_alone(guarded: Guarded) -> None:
    """A location of the other table, which somebody has put into the catalog, is refused by COPY's role; the rows stay."""
    glue, database = guarded.lake.client("glue"), guarded.lake.model().databases["curated"]
    table = glue.get_table(DatabaseName=database, Name="curated_seller_performance")["Table"]
    moved = {**table["StorageDescriptor"], "Location": table["StorageDescriptor"]["Location"].replace("/seller_performance/", "/other/")}
    glue.update_table(DatabaseName=database, TableInput={"Name": table["Name"], "StorageDescriptor": moved})
    with pytest.raises(AssertionError):
        guarded.load("jr_moved")
    glue.update_table(DatabaseName=database, TableInput={"Name": table["Name"], "StorageDescriptor": table["StorageDescriptor"]})
    assert of_quicksight(guarded, "query the warehouse") == "allow"
