"""A stack with a warehouse: deployed, filled with what Athena wrote, asked, changed and deleted; and `lake` beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from lake_local.lake.client import Lake

from .conftest import Warehouse

LOCAL = Path(__file__).resolve().parents[2]
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "redshift.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
READS = {
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::files", "arn:aws:s3:::files/*"]}
    ]
}


def template(capacity: str) -> dict[str, Any]:
    return {
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {"AssumeRolePolicyDocument": TRUST, "Policies": [{"PolicyName": "p", "PolicyDocument": READS}]},
            },
            "Namespace": {
                "Type": "AWS::RedshiftServerless::Namespace",
                "Properties": {
                    "NamespaceName": "store",
                    "DbName": "sales",
                    "ManageAdminPassword": True,
                    "IamRoles": [{"Fn::GetAtt": ["Role", "Arn"]}],
                    "DefaultIamRoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                    "LogExports": ["userlog", "connectionlog"],
                    "Tags": [{"Key": "team", "Value": "data"}],
                },
            },
            "Workgroup": {
                "Type": "AWS::RedshiftServerless::Workgroup",
                "Properties": {
                    "WorkgroupName": "store",
                    "NamespaceName": {"Ref": "Namespace"},
                    "BaseCapacity": capacity,
                    "MaxCapacity": 64,
                    "ConfigParameters": [{"ParameterKey": "require_ssl", "ParameterValue": "true"}],
                },
            },
            "Cluster": {
                "Type": "AWS::Redshift::Cluster",
                "Properties": {
                    "ClusterType": "multi-node",
                    "NumberOfNodes": "2",
                    "NodeType": "ra3.large",
                    "DBName": "sales",
                    "MasterUsername": "boss",
                    "ManageMasterPassword": True,
                },
            },
        },
        "Outputs": {
            "Arn": {"Value": {"Fn::GetAtt": ["Workgroup", "Workgroup.WorkgroupArn"]}},
            "Port": {"Value": {"Fn::GetAtt": ["Workgroup", "Workgroup.Endpoint.Port"]}},
            "Cluster": {"Value": {"Ref": "Cluster"}},
            "Address": {"Value": {"Fn::GetAtt": ["Cluster", "Endpoint.Address"]}},
        },
    }


def deploy(lake: Lake, name: str, body: dict[str, Any], verb: str = "create") -> dict[str, Any]:
    cloudformation = lake.client("cloudformation")
    getattr(cloudformation, f"{verb}_stack")(StackName=name, TemplateBody=json.dumps(body), Capabilities=["CAPABILITY_IAM"])
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        [stack] = cloudformation.describe_stacks(StackName=name)["Stacks"]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return dict(stack)
        time.sleep(0.05)
    raise TimeoutError(name)


def lake_command(lake: Lake, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "lake_local", *arguments, "--state", str(lake.state_dir)],
        env={**os.environ, "PYTHONPATH": str(LOCAL)},
        capture_output=True,
        text=True,
    )
    return done.stdout + done.stderr


def test_a_stack_makes_a_database(server: Lake) -> None:
    assert "there is no warehouse" in lake_command(server, "query", "--warehouse", "select 1")
    stack = deploy(server, "warehouse", template("8"))
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    assert outputs["Arn"].startswith("arn:aws:redshift-serverless:us-east-1:000000000000:workgroup/")
    assert int(outputs["Port"]) > 1024 and outputs["Address"] == "127.0.0.1"
    # Nobody waits for it: it starts while the rest is deployed.
    deadline = time.monotonic() + 120
    while len(list((server.state_dir / "warehouse").glob("*/pgdata/postmaster.pid"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert time.monotonic() < deadline

    s3, athena, glue = server.client("s3"), server.client("athena"), server.client("glue")
    s3.create_bucket(Bucket="files")
    glue.create_database(DatabaseInput={"Name": "shop"})
    made = (
        "CREATE TABLE shop.scores WITH (format = 'PARQUET', external_location = 's3://files/scores/') AS "
        "SELECT * FROM (VALUES ('a', 5), ('a', 2), ('b', 4)) AS t(seller_id, score)"
    )
    begun = athena.start_query_execution(QueryString=made, ResultConfiguration={"OutputLocation": "s3://files/results/"})
    while athena.get_query_execution(QueryExecutionId=begun["QueryExecutionId"])["QueryExecution"]["Status"]["State"] in (
        "QUEUED",
        "RUNNING",
    ):
        time.sleep(0.05)

    for target in ({"WorkgroupName": "store"}, {"ClusterIdentifier": outputs["Cluster"]}):
        asked = Warehouse(server)
        place = {"WorkgroupName": None, **target, "Database": "sales"}
        place = {key: value for key, value in place.items() if value}

        def run(*sqls: str, place: dict[str, str] = place, asked: Warehouse = asked) -> dict[str, Any]:
            begun = asked.data.batch_execute_statement(Sqls=list(sqls), **place)["Id"]
            return asked.end(begun)

        if "ClusterIdentifier" in target:
            [arn] = [one["Arn"] for one in server.client("iam").list_roles()["Roles"] if one["RoleName"].startswith("warehouse-Role")]
            server.client("redshift").modify_cluster_iam_roles(
                ClusterIdentifier=outputs["Cluster"], AddIamRoles=[arn], DefaultIamRoleArn=arn
            )
            role = f"'{arn}'"
        else:
            role = "default"
        found = run(
            "CREATE SCHEMA lake",
            "CREATE TABLE lake.scores (seller_id VARCHAR(32), score INT) DISTSTYLE EVEN SORTKEY (seller_id)",
            f"COPY lake.scores FROM 's3://files/scores/' IAM_ROLE {role} FORMAT AS PARQUET",
            "SELECT seller_id, avg(cast(score AS double precision)) FROM lake.scores GROUP BY 1 ORDER BY 2 DESC",
        )
        assert found["Status"] == "FINISHED", found["Error"]
        records = asked.data.get_statement_result(Id=found["Id"])["Records"]
        assert records == [[{"stringValue": "b"}, {"doubleValue": 4.0}], [{"stringValue": "a"}, {"doubleValue": 3.5}]]


def test_the_command_asks_it(server: Lake) -> None:
    sql = "SELECT seller_id, count(*) AS n FROM lake.scores GROUP BY 1 ORDER BY 1"
    assert "there are several: name one with --workgroup" in lake_command(server, "query", "--warehouse", sql)
    shown = lake_command(server, "query", "--warehouse", "--workgroup", "store", sql, "-o", "csv")
    assert shown.splitlines()[:3] == ["seller_id,n", "a,2", "b,1"]
    assert "not known to give Redshift's answer" in lake_command(
        server, "query", "--warehouse", "--workgroup", "store", "SELECT json_parse('1')"
    )


def test_clients_of_postgresql_connect(server: Lake) -> None:
    given = json.loads(lake_command(server, "env", "--warehouse", "--workgroup", "store", "-o", "json"))
    assert (given["PGDATABASE"], given["PGUSER"], given["PGHOST"]) == ("sales", "admin", "127.0.0.1")
    place = {"host": given["PGHOST"], "port": given["PGPORT"], "user": given["PGUSER"], "dbname": "sales", "password": given["PGPASSWORD"]}
    with psycopg.connect(**place) as connection:
        assert connection.execute("SELECT count(*) FROM lake.scores").fetchone() == (3,)
        with pytest.raises(psycopg.Error):
            connection.execute("SELECT pg_read_file('/etc/passwd')")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(**{**place, "password": "wrong"})


def test_a_stack_changes_and_goes(server: Lake) -> None:
    assert deploy(server, "warehouse", template("16"), "update")["StackStatus"] == "UPDATE_COMPLETE"
    assert server.client("redshift-serverless").get_workgroup(workgroupName="store")["workgroup"]["baseCapacity"] == 16
    server.client("cloudformation").delete_stack(StackName="warehouse")
    deadline = time.monotonic() + 120
    while list((server.state_dir / "warehouse").glob("*-*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not list((server.state_dir / "warehouse").glob("namespace-*")) and not list((server.state_dir / "warehouse").glob("cluster-*"))
    assert server.client("redshift-serverless").list_namespaces()["namespaces"] == []


def test_a_wrong_property_fails_the_stack(server: Lake) -> None:
    wrong = template("9")
    stack = deploy(server, "wrong", wrong)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = server.client("cloudformation").describe_stack_events(StackName="wrong")["StackEvents"]
    assert any("multiple of 8" in one.get("ResourceStatusReason", "") for one in events)
