"""MiniStack's Secrets Manager: the secrets that other services manage in it."""

from __future__ import annotations

import json
from typing import Any


def put_managed(name: str, value: dict[str, str], owner: str, key: str = "") -> str:
    """Create or replace the secret that a service (`owner`) manages. Return its ARN."""
    from ministack.services import secretsmanager

    found = secretsmanager._secrets.get(name)
    if found is None:
        secretsmanager.create_secret_in_process(name, json.dumps(value), f"Managed by {owner}")
        found = secretsmanager._secrets[name]
        found["OwningService"] = owner
    else:
        secretsmanager.put_secret_value_in_process(name, json.dumps(value))
    if key:
        found["KmsKeyId"] = key
    return str(found["ARN"])


def delete(name: str) -> None:
    """Delete a secret at once. None of that name is no error."""
    from ministack.services import secretsmanager

    if secretsmanager._secrets.get(name) is not None:
        secretsmanager.delete_secret_in_process(name)


def value(identifier: str) -> dict[str, Any] | None:
    """Return a secret's value, a JSON object, by its name or ARN; None if there is no such secret."""
    from ministack.services import secretsmanager

    text = secretsmanager.resolve_secret_string(identifier)
    try:
        found = json.loads(text) if text else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def put_policy(identifier: str, policy: str) -> str:
    """Set the resource policy of a secret by its name or ARN. Return its ARN; raise if there is no such secret."""
    from ministack.services import secretsmanager

    status, _, body = secretsmanager._put_resource_policy({"SecretId": identifier, "ResourcePolicy": policy})
    found = json.loads(body)
    if status != 200:
        raise ValueError(found.get("message") or found.get("Message") or body)
    return str(found["ARN"])


def delete_policy(identifier: str) -> None:
    """Take a secret's resource policy away. None is no error."""
    from ministack.services import secretsmanager

    secretsmanager._delete_resource_policy({"SecretId": identifier})


def name_of(identifier: str) -> str:
    """Return the name of a secret by its ARN, a name as it is."""
    from ministack.services import secretsmanager

    _, found = secretsmanager._resolve(identifier)
    return str(found["Name"]) if found else identifier


def find_drift_by_arn(type_name: str) -> None:
    """Let CloudFormation look for the drift of secrets that are called by their ARNs. Idempotent."""
    from ministack.services.cloudformation import drift

    def read(arn: str, properties: dict[str, Any]) -> Any:
        return reader(name_of(arn), properties)

    reader, properties = drift._DRIFT_READERS[type_name]
    if reader.__name__ != read.__name__:
        drift._DRIFT_READERS[type_name] = (read, properties)
