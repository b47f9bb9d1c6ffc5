"""Who is calling, and acting as a role: credentials of the embedded STS and IAM."""

from __future__ import annotations

import secrets
import threading
import time
from typing import Any, NamedTuple

from .iam import enforcement
from .ministack import identity as keys
from .ministack import principals

# A job's credentials are not renewed while it runs: as long as the longest session of AWS.
SESSION_SECONDS = 12 * 3600


class Credentials(NamedTuple):
    access_key: str
    secret_key: str
    token: str | None


_forwarded: dict[tuple[Credentials, str], tuple[Credentials, float]] = {}
_forwarding = threading.Lock()


class AssumeRoleError(Exception):
    """The role does not exist, or does not trust the service."""


def role_credentials(role_arn: str, session_name: str, service: str = "glue.amazonaws.com", source_arn: str | None = None) -> Credentials:
    """Return credentials of `role_arn`, as `service` gets them from STS: only if the role's trust policy lets that service assume it.

    Safe to call from any thread.
    """
    try:
        _, partition, _, _, account, resource = role_arn.split(":", 5)
        kind, _, path = resource.partition("/")
    except ValueError:
        kind = ""
    if kind != "role":
        raise AssumeRoleError(f"{role_arn!r} is not the ARN of a role")
    name = path.rsplit("/", 1)[-1]
    role = keys.find_role(account, name)
    if role is None:
        raise AssumeRoleError(f"role {role_arn} does not exist")
    if not trusts(role.get("AssumeRolePolicyDocument", "{}"), service, role_arn, source_arn):
        raise AssumeRoleError(f"{service} is not authorized to perform: sts:AssumeRole on resource: {role_arn}")
    session = "".join(c if c.isalnum() or c in "+=,.@-_" else "-" for c in session_name)[:64] or "session"
    credentials = Credentials(f"ASIA{secrets.token_hex(8).upper()}", secrets.token_hex(20), secrets.token_hex(64))
    keys.register_session(
        credentials.access_key,
        {
            "Arn": f"arn:{partition}:sts::{account}:assumed-role/{name}/{session}",
            "UserId": f"{role.get('RoleId') or name}:{session}",
            "SecretAccessKey": credentials.secret_key,
            "SessionToken": credentials.token,
            "Expiration": time.time() + SESSION_SECONDS,
            "AccountId": account,
            "PrincipalType": "AssumedRole",
        },
    )
    return credentials


def trusts(trust_policy: str | dict[str, Any], service: str, role_arn: str = "*", source_arn: str | None = None) -> bool:
    """Return whether a trust policy lets an AWS service, e.g. `glue.amazonaws.com`, assume its role."""
    account = role_arn.split(":")[4] if role_arn.count(":") >= 5 else ""
    source = {"aws:sourceaccount": account, **({"aws:sourcearn": source_arn} if source_arn else {})}
    return enforcement.trusts(trust_policy, service, "sts:AssumeRole", source)


def forwarded(credentials: Credentials, service: str) -> Credentials:
    """Return credentials with which a service, e.g. `athena.amazonaws.com`, calls others on its caller's behalf.

    They are the caller's own: what differs is what policies see (`aws:ViaAWSService`, `aws:CalledVia`). The same caller gets the same
    ones for half of their time, so that neither sessions nor the clients that are kept for them grow with the calls.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
    """
    caller = principals.caller(credentials.access_key)
    if caller is None:
        raise PermissionError("The security token included in the request is invalid.")
    now = time.time()
    with _forwarding:
        for key in [key for key, (_, until) in _forwarded.items() if until < now]:
            del _forwarded[key]
        if (credentials, service) not in _forwarded:
            _forwarded[credentials, service] = (_forward(caller, service), now + SESSION_SECONDS / 2)
        return _forwarded[credentials, service][0]


def _forward(caller: principals.Caller, service: str) -> Credentials:
    made = Credentials(f"ASIA{secrets.token_hex(8).upper()}", secrets.token_hex(20), secrets.token_hex(64))
    session = {
        "Arn": caller.arn,
        "UserId": caller.keys.get("aws:userid", ""),
        "AccountId": caller.account,
        "PrincipalType": caller.type,
        "PrincipalName": caller.user_name,
        "Expiration": time.time() + SESSION_SECONDS,
        **caller.session,
        "CalledVia": [*caller.session.get("CalledVia", []), service],
        "SecretAccessKey": made.secret_key,
        "SessionToken": made.token,
    }
    keys.register_session(made.access_key, session)
    return made


def caller_credentials(headers: dict[str, str], query_params: dict[str, Any] | None = None) -> Credentials:
    """Return the credentials that signed the current call: with them, our code reads exactly what the caller may read.

    Call it inside the request (it looks in the caller's account).
    """
    try:
        key = keys.caller_key(headers, query_params)
    except keys.InvalidKey as error:
        raise PermissionError(str(error)) from error
    return Credentials(key.access_key, key.secret_key, key.token)
