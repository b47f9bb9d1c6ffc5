"""The Redshift Data API, by boto3."""

from __future__ import annotations

import json
import time

import pytest
from botocore.exceptions import ClientError

from .conftest import Warehouse


def test_statement_and_result(warehouse: Warehouse) -> None:
    warehouse.ok("create table one (a int, b varchar(20), c decimal(10,2), d boolean, e float8, f date)")
    warehouse.ok("insert into one values (1, 'x', 2.50, true, 0.5, '2018-01-31'), (2, null, null, null, null, null)")
    found = warehouse.ok("select * from one order by a", StatementName="named")
    assert (found["HasResultSet"], found["ResultRows"], found["Database"], found["WorkgroupName"]) == (True, 2, "dev", "shop")
    answer = warehouse.data.get_statement_result(Id=found["Id"])
    first = [{"longValue": 1}, {"stringValue": "x"}, {"stringValue": "2.50"}, {"booleanValue": True}, {"doubleValue": 0.5}]
    assert answer["Records"][0] == [*first, {"stringValue": "2018-01-31"}]
    assert answer["Records"][1][1:] == [{"isNull": True}] * 5
    assert [one["typeName"] for one in answer["ColumnMetadata"]] == ["int4", "varchar", "numeric", "bool", "float8", "date"]
    assert [(one["precision"], one["scale"]) for one in answer["ColumnMetadata"]][2] == (10, 2)
    [listed] = warehouse.data.list_statements(StatementName="named")["Statements"]
    assert listed["QueryString"] == "select * from one order by a"


def test_batch_is_one_transaction(warehouse: Warehouse) -> None:
    warehouse.ok("create table pair (a int)")
    found = warehouse.run("insert into pair values (1)", "select count(*) from pair", "insert into pair values ('x')")
    assert found["Status"] == "FAILED" and found["Error"].startswith("Query #3 failed with ERROR: ")
    assert [one["Status"] for one in found["SubStatements"]] == ["FINISHED", "FINISHED", "FAILED"]
    assert warehouse.rows("select count(*) from pair") == [[0]]
    found = warehouse.ok("insert into pair values (1)", "select count(*) from pair")
    [[field]] = warehouse.data.get_statement_result(Id=f"{found['Id']}:2")["Records"]
    assert field == {"longValue": 1}


def test_a_token_runs_once(warehouse: Warehouse) -> None:
    warehouse.ok("create table once (a int)")
    wanted = {"Sql": "insert into once values (1)", "WorkgroupName": "shop", "Database": "dev", "ClientToken": "t1"}
    first, second = (warehouse.data.execute_statement(**wanted)["Id"] for _ in range(2))
    assert first == second and warehouse.end(first)["Status"] == "FINISHED"
    assert warehouse.rows("select count(*) from once") == [[1]]


def test_cancel(warehouse: Warehouse) -> None:
    warehouse.ok("create table many as select 1 as a union all select 2")
    joined = ", ".join(f"many m{i}" for i in range(40))
    began = warehouse.data.execute_statement(Sql=f"select count(*) from {joined}", WorkgroupName="shop", Database="dev")["Id"]
    time.sleep(0.3)
    assert warehouse.data.cancel_statement(Id=began)["Status"] is True
    assert warehouse.end(began)["Status"] == "ABORTED"
    with pytest.raises(ClientError, match="already in ABORTED state"):
        warehouse.data.cancel_statement(Id=began)


def test_the_end_is_an_event(warehouse: Warehouse) -> None:
    events, sqs = warehouse.lake.client("events"), warehouse.lake.client("sqs")
    queue = sqs.create_queue(QueueName="ends")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.redshift-data"], "detail-type": ["Redshift Data Statement Status Change"]}
    events.put_rule(Name="ends", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="ends", Targets=[{"Id": "q", "Arn": arn}])
    ended = [warehouse.run("select 1", WithEvent=True, StatementName="good"), warehouse.run("select 1/0", WithEvent=True)]
    warehouse.run("select 2")
    got = {}
    deadline = time.monotonic() + 120
    while len(got) < 2 and time.monotonic() < deadline:
        for message in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1, MaxNumberOfMessages=10).get("Messages", []):
            event = json.loads(message["Body"])
            got[event["detail"]["statementId"]] = event
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    assert [got[one["Id"]]["detail"]["state"] for one in ended] == ["FINISHED", "FAILED"] and len(got) == 2
    event = got[ended[0]["Id"]]
    assert event["detail"]["statementName"] == "good" and event["detail"]["rows"] == 1
    assert event["resources"][0].startswith("arn:aws:redshift-serverless:us-east-1:000000000000:workgroup/")


def test_names_of_what_is_there(warehouse: Warehouse) -> None:
    warehouse.ok("create schema shop")
    warehouse.ok("create table shop.goods (id int not null, name varchar(10) default 'x')")
    target = {"WorkgroupName": "shop", "Database": "dev"}
    assert warehouse.data.list_databases(**target)["Databases"] == ["dev"]
    assert "shop" in warehouse.data.list_schemas(**target)["Schemas"]
    tables = warehouse.data.list_tables(**target, SchemaPattern="shop")["Tables"]
    assert tables == [{"name": "goods", "schema": "shop", "type": "TABLE"}]
    columns = warehouse.data.describe_table(**target, Schema="shop", Table="goods")["ColumnList"]
    assert [(one["name"], one["typeName"], one["nullable"], one["length"]) for one in columns] == [
        ("id", "int4", 0, 0),
        ("name", "varchar", 1, 10),
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"Sql": "select 1", "Database": "dev"}, "Either ClusterIdentifier or WorkgroupName"),
        ({"Sql": "select 1", "WorkgroupName": "shop"}, "Database is required"),
        ({"Sql": " ; ", "WorkgroupName": "shop", "Database": "dev"}, "is empty"),
        ({"Sql": "select 1", "WorkgroupName": "none", "Database": "dev"}, "endpoint doesn't exist"),
        ({"Sql": "select 1", "WorkgroupName": "shop", "Database": "dev", "DbUser": "x"}, "DbUser is not a parameter of a workgroup"),
    ],
)
def test_calls_are_checked(warehouse: Warehouse, given: dict[str, str], message: str) -> None:
    with pytest.raises(ClientError, match=message):
        warehouse.data.execute_statement(**given)


def test_a_name_that_no_table_can_have_is_refused(warehouse: Warehouse) -> None:
    with pytest.raises(ClientError, match="ValidationException.*NUL"):
        warehouse.data.describe_table(WorkgroupName="shop", Database="dev", Schema="public", Table="a\0b")


def test_a_database_that_is_not_there(warehouse: Warehouse) -> None:
    assert 'database "nowhere" does not exist' in warehouse.error("select 1", Database="nowhere")
