"""The log of calls: what the server writes, how much it keeps, and what `lake audit` shows of it."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from lake_local.cli import audit as command
from lake_local.cloud.server.request_log import RequestLog
from lake_local.lake import audit
from lake_local.lake.client import Lake
from lake_local.lake.denials import of_session
from lake_local.lake_file import REQUEST_LOG

ACCOUNT = "000000000000"
SID = "OnlyOpen"


@pytest.fixture(scope="module")
def analyst(server: Lake) -> Any:
    """A session of a role that may read `open/` of the bucket `raw`; a Deny of the bucket names the rest."""
    iam, s3 = server.client("iam"), server.client("s3")
    trust = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}}
    iam.create_role(RoleName="Analyst", AssumeRolePolicyDocument=json.dumps(trust))
    allow = {"Sid": SID, "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::raw/open/*"}
    deny = {"Sid": "NoSecrets", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::raw/secret/*"}
    iam.put_role_policy(RoleName="Analyst", PolicyName="reading", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": allow}))
    s3.create_bucket(Bucket="raw")
    for key in ("open/a", "secret/a", "other/a"):
        s3.put_object(Bucket="raw", Key=key, Body=b"x")
    s3.put_bucket_policy(Bucket="raw", Policy=json.dumps({"Version": "2012-10-17", "Statement": deny}))
    made = server.client("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/Analyst", RoleSessionName="ana")["Credentials"]
    session = boto3.Session(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    client = session.client("s3", endpoint_url=server.endpoint, region_name="us-east-1")
    client.get_object(Bucket="raw", Key="open/a")
    for key in ("secret/a", "other/a"):
        with pytest.raises(ClientError):
            client.get_object(Bucket="raw", Key=key)
    with pytest.raises(ClientError):
        client.head_object(Bucket="raw", Key="other/a")
    return client


def records(server: Lake, **wanted: Any) -> list[dict[str, Any]]:
    return list(audit.read(server.state_dir / REQUEST_LOG, audit.Filter(**wanted)))


def test_a_record_is_as_cloudtrails(server: Lake, analyst: Any) -> None:
    [allowed, *_] = records(server, who="Analyst")
    assert allowed["eventVersion"] == "1.11" and allowed["eventSource"] == "s3.amazonaws.com" and allowed["eventName"] == "GetObject"
    assert allowed["requestParameters"] == {"bucketName": "raw", "key": "open/a"}
    assert allowed["resources"] == [{"ARN": "arn:aws:s3:::raw/open/a", "accountId": ACCOUNT}]
    assert (allowed["readOnly"], allowed["managementEvent"], allowed["eventCategory"]) == (True, False, "Data")
    identity = allowed["userIdentity"]
    assert identity["type"] == "AssumedRole" and identity["arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/Analyst/ana"
    issuer = identity["sessionContext"]["sessionIssuer"]
    assert (issuer["type"], issuer["userName"], issuer["arn"]) == ("Role", "Analyst", f"arn:aws:iam::{ACCOUNT}:role/Analyst")
    assert identity["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"
    [decision] = audit.decisions(allowed)
    assert decision == {
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::raw/open/a",
        "decision": "Allow",
        "statement": {"kind": "identity-based policy", "policy": "Analyst/reading", "index": 0, "sid": SID},
    }
    assert "errorCode" not in allowed


def test_a_denial_names_what_decided(server: Lake, analyst: Any) -> None:
    secret, other, head = records(server, who="Analyst/*", denied=True)
    assert [one["errorCode"] for one in (secret, other)] == ["AccessDenied", "AccessDenied"]
    assert audit.decisions(secret)[0]["statement"]["sid"] == "NoSecrets"
    assert "statement NoSecrets of the policy of arn:aws:s3:::raw" in secret["errorMessage"]
    assert audit.decisions(other)[0]["missing"] == "identity-based policy"
    # The answer to HEAD has no body: only the log says why.
    assert head["eventName"] == "HeadObject" and "s3:GetObject" in head["errorMessage"] == audit.reason(head)
    reasons = [why for _, why in of_session(server.request_log, "ana", datetime.now(UTC) - timedelta(minutes=5))]
    assert reasons == [secret["errorMessage"], other["errorMessage"]]


def test_calls_of_the_root_user_are_there(server: Lake, analyst: Any) -> None:
    found = records(server, who="root")
    assert {"CreateRole", "CreateBucket", "AssumeRole"} <= {record["eventName"] for record in found}
    assert all(record["userIdentity"]["type"] == "Root" for record in found)


def test_what_a_session_was_asked_for_is_there_without_secrets(server: Lake, analyst: Any) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/Analyst"
    tags = [{"Key": "clearance", "Value": "secret"}, {"Key": "team", "Value": ""}]
    with pytest.raises(ClientError):  # tags need a right that the role's trust does not give
        server.client("sts").assume_role(
            RoleArn=role, RoleSessionName="tagged", DurationSeconds=900, Tags=tags, TransitiveTagKeys=["team"], TokenCode="123456"
        )
    [asked] = [one["requestParameters"] for one in records(server) if (one["requestParameters"] or {}).get("roleSessionName") == "tagged"]
    assert asked == {
        "roleArn": role,
        "roleSessionName": "tagged",
        "durationSeconds": 900,
        "tags": [{"key": "clearance", "value": "secret"}, {"key": "team", "value": ""}],
        "transitiveTagKeys": ["team"],
    }


def test_lake_audit(server: Lake, analyst: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def lake(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "lake_local", "--state", str(server.state_dir), "audit", *arguments],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    text = lake("--denied", "--who", "Analyst", "--since", "10m")
    assert "DENIED    Analyst/ana  s3:GetObject  arn:aws:s3:::raw/secret/a\n    User: " in text
    assert len(json.loads(lake("--denied", "-o", "json"))) == 3
    assert lake("--who", "nobody") == ""


def test_a_time_that_is_none_is_refused() -> None:
    assert audit.ago("90s") < datetime.now(UTC)
    with pytest.raises(ValueError, match="give 90s, 10m, 2h or 1d"):
        audit.ago("soon")
    assert command.EXAMPLES


def test_the_log_is_private_and_bounded(tmp_path: Path) -> None:
    folder = tmp_path / REQUEST_LOG
    log = RequestLog(folder, largest_file=1000, largest_log=3000)
    for number in range(100):
        log.write(json.dumps({"number": number, "text": "x" * 80}))
    files = sorted(folder.glob("*.jsonl"), key=audit._order)
    assert 3 <= len(files) <= 5 and sum(path.stat().st_size for path in files) < 5000
    assert json.loads(files[-1].read_text().splitlines()[-1])["number"] == 99
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
