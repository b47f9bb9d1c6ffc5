"""The example's own stream function: for each image that arrives, writes what its header says into the next zone, as `<key>.json`.

What is no image is copied to the zone's quarantine prefix, with the reason beside it. Any other failure is reported to SQS, which brings
the message again and at last to the dead-letter queue.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import unquote_plus

import boto3
from botocore.exceptions import ClientError
from image_header import HEADER_BYTES, NotAnImage, read_header


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    failures = []
    for message in event["Records"]:
        try:
            for bucket, key in objects_in(message["body"]):
                print(json.dumps(describe(s3_client(), bucket, key)))
        except Exception as error:
            print(json.dumps({"level": "error", "messageId": message["messageId"], "error": f"{type(error).__name__}: {error}"}))
            failures.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failures}


def objects_in(body: str) -> Iterator[tuple[str, str]]:
    """Bucket and key of each object whose creation the message announces. S3's test event announces none."""
    for record in json.loads(body).get("Records", []):
        key = unquote_plus(record["s3"]["object"]["key"])
        if not key.endswith("/"):
            yield record["s3"]["bucket"]["name"], key


def describe(s3: Any, bucket: str, key: str) -> dict[str, Any]:
    """Reads the header of one image, saves it in the next zone, and says what was done."""
    try:
        source = s3.get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return {"outcome": "skipped", "key": key, "why": "the object is gone"}
        raise
    with source["Body"] as body:
        data = body.read(HEADER_BYTES)
    try:
        header = read_header(data)
    except NotAnImage as problem:
        return quarantine(s3, bucket, key, str(problem))
    found = {"key": key, "format": header.format, "width": header.width, "height": header.height, "bytes": source["ContentLength"]}
    put_json(s3, os.environ["NEXT_BUCKET"], f"{key}.json", found)
    return {"outcome": "saved", **found}


def quarantine(s3: Any, bucket: str, key: str, reason: str) -> dict[str, Any]:
    target = os.environ["QUARANTINE_PREFIX"] + key.removeprefix(os.environ["PREFIX"])
    s3.copy_object(Bucket=bucket, Key=target, CopySource={"Bucket": bucket, "Key": key})
    put_json(s3, bucket, f"{target}.reason.json", {"reason": "not an image", "detail": reason, "bucket": bucket, "key": key})
    return {"outcome": "quarantined", "key": key, "reason": reason}


def put_json(s3: Any, bucket: str, key: str, value: dict[str, Any]) -> None:
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(value).encode(), ContentType="application/json")


@cache
def s3_client() -> Any:
    return boto3.client("s3")
