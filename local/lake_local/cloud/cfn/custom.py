"""Custom resources: CDK's bucket emptier without Node, and handlers that crash reported at once instead of after an hour."""

from __future__ import annotations

import json
import os
from typing import Any

from lake_local.fidelity import Entry

from .registry import register

FIDELITY = [
    Entry(
        "Custom::S3AutoDeleteObjects",
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
_RESPONSE_PATH = "/_ministack/cfn-response/"


def install() -> None:
    register("Custom::S3AutoDeleteObjects", _nothing_to_create, _name_changes, _empty_bucket)
    _fail_early()


def _nothing_to_create(logical_id: str, properties: dict[str, Any], _stack_name: str) -> tuple[str, dict]:
    return properties.get("BucketName") or logical_id, {}


def _name_changes(physical_id: str, _old: dict[str, Any], new: dict[str, Any], _stack_name: str) -> tuple[str, dict]:
    return new.get("BucketName") or physical_id, {}


def _empty_bucket(_physical_id: str, properties: dict[str, Any]) -> None:
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
    import boto3
    from botocore.config import Config
    from ministack.services import lambda_svc

    from ..server.identity import role_credentials

    _, config, name = lambda_svc._get_func_record_for_ref(service_token)
    if config is None:
        raise ValueError(f"custom resource handler {service_token!r} does not exist")
    credentials = role_credentials(config["Role"], name or "custom-resource", "lambda.amazonaws.com")
    return boto3.Session(*credentials, region_name=os.environ["AWS_REGION"]).client(
        service,
        endpoint_url=f"http://{os.environ['MINISTACK_HOST']}:{os.environ['GATEWAY_PORT']}",
        config=Config(s3={"addressing_style": "path"}),
    )


def _fail_early() -> None:
    """A handler that raised, and has not answered CloudFormation, will not answer any more."""
    from ministack.services import lambda_svc
    from ministack.services.cloudformation import custom_resource

    execute = lambda_svc._execute_function_with_config_scope
    if getattr(execute, "fails_early", False):
        return

    def executing(function: dict, event: Any) -> dict:
        token = _token(event) if _is_handler(function, event) else None
        try:
            result = execute(function, event)
        except Exception as error:
            if token:
                custom_resource.deliver_response(token, {"Status": "FAILED", "Reason": f"the handler could not run: {error}"})
            raise
        if token and isinstance(result, dict) and result.get("error") and not _answered(token):
            custom_resource.deliver_response(token, {"Status": "FAILED", "Reason": _reason(result)})
        return result

    executing.fails_early = True
    lambda_svc._execute_function_with_config_scope = executing


def _token(event: Any) -> str | None:
    url = event.get("ResponseURL") if isinstance(event, dict) else None
    return url.rsplit(_RESPONSE_PATH, 1)[1] if isinstance(url, str) and _RESPONSE_PATH in url else None


def _is_handler(function: dict, event: Any) -> bool:
    """Whether CloudFormation called the function. A handler may hand its event on to others, which raise to be called again later."""
    token = str(event.get("ResourceProperties", {}).get("ServiceToken")) if isinstance(event, dict) else ""
    return token in (function["config"].get("FunctionArn"), function["config"].get("FunctionName"))


def _reason(result: dict) -> str:
    body = result.get("body")
    if isinstance(body, dict):
        return f"the handler raised {body.get('errorType', 'an error')}: {body.get('errorMessage', body)}"
    return f"the handler raised an error: {body}"


def _answered(token: str) -> bool:
    from ministack.services.cloudformation import custom_resource

    entry = custom_resource._pending.get(token)
    return entry is None or entry["result"] is not None
