"""The database user who reads what is loaded, and writes nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets

import boto3
from transactions import literal, quoted

ITERATIONS = 4096
SALT_BYTES = 16


def reader() -> dict[str, str]:
    """Return name and password of the reader, as the secret has them."""
    text = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["READER_SECRET"])["SecretString"]
    found: dict[str, str] = json.loads(text)
    return found


def password(user: dict[str, str]) -> str:
    """Return the statement that gives the reader the secret's password, which stands in no log: as PostgreSQL keeps it."""
    return f"ALTER ROLE {quoted(user['username'])} LOGIN PASSWORD {literal(verifier(user['password'], secrets.token_bytes(SALT_BYTES)))}"


def verifier(text: str, salt: bytes) -> str:
    """Return what PostgreSQL keeps of a password of ASCII: https://www.rfc-editor.org/rfc/rfc5803"""
    salted = hashlib.pbkdf2_hmac("sha256", text.encode("ascii"), salt, ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    encoded = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${ITERATIONS}:{encoded[0]}${encoded[1]}:{encoded[2]}"
