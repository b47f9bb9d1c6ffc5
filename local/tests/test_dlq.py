"""`lake dlq`: a letter is seen with its reason, fails again as long as the fault is there, and is gone once it is mended."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from lake_local.cli.dlq import choose, render
from lake_local.errors import UserError
from lake_local.lake.dead_letters import DeadLetters, Letter
from lake_local.lake.logs import function_group

from .waiting import until


@pytest.fixture(scope="module")
def lake(new_lake: Callable[..., Any]) -> Any:
    """The small app with a function that may not write what it should, and a queue that tries again at once."""
    command = new_lake()
    command("up", FLAVOR="no-grant")
    stream = command.lake.model().stream("events")
    command.lake.client("sqs").set_queue_attributes(QueueUrl=stream.queue_url, Attributes={"VisibilityTimeout": "0"})
    return command


def letters(lake: Any, count: int) -> list[dict[str, Any]]:
    """Return the letters as `lake dlq` lists them, once there are so many."""
    sqs, url = lake.lake.client("sqs"), lake.lake.model().dead_letter_queue
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    until(lambda: sum(map(int, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values())) >= count)
    found: list[dict[str, Any]] = json.loads(lake("dlq", "-o", "json").stdout)
    assert len(found) >= count
    return found


def test_a_letter_of_a_stream(lake: Any, tmp_path: Any) -> None:
    file = tmp_path / "ä poison.txt"
    file.write_text("quiet")
    lake("drop", str(file), "--stream", "events")
    [letter] = letters(lake, 1)
    bucket, key = lake.outputs()["SourceBucket"], "streams/events/ä poison.txt"

    assert letter["source"] == "queue" and letter["origin"] == "drop/events" and letter["objects"] == [f"s3://{bucket}/{key}"]
    assert json.loads(lake("dlq", "-o", "json").stdout) == [letter], "looking at a letter leaves it where it is"
    assert f"s3://{bucket}/{key}" in lake("dlq").stdout

    logs, group = lake.lake.client("logs"), function_group(lake.lake, lake.lake.model().stream("events").function)
    logs.create_log_stream(logGroupName=group, logStreamName="of the test")
    entry = {"level": "error", "messageId": letter["id"], "errorType": "AccessDenied", "error": "may not\n  write"}
    event = {"timestamp": int(time.time() * 1000), "message": json.dumps(entry)}
    logs.put_log_events(logGroupName=group, logStreamName="of the test", logEvents=[event])
    assert letters(lake, 1)[0]["reason"] == "AccessDenied: may not write"

    failed = lake("dlq", "replay", letter["id"][:6], "-o", "json", code=1)
    assert "AccessDenied" in failed.stderr and "0 succeeded, 1 failed again and stay" in failed.stderr
    assert json.loads(failed.stdout)[0]["ok"] is False

    lake("up")  # the fault is mended
    done = lake("dlq", "replay")
    assert "1 succeeded, 0 failed again" in done.stderr
    assert lake("dlq").stdout == "no dead letters\n"
    target = lake.outputs()["TargetBucket"]
    assert lake.lake.client("s3").get_object(Bucket=target, Key=key)["Body"].read() == b"QUIET"


def test_a_letter_of_an_asynchronous_invocation(lake: Any) -> None:
    """As Lambda's failure destination writes it."""
    aws = lake.lake
    model = aws.model()
    function = model.stream("events").function
    bucket = lake.outputs()["SourceBucket"]
    aws.client("s3").put_object(Bucket=bucket, Key="later.txt", Body=b"later")
    event = {"Records": [{"body": json.dumps({"Records": [{"s3": {"bucket": {"name": bucket}, "object": {"key": "later.txt"}}}]})}]}
    body = {
        "version": "1.0",
        "timestamp": "2026-01-02T03:04:05.678Z",
        "requestContext": {
            "requestId": "e4b46cbf",
            "functionArn": f"arn:aws:lambda:us-east-1:000000000000:function:{function}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": event,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorMessage": "the bucket\nsays no", "errorType": "ClientError"},
    }
    aws.client("sqs").send_message(QueueUrl=model.dead_letter_queue, MessageBody=json.dumps(body))
    [letter] = letters(lake, 1)
    assert (letter["source"], letter["origin"], letter["reason"]) == ("function", "drop/events", "ClientError: the bucket says no")
    assert letter["objects"] == [f"s3://{bucket}/later.txt"]
    lake("dlq", "replay", letter["id"])
    assert aws.client("s3").get_object(Bucket=lake.outputs()["TargetBucket"], Key="later.txt")["Body"].read() == b"LATER"
    assert json.loads(lake("dlq", "-o", "json").stdout) == []


def test_letters_that_no_function_takes_are_listed_and_discarded_only_when_asked(lake: Any) -> None:
    sqs, url = lake.lake.client("sqs"), lake.lake.model().dead_letter_queue
    rule = {
        name: {"DataType": "String", "StringValue": value}
        for name, value in (
            ("RULE_ARN", "arn:aws:events:us-east-1:000000000000:rule/arrivals"),
            ("ERROR_CODE", "NO_PERMISSIONS"),
            ("ERROR_MESSAGE", "not authorized"),
        )
    }
    arrival = {"detail": {"bucket": {"name": "b"}, "object": {"key": "tables/orders/a.csv"}}}
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(arrival), MessageAttributes=rule)
    sqs.send_message(QueueUrl=url, MessageBody="not JSON")
    found = {letter["source"]: letter for letter in letters(lake, 2)}

    assert found["rule"]["origin"] == "arrivals" and found["rule"]["reason"] == "NO_PERMISSIONS: not authorized"
    assert found["rule"]["objects"] == ["s3://b/tables/orders/a.csv"]
    assert found["unknown"]["objects"] == []
    refused = lake("dlq", "replay", found["rule"]["id"], code=1)
    assert "for which no function can be run" in refused.stderr and "lake dlq discard" in refused.stderr
    assert len(json.loads(lake("dlq", "-o", "json").stdout)) == 2
    assert "name the letter to discard" in lake("dlq", "discard", code=2).stderr
    assert "no letter has an id that begins with 'zzz'" in lake("dlq", "discard", "zzz", code=2).stderr
    lake("dlq", "discard", found["unknown"]["id"])
    assert [letter["source"] for letter in letters(lake, 1)] == ["rule"]
    lake("dlq", "discard", "--all")
    assert lake("dlq").stdout == "no dead letters\n"


