"""Takes CSV files that arrive on a data stream, transforms them and saves them in the next zone under the same key.

The way of a file:

- read, transformed            saved in the next zone. The same input gives the same object, so a repeat overwrites itself.
- the data cannot be read      copied to the zone's quarantine prefix at once, beside it `<key>.reason.json`. Not retried. What an earlier
                               version of the file left in the next zone stays.
- deleted meanwhile            skipped.
- replaced meanwhile           skipped: the new version has an event of its own. Events may arrive in any order, so the object that is there
                               now is read, whichever version the event is about.
- anything else goes wrong     access denied, throttling, network, an error in this code: the message is reported as failed, comes again and
                               ends in the dead-letter queue.
"""

from __future__ import annotations

import json
import os
import traceback
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from csv_records import UnreadableData, csv_bytes, read_frames
from s3_events import S3Object, objects_in
from s3_output import S3Output
from transformation import transform

CLASS_TAG = "data-classification"


@dataclass(frozen=True)
class Stream:
    """The data stream that this function serves, as the construct describes it in the environment."""

    zone: str
    name: str
    prefix: str
    next_zone: str
    next_bucket: str
    quarantine_prefix: str
    classification: str | None = None

    @staticmethod
    def from_environment() -> Stream:
        env = os.environ
        return Stream(
            zone=env["ZONE"],
            name=env["STREAM"],
            prefix=env["PREFIX"],
            next_zone=env["NEXT_ZONE"],
            next_bucket=env["NEXT_BUCKET"],
            quarantine_prefix=env["QUARANTINE_PREFIX"],
            classification=env.get("DATA_CLASSIFICATION"),
        )

    @property
    def tagging(self) -> dict[str, str]:
        """The tags of what the function writes, as S3 takes them: policies of the lake decide by the class."""
        return {"Tagging": urlencode({CLASS_TAG: self.classification})} if self.classification else {}

    @property
    def replaced_tagging(self) -> dict[str, str]:
        """The tags of a copy: the class in place of the source's tags, which a copy takes along where no class is declared."""
        return {"TaggingDirective": "REPLACE", **self.tagging} if self.classification else {}


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers an SQS batch with the messages that failed, each for itself."""
    stream, s3 = Stream.from_environment(), s3_client()
    failures = []
    for message in event["Records"]:
        if not handle_message(s3, stream, message):
            failures.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failures}


def handle_message(s3: Any, stream: Stream, message: dict[str, Any]) -> bool:
    """Processes every object that a message announces, the others too when one fails. True if none failed."""
    try:
        objects = list(objects_in(message["body"]))
    except Exception as error:
        log(stream, "error", "message not understood", messageId=message["messageId"], **described(error))
        return False
    succeeded = True
    for item in objects:
        try:
            outcome = handle_object(s3, stream, item)
            level = "warning" if outcome["outcome"] == "quarantined" else "info"
            log(stream, level, outcome.pop("outcome"), bucket=item.bucket, key=item.key, **outcome)
        except Exception as error:
            log(stream, "error", "failed", bucket=item.bucket, key=item.key, messageId=message["messageId"], **described(error))
            succeeded = False
    return succeeded


def handle_object(s3: Any, stream: Stream, item: S3Object) -> dict[str, Any]:
    """Brings one object to the next zone or to quarantine, and says what happened."""
    if item.key.endswith("/"):
        return {"outcome": "skipped", "why": "the key is a folder"}
    try:
        source = s3.get_object(Bucket=item.bucket, Key=item.key)
    except ClientError as error:
        if error_code(error) == "NoSuchKey":
            return {"outcome": "skipped", "why": "the object is gone"}
        raise
    rows = 0
    try:
        output = S3Output(s3, stream.next_bucket, item.key, {"ContentType": "text/csv; charset=utf-8", **stream.tagging})
        with closing(source["Body"]) as body, output:
            for piece, frame in enumerate(read_frames(body)):
                output.write(csv_bytes(transform(frame), header=piece == 0))
                rows += len(frame)
            if not still_there(s3, item, source["ETag"]):
                return {"outcome": "skipped", "why": "the object was replaced or deleted meanwhile"}
            output.commit()
    except UnreadableData as problem:
        return quarantine(s3, stream, item, source, problem)
    release(s3, stream, item)
    return {"outcome": "saved", "rows": rows, "bytes": source["ContentLength"], "nextZone": stream.next_zone}


def quarantine(s3: Any, stream: Stream, item: S3Object, source: dict[str, Any], problem: UnreadableData) -> dict[str, Any]:
    """Copies the object as it is to the quarantine prefix of its own zone, and writes the reason beside it."""
    key, note = quarantine_keys(stream, item)
    where = {"Bucket": item.bucket, "Key": item.key}
    try:
        s3.copy_object(Bucket=item.bucket, Key=key, CopySource=where, CopySourceIfMatch=source["ETag"], **stream.replaced_tagging)
    except ClientError as error:
        if error_code(error) in ("PreconditionFailed", "NoSuchKey"):
            return {"outcome": "skipped", "why": "the object was replaced or deleted meanwhile"}
        raise
    reason = {
        "reason": problem.reason,
        "detail": problem.detail,
        "line": problem.line,
        "zone": stream.zone,
        "stream": stream.name,
        "bucket": item.bucket,
        "key": item.key,
        "versionId": source.get("VersionId"),
        "etag": source["ETag"].strip('"'),
        "bytes": source["ContentLength"],
    }
    text = json.dumps(reason, ensure_ascii=False, indent=2) + "\n"
    s3.put_object(Bucket=item.bucket, Key=note, Body=text.encode("utf-8"), ContentType="application/json", **stream.tagging)
    return {"outcome": "quarantined", "reason": problem.reason, "detail": problem.detail, "line": problem.line, "quarantineKey": key}


def release(s3: Any, stream: Stream, item: S3Object) -> None:
    """Removes what an earlier version of the object left in quarantine, the reason last: a repeat then finds what is left."""
    key, note = quarantine_keys(stream, item)
    try:
        s3.head_object(Bucket=item.bucket, Key=note)
    except ClientError as error:
        if error_code(error) in ("404", "NoSuchKey", "NotFound"):
            return
        raise
    for name in (key, note):
        s3.delete_object(Bucket=item.bucket, Key=name)


def quarantine_keys(stream: Stream, item: S3Object) -> tuple[str, str]:
    """The keys of an object and of the reason in quarantine."""
    key = stream.quarantine_prefix + item.key.removeprefix(stream.prefix)
    return key, f"{key}.reason.json"


def still_there(s3: Any, item: S3Object, etag: str) -> bool:
    """Whether the object is still the one that was read: a slow reader must not overwrite the output of a newer version."""
    try:
        return bool(s3.head_object(Bucket=item.bucket, Key=item.key)["ETag"] == etag)
    except ClientError as error:
        if error_code(error) in ("404", "NoSuchKey", "NotFound"):
            return False
        raise


@cache
def s3_client() -> Any:
    return boto3.client("s3", config=Config(retries={"mode": "standard", "max_attempts": 4}))


def error_code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def described(error: Exception) -> dict[str, str]:
    return {"errorType": type(error).__name__, "error": str(error), "stackTrace": traceback.format_exc()}


def log(stream: Stream, level: str, message: str, **fields: Any) -> None:
    """One line of JSON, which CloudWatch Logs Insights reads field by field."""
    print(json.dumps({"level": level, "message": message, "zone": stream.zone, "stream": stream.name, **fields}, ensure_ascii=False))
