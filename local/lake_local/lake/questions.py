"""What someone may do: the words and short names in which it is asked, as the action and the ARN that IAM knows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ..errors import UserError
from .client import Lake
from .model import Model

# The words of docs/access-matrix.md.
ACTIONS = {
    "list": "s3:ListBucket",
    "get": "s3:GetObject",
    "put": "s3:PutObject",
    "delete": "s3:DeleteObject",
    "tag": "s3:PutObjectTagging",
    "untag": "s3:DeleteObjectTagging",
    "query": "athena:StartQueryExecution",
    "decrypt": "kms:Decrypt",
    "start-job": "glue:StartJobRun",
    "create-job": "glue:CreateJob",
    "pass-role": "iam:PassRole",
    "read-dlq": "sqs:ReceiveMessage",
}
_ON_BUCKETS = re.compile(r"s3:\w*Bucket\w*|s3:\w+Configuration|s3:GetAccelerate\w*")


@dataclass(frozen=True)
class Question:
    """An action on a resource, with the condition keys of the call."""

    action: str
    resource: str
    keys: dict[str, str] = field(default_factory=dict)


def question(lake: Lake, model: Model, action: str, resource: str, keys: dict[str, str]) -> Question:
    """Return what `action` on `resource` means. Raise if it is unclear."""
    named = ACTIONS.get(action, action)
    if not re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9]+", named):
        raise UserError(f"{action!r} is no action: give one such as s3:GetObject, or one of {', '.join(ACTIONS)}")
    service = named.split(":")[0]
    if resource == "*" or resource.startswith("arn:"):
        return Question(named, resource, _with_defaults(named, keys))
    if service == "s3":
        return _of_s3(model, named, resource, keys)
    if service not in _NAMED:
        raise UserError(f"{resource!r} is no ARN: give one such as arn:aws:{service}:{lake.region}:{lake.account}:...")
    return Question(named, _NAMED[service](lake, model, resource), _with_defaults(named, keys))


def _with_defaults(action: str, keys: dict[str, str]) -> dict[str, str]:
    return {"iam:PassedToService": "glue.amazonaws.com", **keys} if action == "iam:PassRole" else keys


def _of_s3(model: Model, action: str, resource: str, keys: dict[str, str]) -> Question:
    """Return a question on `s3://bucket/key`, or on `zone/key`."""
    bucket, _, key = resource.removeprefix("s3://").partition("/")
    if not resource.startswith("s3://"):
        bucket = model.zone(bucket).bucket
    if _ON_BUCKETS.fullmatch(action):
        prefix = {"s3:prefix": key} if action.startswith("s3:ListBucket") else {}
        return Question(action, f"arn:aws:s3:::{bucket}", {**prefix, **keys})
    if not key:
        raise UserError(f"{action} is about objects, and {resource!r} is a bucket: give a key too, such as raw/tables/orders/x.parquet")
    return Question(action, f"arn:aws:s3:::{bucket}/{key}", keys)


def _job(lake: Lake, model: Model, name: str) -> str:
    return f"arn:aws:glue:{lake.region}:{lake.account}:job/{model.jobs.get(name, name)}"


def _workgroup(lake: Lake, _model: Model, name: str) -> str:
    return f"arn:aws:athena:{lake.region}:{lake.account}:workgroup/{name}"


def _queue(lake: Lake, model: Model, name: str) -> str:
    if name == "dlq" and model.dead_letter_queue:
        name = model.dead_letter_queue.rsplit("/", 1)[-1]
    return f"arn:aws:sqs:{lake.region}:{lake.account}:{name}"


def _key(lake: Lake, model: Model, zone: str) -> str:
    """Return the key that encrypts a zone."""
    found = lake.client("s3").get_bucket_encryption(Bucket=model.zone(zone).bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    key = str(found[0]["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID", ""))
    return key if key.startswith("arn:") else f"arn:aws:kms:{lake.region}:{lake.account}:key/{key}"


def _role(lake: Lake, _model: Model, name: str) -> str:
    iam = lake.client("iam")
    try:
        return str(iam.get_role(RoleName=name)["Role"]["Arn"])
    except iam.exceptions.NoSuchEntityException:
        raise UserError(f"there is no role {name!r}") from None


def _function(lake: Lake, model: Model, name: str) -> str:
    stream = next((one.function for one in model.streams if one.name == name and one.function), name)
    return f"arn:aws:lambda:{lake.region}:{lake.account}:function:{stream}"


# Services whose resources have short names: a table's job, a work group, `dlq`, a zone's key, a role, a stream's function.
_NAMED: dict[str, Callable[[Lake, Model, str], str]] = {
    "glue": _job,
    "athena": _workgroup,
    "sqs": _queue,
    "kms": _key,
    "iam": _role,
    "lambda": _function,
}
