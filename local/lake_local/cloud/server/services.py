"""Which of MiniStack's services answer: those that lakes are built on, those of a deployed stack, and those that are asked for."""

from __future__ import annotations

import os

from ..ministack.application import service_names
from ..ministack.cloudformation import deployed_types
from .request import Request

SETTING = "LAKE_SERVICES"
ALWAYS = frozenset(
    ("s3", "sqs", "sns", "events", "scheduler", "lambda", "states", "glue", "athena", "ec2")
    + ("iam", "sts", "kms", "secretsmanager", "ssm", "cloudformation", "cloudtrail", "logs", "monitoring", "tagging")
    + ("redshift", "redshift-data", "redshift-serverless", "rds", "rds-data")
)
# The service of a resource type's second part, where it is not that part in lower case.
_SERVICE_OF = {"kinesisfirehose": "firehose", "apigatewayv2": "apigateway", "elasticloadbalancingv2": "elasticloadbalancing"}


def check_setting() -> None:
    """Exit if LAKE_SERVICES names a service that does not exist."""
    if unknown := sorted(_asked_for() - service_names() - {"all"}):
        raise SystemExit(f"{SETTING} names no service {unknown[0]!r}: give some of {', '.join(sorted(service_names() - ALWAYS))}, or all")


def check_enabled(request: Request) -> None:
    """Refuse a call of a service that is off."""
    service = request.service
    if service in ALWAYS or service not in service_names() or _asked_for() & {service, "all"} or service in _deployed():
        return
    raise request.refuse("AccessDeniedException", f"{service} is off in this lake: `lake down`, then `{SETTING}={service} lake up`")


def _asked_for() -> set[str]:
    return {name.strip() for name in os.environ.get(SETTING, "").split(",") if name.strip()}


def _deployed() -> set[str]:
    """Services that a stack has resources of."""
    parts = {resource_type.split("::")[1].lower() for resource_type in deployed_types() if resource_type.count("::") == 2}
    found = {_SERVICE_OF.get(part, part) for part in parts}
    return found | ({"dynamodbstreams"} if "dynamodb" in found else set())
