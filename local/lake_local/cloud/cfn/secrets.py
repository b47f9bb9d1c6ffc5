"""Secrets of Secrets Manager: `Ref` is the ARN, as on AWS, not the name; and their policies, which MiniStack's CloudFormation has not."""

from __future__ import annotations

import json

from lake_local.fidelity import Entry

from ..ministack import cloudformation, secrets
from ..ministack.cloudformation import Created, Properties, TypeHandler
from .registry import register

SECRET = "AWS::SecretsManager::Secret"
POLICY = "AWS::SecretsManager::ResourcePolicy"
TYPES = frozenset({SECRET, POLICY})
FIDELITY = [
    Entry(SECRET, "differs", "Values, generated ones too, their versions, tags and replicas. A key is kept, and nothing is encrypted."),
    Entry(POLICY, "differs", "The policy decides as the others do. `BlockPublicPolicy` is kept, and blocks nothing."),
]


def install() -> None:
    """Wrap MiniStack's secrets, and register their policies."""
    cloudformation.extend_type(SECRET, _by_arn)
    secrets.find_drift_by_arn(SECRET)
    register(POLICY, _create_policy, _update_policy, _delete_policy, replaced_by=("SecretId",))


def _by_arn(handler: TypeHandler) -> TypeHandler:
    """Return what calls secrets by their ARNs: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html"""
    create, update, delete = handler["create"], handler["update"], handler["delete"]

    def creating(logical_id: str, properties: Properties, stack_name: str) -> Created:
        _, attributes = create(logical_id, properties, stack_name)
        return attributes["Id"], attributes

    def updating(arn: str, old: Properties, new: Properties, stack_name: str, logical_id: str | None = None) -> Created:
        _, attributes = update(secrets.name_of(arn), old, new, stack_name, logical_id)
        return attributes["Id"], attributes

    def deleting(arn: str, properties: Properties) -> None:
        delete(secrets.name_of(arn), properties)

    return {"create": creating, "update": updating, "delete": deleting}


def _create_policy(_logical_id: str, properties: Properties, _stack_name: str) -> Created:
    return _put(properties)


def _update_policy(_arn: str, _old: Properties, new: Properties, _stack_name: str) -> Created:
    return _put(new)


def _delete_policy(arn: str, _properties: Properties) -> None:
    secrets.delete_policy(arn)


def _put(properties: Properties) -> Created:
    for name in ("SecretId", "ResourcePolicy"):
        if not properties.get(name):
            raise ValueError(f"{POLICY} needs {name}")
    arn = secrets.put_policy(properties["SecretId"], json.dumps(properties["ResourcePolicy"]))
    return arn, {"Id": arn}
