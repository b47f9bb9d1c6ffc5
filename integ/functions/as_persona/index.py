"""The broker of an integration test: becomes a persona with a clearance, as a portal does, and makes one call to S3."""

import os

import boto3
from botocore.exceptions import ClientError

sts = boto3.client("sts")


def handler(event, context):
    session = sts.assume_role(
        RoleArn=os.environ[f"ROLE_{event['persona']}"],
        RoleSessionName="integ",
        Tags=[{"Key": "clearance", "Value": event["clearance"]}],
    )["Credentials"]
    s3 = boto3.client(
        "s3",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    try:
        answer = getattr(s3, event["operation"])(Bucket=os.environ[f"BUCKET_{event['bucket']}"], **event["parameters"])
    except ClientError as error:
        return error.response["Error"]["Code"]
    return answer["Body"].read().decode() if "Body" in answer else "done"
