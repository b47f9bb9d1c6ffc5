import json

import pytest
from s3_events import S3Object, objects_in
from sqs_messages import TEST_EVENT, notification, record


def keys(body: str) -> list[str]:
    return [item.key for item in objects_in(body)]


def test_an_s3_notification_with_several_records():
    assert list(objects_in(notification("a.csv", "b.csv"))) == [S3Object("drop-bucket", "a.csv"), S3Object("drop-bucket", "b.csv")]


@pytest.mark.parametrize(
    "key",
    ["a b.csv", "a+b.csv", "são josé/ação & reação.csv", "100%.csv", "a%20b.csv", "dt=2018-08-20/x.csv", "😊.csv"],
)
def test_keys_are_decoded(key):
    assert keys(notification(key)) == [key]


def test_a_space_may_come_as_plus_or_percent():
    plus, percent = record("a b"), record("a b")
    plus["s3"]["object"]["key"], percent["s3"]["object"]["key"] = "a+b", "a%20b"
    assert keys(json.dumps({"Records": [plus, percent]})) == ["a b", "a b"]


def test_test_events_announce_nothing():
    assert keys(TEST_EVENT) == []


def test_deletions_announce_nothing():
    body = {"Records": [record("a.csv", event="ObjectRemoved:Delete"), record("b.csv", event="ObjectCreated:CompleteMultipartUpload")]}
    assert keys(json.dumps(body)) == ["b.csv"]


def test_wrapped_by_sns():
    assert keys(json.dumps({"Type": "Notification", "Message": notification("a b.csv")})) == ["a b.csv"]
    assert keys(json.dumps({"Type": "Notification", "Message": TEST_EVENT})) == []


def test_eventbridge_does_not_encode_keys():
    event = {"source": "aws.s3", "detail-type": "Object Created", "detail": {"bucket": {"name": "b"}, "object": {"key": "a+b %20.csv"}}}
    assert list(objects_in(json.dumps(event))) == [S3Object("b", "a+b %20.csv")]
    assert keys(json.dumps({**event, "detail-type": "Object Deleted"})) == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("hello", "Expecting value"),
        ("[]", "not a JSON object"),
        ('{"order": 1}', r"not an S3 event: it has the fields \['order'\]"),
        ('{"Records": "none"}', "not an S3 event"),
    ],
)
def test_what_nobody_understands_is_an_error(body, message):
    with pytest.raises(ValueError, match=message):
        list(objects_in(body))