def letter(identity: str, **more: Any) -> Letter:
    return Letter(
        **{
            "id": identity,
            "source": "queue",
            "origin": "drop/e",
            "objects": [],
            "sent": None,
            "reason": None,
            "body": "",
            "receipt": "",
            **more,
        }
    )


@pytest.mark.parametrize(("beginning", "chosen"), [(None, ["abc", "abd"]), ("abc", ["abc"]), ("ab", UserError), ("x", UserError)])
def test_a_letter_is_named_by_the_beginning_of_its_id(beginning: str | None, chosen: Any) -> None:
    found = [letter("abc"), letter("abd")]
    if chosen is UserError:
        with pytest.raises(UserError, match="there are: abc, abd"):
            choose(found, beginning)
    else:
        assert [one.id for one in choose(found, beginning)] == chosen


def test_the_list_says_what_is_known() -> None:
    text = render([letter("abcdefghij", objects=["s3://b/k", "s3://b/l"]), letter("b", reason="E: no\x1b[0m")])
    assert "abcdefgh  drop/e  s3://b/k and 1 more" in text and "not logged" in text and "\x1b" not in text


def test_a_lake_without_the_queue_is_said(server: Any) -> None:
    with pytest.raises(UserError, match="no dead-letter queue"):
        DeadLetters(server)
