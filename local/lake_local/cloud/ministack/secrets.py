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
