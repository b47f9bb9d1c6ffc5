"""Alarms are evaluated as AWS documents it, and what raises them really does."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError
from lake_local.cloud.alarms import patterns
from lake_local.cloud.alarms.evaluation import state
from lake_local.lake.client import Lake

from .waiting import until

NOW = 1_000_000.0


def maximum(_name: str, points: list[dict[str, Any]]) -> float:
    return max(point["Value"] for point in points)


def alarm(**changes: Any) -> dict[str, Any]:
    base = {"Period": 60, "EvaluationPeriods": 3, "Statistic": "Maximum", "Threshold": 1.0}
    return {**base, "ComparisonOperator": "GreaterThanOrEqualToThreshold", **changes}


def points(*values: float | None) -> list[dict[str, Any]]:
    """One point in each of the last minutes, the newest first."""
    return [{"Timestamp": NOW - 60 * index - 1, "Value": value} for index, value in enumerate(values) if value is not None]


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
@pytest.mark.parametrize(
    ("values", "changes", "expected"),
    [
        ((1, 1, 1), {}, "ALARM"),
        ((1, 0, 1), {}, "OK"),
        ((1, 0, 1), {"DatapointsToAlarm": 2}, "ALARM"),
        ((0, 0, 0, 1), {"DatapointsToAlarm": 1}, "OK"),  # older than the evaluated periods
        ((1, 1, 1), {"ComparisonOperator": "GreaterThanThreshold"}, "OK"),
        ((0, 0, 0), {"ComparisonOperator": "LessThanThreshold"}, "ALARM"),
        ((1, 1, 1), {"ComparisonOperator": "LessThanOrEqualToThreshold"}, "ALARM"),
        ((), {}, "INSUFFICIENT_DATA"),
        ((), {"TreatMissingData": "ignore"}, None),
        ((), {"TreatMissingData": "notBreaching"}, "OK"),
        ((), {"TreatMissingData": "breaching"}, "ALARM"),
        ((1, None, 1), {"TreatMissingData": "breaching"}, "ALARM"),
        ((1, None, 1), {"TreatMissingData": "notBreaching"}, "OK"),
        ((1, 1, 1), {"ComparisonOperator": "LessThanLowerThreshold"}, None),  # of anomaly detection, which is not here
    ],
)
def test_states(values: tuple[float | None, ...], changes: dict[str, Any], expected: str | None) -> None:
    assert state(alarm(**changes), points(*values), NOW, maximum) == expected


def test_a_letter_in_a_queue_raises_its_alarm_and_tells_the_topic_once(server: Lake) -> None:
    sqs, sns, cloudwatch = server.client("sqs"), server.client("sns"), server.client("cloudwatch")
    letters, listener = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("letters", "listener"))
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    arn = sqs.get_queue_attributes(QueueUrl=listener, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    sqs.set_queue_attributes(QueueUrl=listener, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [policy]})})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    for name in ("letters", "others"):
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/SQS",
            MetricName="ApproximateNumberOfMessagesVisible",
            Dimensions=[{"Name": "QueueName", "Value": name}],
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="notBreaching",
            AlarmActions=[topic],
        )

    def states() -> dict[str, str]:
        return {one["AlarmName"]: one["StateValue"] for one in cloudwatch.describe_alarms()["MetricAlarms"]}

    until(lambda: states() == {"letters": "OK", "others": "OK"})
    sqs.send_message(QueueUrl=letters, MessageBody="a letter")
    until(lambda: states() == {"letters": "ALARM", "others": "OK"})

    [message] = sqs.receive_message(QueueUrl=listener, WaitTimeSeconds=10)["Messages"]
    told = json.loads(json.loads(message["Body"])["Message"])
    assert (told["AlarmName"], told["NewStateValue"], told["OldStateValue"]) == ("letters", "ALARM", "OK")
    time.sleep(5)
    assert "Messages" not in sqs.receive_message(QueueUrl=listener, WaitTimeSeconds=1)
    history = cloudwatch.describe_alarm_history(AlarmName="letters", HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    assert "Alarm updated from OK to ALARM" in [item["HistorySummary"] for item in history]


ROOT_USE = '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}'
DENIED = '{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}'
KEYS = "{($.eventSource=kms.amazonaws.com) && (($.eventName=DisableKey) || ($.eventName=ScheduleKeyDeletion))}"
METRICS = '[mark = "LAKE_METRICS", table, rows_in, rows_out, rows_quarantined, quarantined_percent]'
ROOT = {"userIdentity": {"type": "Root"}, "eventType": "AwsApiCall"}


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
@pytest.mark.parametrize(
    ("pattern", "message", "matches"),
    [
        (ROOT_USE, ROOT, True),
        (ROOT_USE, {**ROOT, "userIdentity": {"type": "Root", "invokedBy": "aws"}}, False),
        (ROOT_USE, {**ROOT, "eventType": "AwsServiceEvent"}, False),
        (DENIED, {"errorCode": "AccessDenied"}, True),
        (DENIED, {"errorCode": "AccessDeniedException"}, True),
        (DENIED, {"errorCode": "Client.UnauthorizedOperation"}, True),
        (DENIED, {"errorCode": "NoSuchKey"}, False),
        (DENIED, {}, False),
        (KEYS, {"eventSource": "kms.amazonaws.com", "eventName": "ScheduleKeyDeletion"}, True),
        (KEYS, {"eventSource": "kms.amazonaws.com", "eventName": "Decrypt"}, False),
        (KEYS, {"eventSource": "s3.amazonaws.com", "eventName": "DisableKey"}, False),
        ("{ $.rows > 3 }", {"rows": 4}, True),
        ("{ $.rows > 3 }", {"rows": "many"}, False),
        ("{ $.list[1].name = b }", {"list": [{}, {"name": "b"}]}, True),
        ("{ $.done IS TRUE }", {"done": True}, True),
        ("{ $.done IS NULL }", {"done": None}, True),
        ("{ $.a = 1 }", "no JSON", False),
        (METRICS, "LAKE_METRICS orders 8 6 2 25.0", True),
        (METRICS, "LAKE_RESULT orders 8 6 2 25.0", False),
        (METRICS, "LAKE_METRICS orders 8 6", False),
        ("[first, ..., last = 5*]", "a b c 500", True),
        ('[ip, time = [*], "quoted"]', "1.1.1.1 [10/Oct 13:55] x", True),
        ("ERROR timeout", "an ERROR: timeout", True),
        ("ERROR timeout", "an ERROR", False),
    ],
)
def test_patterns(pattern: str, message: dict[str, Any] | str, matches: bool) -> None:
    text = message if isinstance(message, str) else json.dumps(message)
    assert (patterns.match(pattern, text) is not None) is matches


def test_values_of_metrics() -> None:
    fields = patterns.match(METRICS, "LAKE_METRICS orders 8 6 2 25.0")
    assert fields is not None
    assert [patterns.number(value, fields) for value in ("1", "$rows_in", "$quarantined_percent", "$table")] == [1, 8, 25, None]
    event = patterns.match("{ $.rows.in = * }", json.dumps({"rows": {"in": 3}}))
    assert event is None, "a star compares text"
    assert patterns.number("$.rows.in", {"rows": {"in": 3}}) == 3


def test_what_a_filter_counts_raises_its_alarm(server: Lake) -> None:
    logs, cloudwatch = server.client("logs"), server.client("cloudwatch")
    logs.create_log_group(logGroupName="job")
    logs.create_log_stream(logGroupName="job", logStreamName="run")
    with pytest.raises(ClientError, match="Invalid metric filter pattern"):
        logs.put_metric_filter(
            logGroupName="job", filterName="bad", filterPattern="{ $.a = }", metricTransformations=[transformation("bad", "1")]
        )
    for name, value in (("rows", "$rows_quarantined"), ("percent", "$quarantined_percent")):
        logs.put_metric_filter(
            logGroupName="job", filterName=name, filterPattern=METRICS, metricTransformations=[transformation(name, value)]
        )
    cloudwatch.put_metric_alarm(
        AlarmName="quarantine",
        Namespace="Lake",
        MetricName="percent",
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    lines = ["starting", "LAKE_METRICS orders 8 6 2 25.0", "LAKE_METRICS items 100 99 1 1.0"]
    events = [{"timestamp": int(time.time() * 1000), "message": line} for line in lines]
    logs.put_log_events(logGroupName="job", logStreamName="run", logEvents=events)

    until(lambda: cloudwatch.describe_alarms(AlarmNames=["quarantine"])["MetricAlarms"][0]["StateValue"] == "ALARM")
    [point] = cloudwatch.get_metric_statistics(
        Namespace="Lake", MetricName="rows", StartTime=time.time() - 60, EndTime=time.time() + 60, Period=3600, Statistics=["Sum"]
    )["Datapoints"]
    assert point["Sum"] == 3


def transformation(name: str, value: str) -> dict[str, str]:
    return {"metricNamespace": "Lake", "metricName": name, "metricValue": value}
