"""Custom resource: the usage limit of a Redshift Serverless workgroup, which CloudFormation has no type for.

Amount and breach action change in place. Another period, or another workgroup, makes a new limit, and CloudFormation
then deletes the old one.
"""

from __future__ import annotations

from typing import Any

import boto3
from cloudformation import NOTHING, respond

# What makes another limit of it.
IDENTITY = ("WorkgroupArn", "Period")


def handler(event: dict[str, Any], context: Any) -> None:
    respond(event, {"Create": create, "Update": update, "Delete": delete})


def create(event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    wanted = event["ResourceProperties"]
    limit: str = client().create_usage_limit(
        resourceArn=wanted["WorkgroupArn"],
        usageType="serverless-compute",
        period=wanted["Period"],
        amount=int(wanted["RpuHours"]),
        breachAction=wanted["BreachAction"],
    )["usageLimit"]["usageLimitId"]
    return limit, {}


def update(event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    old, wanted = event["OldResourceProperties"], event["ResourceProperties"]
    if any(old.get(key) != wanted.get(key) for key in IDENTITY):
        return create(event)
    limit = event["PhysicalResourceId"]
    client().update_usage_limit(usageLimitId=limit, amount=int(wanted["RpuHours"]), breachAction=wanted["BreachAction"])
    return limit, {}


def delete(event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    limit = event["PhysicalResourceId"]
    if limit != NOTHING:
        redshift = client()
        try:
            redshift.delete_usage_limit(usageLimitId=limit)
        except redshift.exceptions.ResourceNotFoundException:
            pass
    return limit, {}


def client() -> Any:
    return boto3.client("redshift-serverless")
