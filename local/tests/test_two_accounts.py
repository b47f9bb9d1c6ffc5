"""The example of two accounts on a laptop, both stacks in its one account: policies decide on what crosses between them."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from lake_local.lake.client import Lake

from .conftest import Command

ROOT = Path(__file__).resolve().parents[2]
# The example's own app, with the library as it is here.
APP = "node -e \"require('../../bin/dev/typescript.js'); require('./tests/two_accounts.ts');\""
BUCKET = "company-lake-audit-logs"
LOGS = "AWSLogs/000000000000/CloudTrail/us-east-1/"
KEY = "tables/orders/2018.csv"


@pytest.fixture(scope="module")
def deployed(new_lake: Callable[..., Command]) -> Command:
    command = new_lake(folder=ROOT / "examples" / "olist")
    command("up", "--app", APP)
    stacks = command.lake.client("cloudformation").describe_stacks()["Stacks"]
    made = {one["StackName"]: one["CreationTime"] for one in stacks}
    # The order in which CloudTrail takes them.
    assert made["SecurityStack"] <= made["ProdStack"]
    return command


def role(lake: Lake, description: str) -> str:
    [found] = [one["Arn"] for one in lake.client("iam").list_roles()["Roles"] if one.get("Description") == description]
    return str(found)


def become(lake: Lake, arn: str, **options: str) -> Lake:
    made = lake.client("sts").assume_role(RoleArn=arn, RoleSessionName="test", **options)["Credentials"]
    return replace(lake, access_key=made["AccessKeyId"], secret_key=made["SecretAccessKey"], session_token=made["SessionToken"])


@pytest.fixture(scope="module")
def auditor(deployed: Command) -> Any:
    """A client of S3 of somebody who signed in with a second factor, which the auditors' role asks for."""
    lake = deployed.lake
    arn = role(lake, "Reads the audit logs of the data lake")
    with pytest.raises(ClientError, match="AccessDenied"):
        become(lake, arn)
    return become(lake, arn, **lake.second_factor).client("s3")


def records(s3: Any) -> list[dict[str, Any]]:
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix=LOGS).get("Contents", [])
    bodies = [s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read() for item in found]
    return [record for body in bodies for record in json.loads(gzip.decompress(body))["Records"]]


def drop_bucket(lake: Lake) -> str:
    return lake.model().zone("drop").bucket


def test_auditors_find_what_was_done_to_the_lake(deployed: Command, auditor: Any) -> None:
    deployed.lake.client("s3").put_object(Bucket=drop_bucket(deployed.lake), Key=KEY, Body=b"order_id\n1\n")
    deadline = time.monotonic() + 120
    while not (found := [one for one in records(auditor) if (one["requestParameters"] or {}).get("key") == KEY]):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert (found[0]["eventName"], found[0]["userIdentity"]["type"]) == ("PutObject", "Root")


def test_nobody_writes_or_deletes_there(deployed: Command, auditor: Any) -> None:
    key = auditor.list_objects_v2(Bucket=BUCKET, Prefix=LOGS)["Contents"][0]["Key"]
    root = deployed.lake.client("s3")
    for s3 in (auditor, root):
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.put_object(Bucket=BUCKET, Key=f"{LOGS}forged.json.gz", Body=b"x")
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.delete_object(Bucket=BUCKET, Key=key)


def test_the_roles_of_the_lake_cannot_read_them(deployed: Command, auditor: Any) -> None:
    lake = deployed.lake
    key = auditor.list_objects_v2(Bucket=BUCKET, Prefix=LOGS)["Contents"][0]["Key"]
    names = [
        one["PhysicalResourceId"]
        for one in lake.client("cloudformation").describe_stack_resources(StackName="ProdStack")["StackResources"]
        if one["ResourceType"] == "AWS::IAM::Role"
    ]
    assert len(names) > 5
    for name in names:
        for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
            asked = lake.internal("iam/decisions", role=name, action=action, resource=f"arn:aws:s3:::{BUCKET}/{key}")
            assert asked["decisions"][0]["decision"] != "Allow", f"{name} may {action}"
