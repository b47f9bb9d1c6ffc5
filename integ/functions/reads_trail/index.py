"""Looks for a call in a trail's files, as a role: who is asked, whether it may read them, and whether the call is in them."""

import gzip
import json
import os

import boto3
from botocore.exceptions import ClientError

sts = boto3.client("sts")


def handler(event, context):
    session = sts.assume_role(RoleArn=os.environ[f"ROLE_{event['role']}"], RoleSessionName="integ")["Credentials"]
    s3 = boto3.client(
        "s3",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    try:
        if "key" in event:
            s3.put_object(Bucket=os.environ["LOGS"], Key=event["key"], Body=b"forged")
            return "done"
        return find(s3, event["call"], event["object"])
    except ClientError as error:
        return error.response["Error"]["Code"]


def find(s3, call, name):
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=os.environ["LOGS"], Prefix="AWSLogs/"):
        for item in page.get("Contents", []):
            if "/CloudTrail/" not in item["Key"]:
                continue
            body = s3.get_object(Bucket=os.environ["LOGS"], Key=item["Key"])["Body"].read()
            for record in json.loads(gzip.decompress(body))["Records"]:
                if record["eventName"] == call and (record.get("requestParameters") or {}).get("key") == name:
                    return "found"
    return "not there yet"
