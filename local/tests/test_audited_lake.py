"""An audited lake: a persona's denied read is found by Athena in the trail's files, and what must not happen unseen raises its alarm."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from lake_local.lake import audit
from lake_local.lake.client import Lake
from lake_local.lake.personas import role_of
from lake_local.sessions import new_session

from .conftest import Command
from .waiting import until

APP = Path(__file__).parent / "apps" / "audited"
ACCOUNT = "000000000000"
KEY = "tables/salaries/2018.csv"
# The documented table of a trail's files, with the columns that say who, what and why.
# https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table-understanding.html
TABLE = """
    CREATE EXTERNAL TABLE IF NOT EXISTS default.calls (
      eventtime string, eventname string, errorcode string, errormessage string, requestparameters string,
      useridentity struct<type:string,arn:string,sessioncontext:struct<sessionissuer:struct<type:string,username:string,arn:string>>>,
      resources array<struct<arn:string,accountid:string,type:string>>
    )
    ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
    STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'
    OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
    LOCATION 's3://{bucket}/AWSLogs/{account}/CloudTrail/{region}/'"""
DENIED = """
    SELECT useridentity.arn, useridentity.sessioncontext.sessionissuer.username, eventname, resources[1].arn, errorcode, errormessage
    FROM calls WHERE errorcode = 'AccessDenied' AND useridentity.type = 'AssumedRole' AND eventname = 'GetObject'"""


@dataclass
class World:
    """The deployed lake. `told` are the alarms that its topic has told of, in order."""

    lake: Lake
    outputs: dict[str, str]
    told: list[str] = field(default_factory=list)

    def persona(self, persona: str, session: str, clearance: str = "proprietary") -> Any:
        """Return a client of S3 with a session of a persona."""
        role = role_of(self.lake.model(), persona, None).name
        arn = self.lake.client("iam").get_role(RoleName=role)["Role"]["Arn"]
        tags = [{"Key": "clearance", "Value": clearance}]
        made = self.lake.client("sts").assume_role(RoleArn=arn, RoleSessionName=session, Tags=tags)["Credentials"]
        credentials = new_session(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"], self.lake.region)
        settings = Config(s3={"addressing_style": "path"}, ignore_configured_endpoint_urls=True)
        return credentials.client("s3", endpoint_url=self.lake.endpoint, config=settings)

    def read_secret(self, persona: str, session: str) -> None:
        with pytest.raises(ClientError, match="AccessDenied"):
            self.persona(persona, session).get_object(Bucket=self.outputs["Raw"], Key=KEY)

    def query(self, sql: str) -> list[list[str | None]]:
        athena = self.lake.client("athena")
        started = athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": "default"},
            ResultConfiguration={"OutputLocation": "s3://investigation/"},
        )["QueryExecutionId"]
        status = until(lambda: ended(athena, started))
        assert status["State"] == "SUCCEEDED", status
        rows = athena.get_query_results(QueryExecutionId=started)["ResultSet"]["Rows"][1:]
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows]

    def alarm(self, name: str) -> dict[str, Any] | None:
        """Return what the topic has told of the alarm of that construct, once it has."""
        sqs = self.lake.client("sqs")
        for message in sqs.receive_message(QueueUrl=self.outputs["ListenerUrl"], MaxNumberOfMessages=10).get("Messages", []):
            sqs.delete_message(QueueUrl=self.outputs["ListenerUrl"], ReceiptHandle=message["ReceiptHandle"])
            self.told.append(json.loads(message["Body"])["Message"])
        alarms = (json.loads(text) for text in self.told)
        return next((one for one in alarms if name in one["AlarmName"] and one["NewStateValue"] == "ALARM"), None)


def ended(athena: Any, identity: str) -> dict[str, Any] | None:
    status: dict[str, Any] = athena.get_query_execution(QueryExecutionId=identity)["QueryExecution"]["Status"]
    return status if status["State"] in ("SUCCEEDED", "FAILED", "CANCELLED") else None


@pytest.fixture(scope="module")
def world(new_lake: Callable[..., Command]) -> Iterator[World]:
    command = new_lake(folder=APP)
    command("up")
    made = World(command.lake, command.outputs("Audited"))
    made.lake.client("s3").create_bucket(Bucket="investigation")
    steward = made.persona("steward", "ann", "secret")
    steward.put_object(Bucket=made.outputs["Raw"], Key=KEY, Body=b"ann,7\n", Tagging="data-classification=secret")
    yield made


def test_athena_finds_who_was_denied_what_and_by_which_statement(world: World) -> None:
    lake, raw = world.lake, world.outputs["Raw"]
    world.read_secret("scientist", "eve")
    world.query("CREATE DATABASE IF NOT EXISTS default")
    world.query(TABLE.format(bucket=world.outputs["Logs"], account=ACCOUNT, region=lake.region))
    role = role_of(lake.model(), "scientist", None).name
    [row] = until(lambda: world.query(DENIED))
    who, issuer, what, on, code, why = row
    assert who == f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/eve"
    assert (issuer, what, on, code) == (role, "GetObject", f"arn:aws:s3:::{raw}/{KEY}", "AccessDenied")
    # AWS's words, which name the kind of policy; behind them the statement and its policy, which AWS keeps to itself:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    start = f"User: {who} is not authorized to perform: s3:GetObject on resource: {on} with an explicit deny in "
    assert str(why).startswith(start)
    # The same statement that `lake audit --denied` names.
    assert lake.request_log is not None
    [record] = audit.read(lake.request_log, audit.Filter(denied=True, who="eve"))
    sid = audit.decisions(record)[-1]["statement"]["sid"]
    assert sid
    assert f"(statement {sid} of " in str(why)


def use_root(world: World) -> None:
    world.lake.client("s3").list_buckets()


def stop_trail(world: World) -> None:
    trail, name = world.lake.client("cloudtrail"), world.outputs["Trail"]
    trail.stop_logging(Name=name)
    until(lambda: "StopLogging" in {one["eventName"] for one in events(world)})
    trail.start_logging(Name=name)


def events(world: World) -> list[dict[str, Any]]:
    """Return the trail's events in CloudWatch Logs."""
    logs = world.lake.client("logs")
    arn = world.lake.client("cloudtrail").get_trail(Name=world.outputs["Trail"])["Trail"]["CloudWatchLogsLogGroupArn"]
    found = logs.filter_log_events(logGroupName=arn.split(":log-group:")[1].removesuffix(":*"))["events"]
    return [json.loads(one["message"]) for one in found]


