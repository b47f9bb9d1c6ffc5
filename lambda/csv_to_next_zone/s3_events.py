"""What an SQS message says about objects in S3."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_plus


@dataclass(frozen=True)
class S3Object:
    """An object that an event announces. Only the place counts: what is read is the object that is there now."""

    bucket: str
    key: str


def objects_in(body: str) -> Iterator[S3Object]:
    """Yields the objects whose creation one SQS message announces.

    Understood are S3 notifications (with any number of records), the same wrapped by SNS, and S3 events of EventBridge. S3's own test
    event and events other than a creation announce nothing. Anything else raises ValueError: a message that nobody understands must
    end in the dead-letter queue, not disappear.
    """
    message = json.loads(body)
    if not isinstance(message, dict):
        raise ValueError("the message is not a JSON object")
    if message.get("Type") == "Notification" and "Message" in message:
        yield from objects_in(message["Message"])
    elif message.get("Event") == "s3:TestEvent":
        return
    elif message.get("source") == "aws.s3":
        if message.get("detail-type") == "Object Created":
            detail = message["detail"]
            yield S3Object(detail["bucket"]["name"], detail["object"]["key"])  # EventBridge does not encode keys
    elif isinstance(message.get("Records"), list):
        for record in message["Records"]:
            if record["eventName"].removeprefix("s3:").startswith("ObjectCreated:"):
                s3 = record["s3"]
                yield S3Object(s3["bucket"]["name"], unquote_plus(s3["object"]["key"]))
    else:
        raise ValueError(f"not an S3 event: it has the fields {sorted(message)}")
