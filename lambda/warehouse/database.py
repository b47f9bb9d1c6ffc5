"""Custom resource: schema, groups and users of the warehouse, made by the administrator before anybody connects.

The loader owns the tables. Readers are in a group that may read them, and write nothing. Users by IAM have no password; those of BI tools
have the password of their secret, which goes to the warehouse as a digest.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import boto3
from cloudformation import respond
from data_api import READERS, SCHEMA, Session, literal, quoted


def handler(event: dict[str, Any], context: Any) -> None:
    respond(event, {"Create": prepare, "Update": prepare, "Delete": leave})


def prepare(event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    wanted = event["ResourceProperties"]
    session = Session(wanted["Target"], wanted["Database"], administrator(wanted["Administrator"]))
    users, groups = session.names("SELECT usename FROM pg_user"), session.names("SELECT groname FROM pg_group")
    loader, readers = wanted["Loader"], list(wanted.get("Readers", []))
    secrets = {user["username"]: user["password"] for user in map(secret, wanted.get("ReaderSecrets", []))}
    gone = [name for name in event.get("OldResourceProperties", {}).get("Readers", []) if name not in readers and name in users]

    for sql in [
        f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}",
        *([] if READERS in groups else [f"CREATE GROUP {READERS}"]),
        *(f"CREATE USER {quoted(name)} PASSWORD DISABLE" for name in [loader, *readers] if name not in users),
        *(password(name, text, name in users) for name, text in secrets.items()),
        f"GRANT USAGE, CREATE ON SCHEMA {SCHEMA} TO {quoted(loader)}",
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO GROUP {READERS}",
        # Everybody could make tables there.
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        *(f"ALTER GROUP {READERS} ADD USER {quoted(name)}" for name in [*readers, *secrets]),
        *(f"ALTER GROUP {READERS} DROP USER {quoted(name)}" for name in gone),
    ]:
        session.run(sql)
    return f"{wanted['Database']}/{SCHEMA}", {}


def leave(event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Leave users and tables where they are: they are kept, or go, with the warehouse."""
    return event["PhysicalResourceId"], {}


def administrator(given: dict[str, str]) -> str:
    """Return the ARN of the secret that AWS made; of a namespace, CloudFormation does not tell it."""
    if arn := given.get("SecretArn"):
        return arn
    found: str = boto3.client("redshift-serverless").get_namespace(namespaceName=given["NamespaceName"])["namespace"][
        "adminPasswordSecretArn"
    ]
    return found


def secret(arn: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(boto3.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
    return found


def password(user: str, text: str, exists: bool) -> str:
    """Return the statement that gives a user a password, which stands in no log: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html"""
    digest = hashlib.md5(f"{text}{user}".encode(), usedforsecurity=False).hexdigest()
    return f"{'ALTER' if exists else 'CREATE'} USER {quoted(user)} PASSWORD {literal('md5' + digest)}"