def schedule_deletion(world: World) -> None:
    kms = world.lake.client("kms")
    kms.schedule_key_deletion(KeyId=world.outputs["RawKey"], PendingWindowInDays=7)
    kms.cancel_key_deletion(KeyId=world.outputs["RawKey"])
    kms.enable_key(KeyId=world.outputs["RawKey"])


def change_policy(world: World) -> None:
    s3 = world.lake.client("s3")
    s3.put_bucket_policy(Bucket=world.outputs["Drop"], Policy=s3.get_bucket_policy(Bucket=world.outputs["Drop"])["Policy"])


def try_often(world: World) -> None:
    for _ in range(10):
        world.read_secret("scientist", "mallory")


def send_what_cannot_be_processed(world: World) -> None:
    world.lake.client("s3").put_object(Bucket=world.outputs["Drop"], Key="streams/clicks/one.csv", Body=b"id\n1\n")


# docs/operations.md has a section for each.
RAISING: dict[str, Callable[[World], None]] = {
    "RootUse": use_root,
    "TrailChanged": stop_trail,
    "KeyDeletion": schedule_deletion,
    "BucketPolicyChanged": change_policy,
    "DeniedCalls": try_often,
    "DeadLetters": send_what_cannot_be_processed,
}


@pytest.mark.parametrize("name", RAISING)
def test_what_must_not_happen_unseen_raises_its_alarm_and_tells_the_topic(world: World, name: str) -> None:
    """From the call to the message: the trail's event, its log group, a metric filter, a metric, an alarm, the topic, who listens."""
    RAISING[name](world)
    told = until(lambda: world.alarm(name))
    assert "docs/operations.md#" in told["AlarmDescription"]
    found = world.lake.client("cloudwatch").describe_alarms(AlarmNames=[told["AlarmName"]])["MetricAlarms"]
    assert [one["StateValue"] for one in found] == ["ALARM"]
