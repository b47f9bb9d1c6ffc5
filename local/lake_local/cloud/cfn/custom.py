"""Custom resources: CDK's bucket emptier without Node, and handlers that crash reported at once instead of after an hour."""

from __future__ import annotations

import json
import os
from typing import Any

from lake_local.fidelity import Entry

from ..clients import client_as
from ..identity import role_credentials
from ..ministack import cloudformation, compute
from ..ministack.application import CUSTOM_RESOURCE_PAGE
from ..ministack.cloudformation import Created, Properties
from ..ministack.compute import Execute
from .registry import register

TYPE = "Custom::S3AutoDeleteObjects"
FIDELITY = [
    Entry(
        TYPE,
        "differs",
        "CDK's handler is JavaScript on the AWS SDK that Lambda brings along. Its steps are done here in Python, by the handler's role, "
        "so that no npm package is needed.",
    ),
    Entry(
        "Custom::*",
        "differs",
        "The handler runs as a Lambda function under its role. When it crashes before it has answered, the resource fails at once with its "
        "error; AWS would wait for the time-out, an hour.",
    ),
]

_TAG = {"Key": "aws-cdk:auto-delete-objects", "Value": "true"}


def install() -> None:
    register(TYPE, _nothing_to_create, _name_changes, _empty_bucket)
    _fail_early()


def _nothing_to_create(logical_id: str, properties: Properties, _stack_name: str) -> Created:
    return properties.get("BucketName") or logical_id, {}


def _name_changes(physical_id: str, _old: Properties, new: Properties, _stack_name: str) -> Created:
    return new.get("BucketName") or physical_id, {}


def _empty_bucket(_physical_id: str, properties: Properties) -> None:
    """What aws-cdk-lib's auto-delete-objects-handler does on Delete, as its role. Runs on a worker thread, so it may wait."""
    from botocore.exceptions import ClientError

    bucket = properties["BucketName"]
    s3 = _client_as_handler(properties["ServiceToken"], "s3")
    try:
        if _TAG not in s3.get_bucket_tagging(Bucket=bucket)["TagSet"]:
            return
        _refuse_new_objects(s3, bucket)
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            objects = [
                {"Key": item["Key"], "VersionId": item["VersionId"]} for item in page.get("Versions", []) + page.get("DeleteMarkers", [])
            ]
            if objects:
                failed = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True}).get("Errors")
                if failed:
                    raise RuntimeError(f"{bucket}: {failed[0]['Key']}: {failed[0].get('Message', failed[0].get('Code'))}")
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchBucket", "NoSuchTagSet"):
            raise


def _refuse_new_objects(s3: Any, bucket: str) -> None:
    from botocore.exceptions import ClientError

    try:
        try:
            policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
                raise
            policy = {"Version": "2012-10-17", "Statement": []}
        policy["Statement"].append(
            {"Principal": "*", "Effect": "Deny", "Action": ["s3:PutObject"], "Resource": [f"arn:aws:s3:::{bucket}/*"]}
        )
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucket":
            raise
        # CDK's handler goes on as well: a role made by an older CDK may lack this right.


def _client_as_handler(service_token: str, service: str) -> Any:
    """A client with the credentials of the role of the function that would have handled the resource."""
    name, function = compute.find_function(service_token)
    if function is None:
        raise ValueError(f"custom resource handler {service_token!r} does not exist")
    credentials = role_credentials(function["Role"], name or "custom-resource", "lambda.amazonaws.com")
    endpoint = f"http://{os.environ['MINISTACK_HOST']}:{os.environ['GATEWAY_PORT']}"
    return client_as(credentials, service, endpoint, os.environ["AWS_REGION"])


def _fail_early() -> None:
    """A handler that raised, and has not answered CloudFormation, will not answer any more."""

    def wrap(execute: Execute) -> Execute:
        return lambda function, event: _executed(execute, function, event)

    compute.wrap_execution(wrap)


def _executed(execute: Execute, function: Properties, event: Any) -> Properties:
    token = _token(event) if _is_handler(function, event) else None
    try:
        result = execute(function, event)
    except Exception as error:
        if token:
            cloudformation.fail_custom_resource(token, f"the handler could not run: {error}")
        raise
    if token and isinstance(result, dict) and result.get("error") and not cloudformation.is_answered(token):
        cloudformation.fail_custom_resource(token, _reason(result))
    return result


def _token(event: Any) -> str | None:
    url = event.get("ResponseURL") if isinstance(event, dict) else None
    return url.rsplit(CUSTOM_RESOURCE_PAGE, 1)[1] if isinstance(url, str) and CUSTOM_RESOURCE_PAGE in url else None


def _is_handler(function: Properties, event: Any) -> bool:
    """Whether CloudFormation called the function. A handler may hand its event on to others, which raise to be called again later."""
    token = str(event.get("ResourceProperties", {}).get("ServiceToken")) if isinstance(event, dict) else ""
    return token in (function["config"].get("FunctionArn"), function["config"].get("FunctionName"))


def _reason(result: Properties) -> str:
    body = result.get("body")
    if isinstance(body, dict):
        return f"the handler raised {body.get('errorType', 'an error')}: {body.get('errorMessage', body)}"
    return f"the handler raised an error: {body}"
