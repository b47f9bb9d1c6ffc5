"""Copies what arrives to the next bucket, in capitals."""

import json
import os
import urllib.parse

import boto3

s3 = boto3.client("s3")


def handler(event, _context):
    for record in event["Records"]:
        for entry in json.loads(record["body"]).get("Records", []):
            key = urllib.parse.unquote_plus(entry["s3"]["object"]["key"])
            body = s3.get_object(Bucket=entry["s3"]["bucket"]["name"], Key=key)["Body"].read()
            print(f"{os.environ['GREETING']}: {key}")
            s3.put_object(Bucket=os.environ["TARGET"], Key=key, Body=body.upper())
    return {"batchItemFailures": []}
