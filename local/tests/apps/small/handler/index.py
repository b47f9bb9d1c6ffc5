"""Copies what arrives to the next bucket, in capitals. An object whose name begins with a fault is processed at the second try."""

import json
import os
import resource
import time
import urllib.parse

import boto3
from botocore.exceptions import ClientError

s3 = boto3.client("s3")


def run_out_of_memory():
    resource.setrlimit(resource.RLIMIT_AS, (512 * 1024 * 1024, resource.RLIM_INFINITY))
    return bytearray(2 * 1024 * 1024 * 1024)


FAULTS = {"crash": lambda: os._exit(1), "error": lambda: 1 / 0, "slow": lambda: time.sleep(60), "memory": run_out_of_memory}


def fail_once(key):
    """Fail as the object's name asks for, unless it did so before: that is marked in the next bucket."""
    fault, mark = FAULTS.get(key.rsplit("/", 1)[-1].split("-")[0]), f"faults/{key}"
    if fault is None:
        return
    try:
        s3.head_object(Bucket=os.environ["TARGET"], Key=mark)
    except ClientError:
        s3.put_object(Bucket=os.environ["TARGET"], Key=mark, Body=b"")
        fault()


def handler(event, _context):
    for record in event["Records"]:
        for entry in json.loads(record["body"]).get("Records", []):
            key = urllib.parse.unquote_plus(entry["s3"]["object"]["key"])
            fail_once(key)
            body = s3.get_object(Bucket=entry["s3"]["bucket"]["name"], Key=key)["Body"].read()
            print(f"{os.environ['GREETING']}: {key}")
            s3.put_object(Bucket=os.environ["TARGET"], Key=key, Body=body.upper())
    return {"batchItemFailures": []}
