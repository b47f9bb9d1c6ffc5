"""A stream's own code: what arrives goes to the next zone in upper case. It fails on an object that says `poison`."""

import json
import os
from urllib.parse import unquote_plus

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    failures = []
    for message in event["Records"]:
        for record in json.loads(message["body"]).get("Records", []):
            bucket, key = record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"])
            text = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
            if "poison" in text:
                failures.append({"itemIdentifier": message["messageId"]})
            else:
                s3.put_object(Bucket=os.environ["NEXT_BUCKET"], Key=key, Body=text.upper().encode())
    return {"batchItemFailures": failures}
