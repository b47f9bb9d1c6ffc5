"""A trail writes what happened: files that Athena can query, digests that nobody can forge, events that raise alarms."""

from __future__ import annotations

import gzip
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from lake_local.cloud.trail import digests, files, selectors
from lake_local.lake.client import Lake
from lake_local.sessions import new_session
from lake_local.store import Store

from .conftest import start_server, stop_server
from .waiting import until

ACCOUNT, REGION = "000000000000", "us-east-1"
ARN = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/audit"
LOCKED = {
    "Sid": "OnlyServicesWrite",
    "Effect": "Deny",
    "Principal": "*",
    "Action": ["s3:PutObject", "s3:DeleteObject"],
    "Resource": "arn:aws:s3:::audit-logs/*",
    "Condition": {"Bool": {"aws:PrincipalIsAWSService": "false"}},
}
ENCRYPTED = {
    "Sid": "OnlyOverTls",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "arn:aws:s3:::audit-logs/*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def bucket_policy(bucket: str, trail: str = ARN) -> str:
    """The policy of AWS's documentation, and what keeps everybody else from writing, and all from sending in the clear."""
    service = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    statements = [
        {
            **service,
            "Action": "s3:GetBucketAcl",
            "Resource": f"arn:aws:s3:::{bucket}",
            "Condition": {"StringEquals": {"aws:SourceArn": trail}},
        },
        {
            **service,
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{bucket}/AWSLogs/{ACCOUNT}/*",
            "Condition": {"StringEquals": {"aws:SourceArn": trail, "s3:x-amz-acl": "bucket-owner-full-control"}},
        },
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": [*statements, LOCKED, ENCRYPTED]})


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """A lake with a bucket `data`, a trail of its objects' calls, and a user `eve` who may do nothing."""
    process, lake = start_server(tmp_path_factory.mktemp("audited"))
    s3, trail, logs, iam = (lake.client(name) for name in ("s3", "cloudtrail", "logs", "iam"))
    for bucket in ("data", "audit-logs"):
        s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket="data", Key="tables/salaries/a.csv", Body=b"x")
    s3.put_bucket_policy(Bucket="audit-logs", Policy=bucket_policy("audit-logs"))
    logs.create_log_group(logGroupName="trail")
    statement = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName="delivery", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statement}))
    # As documented: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html
    streams = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:trail:log-stream:{ACCOUNT}_CloudTrail_{REGION}*"
    rights = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": streams}
    iam.put_role_policy(RoleName="delivery", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": rights}))
    trail.create_trail(
        Name="audit",
        S3BucketName="audit-logs",
        EnableLogFileValidation=True,
        CloudWatchLogsLogGroupArn=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:trail:*",
        CloudWatchLogsRoleArn=role["Role"]["Arn"],
    )
    management = {"Name": "m", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}
    data = {
        "Name": "d",
        "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
            {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::data/"]},
        ],
    }
    trail.put_event_selectors(TrailName="audit", AdvancedEventSelectors=[management, data])
    trail.start_logging(Name="audit")
    yield lake
    stop_server(process)


def records(lake: Lake, kind: str = "CloudTrail") -> list[dict[str, Any]]:
    s3 = lake.client("s3")
    found = s3.list_objects_v2(Bucket="audit-logs", Prefix=f"AWSLogs/{ACCOUNT}/{kind}/").get("Contents", [])
    bodies = (s3.get_object(Bucket="audit-logs", Key=item["Key"])["Body"].read() for item in found)
    return [record for body in bodies for record in json.loads(gzip.decompress(body))["Records"]]


@pytest.fixture(scope="module")
def denied(audited: Lake) -> dict[str, Any]:
    """Eve's try to read salaries, as the trail's file has it."""
    iam = audited.client("iam")
    iam.create_user(UserName="eve")
    key = iam.create_access_key(UserName="eve")["AccessKey"]
    settings = Config(s3={"addressing_style": "path"})
    session = new_session(key["AccessKeyId"], key["SecretAccessKey"], None, REGION)
    eve = session.client("s3", endpoint_url=audited.endpoint, config=settings)
    with pytest.raises(ClientError):
        eve.get_object(Bucket="data", Key="tables/salaries/a.csv")
    found: dict[str, Any] = until(lambda: [one for one in records(audited) if one["userIdentity"].get("userName") == "eve"])[0]
    return found


def test_a_file_has_what_cloudtrail_writes(audited: Lake, denied: dict[str, Any]) -> None:
    assert (denied["eventName"], denied["eventSource"], denied["errorCode"]) == ("GetObject", "s3.amazonaws.com", "AccessDenied")
    assert denied["resources"][0]["ARN"] == "arn:aws:s3:::data/tables/salaries/a.csv"
    assert denied["additionalEventData"]["decisions"][0]["decision"] == "ImplicitDeny"
    [key] = {item["Key"].rsplit("/", 4)[0] for item in audited.client("s3").list_objects_v2(Bucket="audit-logs")["Contents"]}
    assert key == f"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}"


def test_athena_finds_a_denied_call_in_the_files(audited: Lake, denied: dict[str, Any]) -> None:
    assert denied
    audited.client("s3").create_bucket(Bucket="results")
    athena = audited.client("athena")
    location = f"s3://audit-logs/AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/"
    table = f"""
        CREATE EXTERNAL TABLE IF NOT EXISTS default.trail (
          eventtime string, eventsource string, eventname string, errorcode string, errormessage string,
          useridentity struct<type:string,arn:string,username:string>, requestparameters string, additionaleventdata string
        )
        ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
        STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'
        OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
        LOCATION '{location}'"""
    sql = "SELECT useridentity.username, eventname, errorcode, requestparameters FROM trail WHERE errorcode = 'AccessDenied'"
    for statement in ("CREATE DATABASE IF NOT EXISTS default", table, sql):
        started = athena.start_query_execution(
            QueryString=statement,
            QueryExecutionContext={"Database": "default"},
            ResultConfiguration={"OutputLocation": "s3://results/"},
        )["QueryExecutionId"]
        status = until(lambda: ended(athena, started))  # noqa: B023
        assert status["State"] == "SUCCEEDED", status
    rows = athena.get_query_results(QueryExecutionId=started)["ResultSet"]["Rows"][1:]
    first = [cell.get("VarCharValue") for cell in rows[0]["Data"]]
    assert first[:3] == ["eve", "GetObject", "AccessDenied"]
    assert json.loads(first[3] or "") == {"bucketName": "data", "key": "tables/salaries/a.csv"}


def ended(athena: Any, identity: str) -> dict[str, Any] | None:
    status: dict[str, Any] = athena.get_query_execution(QueryExecutionId=identity)["QueryExecution"]["Status"]
    return status if status["State"] in ("SUCCEEDED", "FAILED", "CANCELLED") else None


def test_only_cloudtrail_writes(audited: Lake) -> None:
    with pytest.raises(ClientError, match="explicit deny"):
        audited.client("s3").put_object(Bucket="audit-logs", Key="forged", Body=b"x")


def test_status_tells_of_deliveries(audited: Lake, denied: dict[str, Any]) -> None:
    assert denied
    status = audited.client("cloudtrail").get_trail_status(Name="audit")
    assert status["IsLogging"]
    assert status["LatestDeliveryTime"]
    assert until(lambda: audited.client("cloudtrail").get_trail_status(Name="audit").get("LatestCloudWatchLogsDeliveryTime"))


def test_a_metric_filter_counts_the_trails_events(audited: Lake) -> None:
    logs, cloudwatch = audited.client("logs"), audited.client("cloudwatch")
    transformation = {"metricName": "PolicyChanged", "metricNamespace": "Audit", "metricValue": "1"}
    logs.put_metric_filter(
        logGroupName="trail",
        filterName="policy",
        filterPattern="{($.eventSource=s3.amazonaws.com) && (($.eventName=PutBucketPolicy))}",
        metricTransformations=[transformation],
    )
    cloudwatch.put_metric_alarm(
        AlarmName="policy",
        Namespace="Audit",
        MetricName="PolicyChanged",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/none"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    audited.client("s3").put_bucket_policy(Bucket="data", Policy=policy)
    assert until(lambda: cloudwatch.describe_alarms(AlarmNames=["policy"])["MetricAlarms"][0]["StateValue"] == "ALARM")


def test_a_trail_that_is_stopped_keeps_nothing_but_that_it_was_stopped(audited: Lake) -> None:
    trail = audited.client("cloudtrail")
    trail.stop_logging(Name="audit")
    try:
        audited.client("s3").get_object(Bucket="data", Key="tables/salaries/a.csv")["Body"].read()
        until(lambda: "StopLogging" in {one["eventName"] for one in records(audited)})
        time.sleep(2)  # for what would be delivered later
        root_reads = [one for one in records(audited) if one["eventName"] == "GetObject" and one["userIdentity"]["type"] == "Root"]
        assert root_reads == []
    finally:
        trail.start_logging(Name="audit")


def grants_nothing(s3: Any) -> dict[str, str]:
    s3.create_bucket(Bucket="closed")
    return {"S3BucketName": "closed"}


def grants_another_trail(s3: Any) -> dict[str, str]:
    s3.create_bucket(Bucket="others")
    s3.put_bucket_policy(
        Bucket="others", Policy=bucket_policy("others").replace("trail/audit", "trail/other").replace("audit-logs", "others")
    )
    return {"S3BucketName": "others"}


def grants_without_a_key(s3: Any) -> dict[str, str]:
    s3.create_bucket(Bucket="open")
    policy = bucket_policy("open", ARN.replace("audit", "fresh")).replace("audit-logs", "open")
    s3.put_bucket_policy(Bucket="open", Policy=policy)
    return {"S3BucketName": "open", "KmsKeyId": "alias/none"}


@pytest.mark.parametrize(
    ("request_of", "code"),
    [
        (lambda _: {"S3BucketName": "not-there"}, "S3BucketDoesNotExistException"),
        (grants_nothing, "InsufficientS3BucketPolicyException"),
        (grants_another_trail, "InsufficientS3BucketPolicyException"),
        (grants_without_a_key, "KmsKeyNotFoundException"),
    ],
)
def test_trails_that_cloudtrail_refuses(audited: Lake, request_of: Callable[[Any], dict[str, str]], code: str) -> None:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html#API_CreateTrail_Errors"""
    with pytest.raises(ClientError) as raised:
        audited.client("cloudtrail").create_trail(Name="fresh", **request_of(audited.client("s3")))
    assert raised.value.response["Error"]["Code"] == code
    assert [one["Name"] for one in audited.client("cloudtrail").list_trails()["Trails"]] == ["audit"]


def record(**more: Any) -> dict[str, Any]:
    basis = {
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "eventCategory": "Data",
        "readOnly": True,
        "managementEvent": False,
        "resources": [{"ARN": "arn:aws:s3:::data/a"}],
        "userIdentity": {"arn": "arn:aws:iam::1:role/x"},
    }
    return {**basis, **more}


PUT = record(eventName="PutObject", readOnly=False)
MANAGEMENT = record(eventName="CreateBucket", eventCategory="Management", managementEvent=True, readOnly=False)
DATA = {"Field": "eventCategory", "Equals": ["Data"]}


@pytest.mark.parametrize(
    ("selector", "call", "expected"),
    [
        # https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html
        ({}, MANAGEMENT, True),
        ({}, record(), False),
        ({"ReadWriteType": "ReadOnly"}, MANAGEMENT, False),
        ({"IncludeManagementEvents": False}, MANAGEMENT, False),
        ({"ExcludeManagementEventSources": ["s3.amazonaws.com"]}, MANAGEMENT, False),
        ({"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::data/"]}]}, record(), True),
        ({"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}, record(), True),
        ({"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::other/"]}]}, record(), False),
        ({"DataResources": [{"Type": "AWS::Lambda::Function", "Values": ["arn:aws:lambda"]}]}, record(), False),
        ({"ReadWriteType": "WriteOnly", "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}, record(), False),
        # https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
        ({"FieldSelectors": [DATA]}, record(), True),
        ({"FieldSelectors": [DATA]}, MANAGEMENT, False),
        ({"FieldSelectors": [DATA, {"Field": "readOnly", "Equals": ["false"]}]}, record(), False),
        ({"FieldSelectors": [DATA, {"Field": "readOnly", "Equals": ["false"]}]}, PUT, True),
        ({"FieldSelectors": [DATA, {"Field": "eventName", "NotEquals": ["PutObject", "DeleteObject"]}]}, PUT, False),
        ({"FieldSelectors": [DATA, {"Field": "eventName", "NotEquals": ["DeleteObject"]}]}, PUT, True),
        ({"FieldSelectors": [DATA, {"Field": "resources.ARN", "NotStartsWith": ["arn:aws:s3:::data/"]}]}, PUT, False),
        ({"FieldSelectors": [DATA, {"Field": "resources.ARN", "EndsWith": ["/a"]}]}, PUT, True),
        ({"FieldSelectors": [DATA, {"Field": "resources.ARN", "NotEndsWith": ["/a"]}]}, PUT, False),
        ({"FieldSelectors": [DATA, {"Field": "resources.type", "Equals": ["AWS::Lambda::Function"]}]}, PUT, False),
        ({"FieldSelectors": [DATA, {"Field": "userIdentity.arn", "StartsWith": ["arn:aws:iam::1:role/"]}]}, PUT, True),
    ],
)
def test_which_calls_a_trail_keeps(selector: dict[str, Any], call: dict[str, Any], expected: bool) -> None:
    basic = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": [], "ExcludeManagementEventSources": []}
    assert selectors.keeps([selector if "FieldSelectors" in selector else {**basic, **selector}], call) is expected


def test_digests_form_a_chain_that_can_be_checked(tmp_path: Any) -> None:
    """As AWS documents it: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html"""
    import base64
    from datetime import UTC, datetime

    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    trail = {"Name": "audit", "S3BucketName": "audit-logs", "HomeRegion": REGION, "S3KeyPrefix": "p"}
    signer, chain = digests.Signer(Store(tmp_path / "key.json")), digests.Chain("2026-01-01T00:00:00Z")
    file = files.log_file(trail, ACCOUNT, REGION, [{"eventTime": "2026-01-01T00:10:00Z"}, {"eventTime": "2026-01-01T00:05:00Z"}])
    chain.files.append(digests.entry("audit-logs", file))
    first = digests.digest(trail, ACCOUNT, REGION, chain, signer, datetime(2026, 1, 1, 1, tzinfo=UTC))
    second = digests.digest(trail, ACCOUNT, REGION, chain, signer, datetime(2026, 1, 1, 2, tzinfo=UTC))
    assert first.key == (
        f"p/AWSLogs/{ACCOUNT}/CloudTrail-Digest/{REGION}/2026/01/01/{ACCOUNT}_CloudTrail-Digest_{REGION}_audit_{REGION}_20260101T010000Z.json.gz"
    )
    [listed] = digests.Signer(Store(tmp_path / "key.json")).public_keys()
    key: Any = load_der_public_key(base64.b64decode(listed["Value"]))
    for made in (first, second):
        text = gzip.decompress(made.body)
        content = json.loads(text)
        assert content["digestPublicKeyFingerprint"] == listed["Fingerprint"]
        bucket, name, previous = (content[part] for part in ("digestS3Bucket", "digestS3Object", "previousDigestSignature"))
        signed = f"{content['digestEndTime']}\n{bucket}/{name}\n{hashlib.sha256(text).hexdigest()}\n{previous or 'null'}"
        key.verify(bytes.fromhex(made.metadata["signature"]), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    before, after = (json.loads(gzip.decompress(made.body)) for made in (first, second))
    assert before["logFiles"][0]["hashValue"] == hashlib.sha256(gzip.decompress(file.body)).hexdigest()
    assert (before["oldestEventTime"], before["newestEventTime"]) == ("2026-01-01T00:05:00Z", "2026-01-01T00:10:00Z")
    assert (after["previousDigestS3Object"], after["previousDigestSignature"]) == (first.key, first.metadata["signature"])
    assert (after["logFiles"], after["digestStartTime"]) == ([], before["digestEndTime"])
