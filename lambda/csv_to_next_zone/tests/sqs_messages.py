"""Messages as SQS hands them to a function."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote_plus


def record(key: str, bucket: str = "drop-bucket", event: str = "ObjectCreated:Put") -> dict[str, Any]:
    """One record of an S3 notification; keys in it are encoded as S3 encodes them."""
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": event,
        "s3": {"bucket": {"name": bucket}, "object": {"key": quote_plus(key, safe="/"), "eTag": "x", "sequencer": "00"}},
    }


def notification(*keys: str, bucket: str = "drop-bucket") -> str:
    return json.dumps({"Records": [record(key, bucket) for key in keys]})


def batch(*bodies: str) -> dict[str, Any]:
    """An SQS event with a message for each body, m1, m2, ..."""
    return {"Records": [{"messageId": f"m{number}", "body": body} for number, body in enumerate(bodies, start=1)]}


def failed(answer: dict[str, Any]) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


TEST_EVENT = json.dumps(
    {"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2018-08-20T10:00:00.000Z", "Bucket": "drop-bucket", "RequestId": "1"}
)
