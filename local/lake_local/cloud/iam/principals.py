"""Principals with all that limits them, made of what the embedded IAM and STS keep."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ..ministack import principals as kept
from ..ministack.identity import find_role
from .evaluation import ANONYMOUS_TYPE, Principal
from .policies import BOUNDARY, IDENTITY, SESSION, Policy, policy

ANONYMOUS = Principal("*", ANONYMOUS_TYPE, "anonymous", (), keys={"aws:principaltype": ANONYMOUS_TYPE, "aws:principalaccount": "anonymous"})
_EVERYTHING = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


def principal_of_key(access_key: str) -> Principal | None:
    """Return whom an access key stands for: the root user, a user, or a session with its tags and session policies."""
    caller = kept.caller(access_key)
    if caller is None:
        return None
    keys = dict(caller.keys)
    if caller.session:
        keys |= _session_keys(caller.session)
    if caller.type == "AssumedRole":
        found = principal_of_role(caller.account, caller.arn.split("/")[1], caller.arn, keys)
    elif caller.type == "Root" or (caller.type == "FederatedUser" and not caller.user_name):
        # A federated user of the root user has only what the session's policies allow.
        found = Principal(caller.arn, caller.type, caller.account, (policy(IDENTITY, "the root user", _EVERYTHING),), keys=keys)
    else:
        found = _user(caller, keys)
    limits = (*found.limits, *_session_policies(caller.session, caller.account))
    return Principal(found.arn, found.type, found.account, found.policies, limits, _with_identity(found), found.role_arn)


def principal_of_role(account: str, name: str, arn: str = "", keys: Mapping[str, Any] | None = None) -> Principal:
    """Return a role as a principal, or one of its sessions by its ARN."""
    role = find_role(account, name) or {}
    role_arn = role.get("Arn") or f"arn:aws:iam::{account}:role/{name}"
    known = keys if keys is not None else {f"aws:principaltag/{tag['Key'].lower()}": tag["Value"] for tag in role.get("Tags") or []}
    policies = _policies(name, kept.entity_documents(role, account))
    found = Principal(arn or role_arn, "AssumedRole", account, policies, _boundary(role, account), known, role_arn)
    return Principal(found.arn, found.type, account, policies, found.limits, _with_identity(found), role_arn)


def _user(caller: kept.Caller, keys: dict[str, Any]) -> Principal:
    name = caller.user_name or str(caller.session.get("PrincipalName") or "")
    user = kept.find_user(caller.account, name) or {}
    policies = _policies(name, kept.user_documents(name, caller.account))
    return Principal(caller.arn, caller.type, caller.account, policies, _boundary(user, caller.account), keys)


def _with_identity(principal: Principal) -> dict[str, Any]:
    return {
        "aws:principalarn": principal.role_arn or principal.arn,
        "aws:principalaccount": principal.account,
        "aws:principaltype": principal.type,
        "aws:principalisawsservice": "false",
        "aws:viaawsservice": "false",
        **principal.keys,
    }


def _policies(owner: str, documents: Any) -> tuple[Policy, ...]:
    return tuple(policy(IDENTITY, name if name.startswith("arn:") else f"{owner}/{name}", document) for name, document in documents)


def _boundary(entity: Mapping[str, Any], account: str) -> tuple[tuple[Policy, ...], ...]:
    arn = entity.get("PermissionsBoundary")
    # A boundary that does not exist allows nothing.
    return ((policy(BOUNDARY, str(arn), kept.managed_document(arn, account) or {}),),) if arn else ()


def _session_policies(session: Mapping[str, Any], account: str) -> tuple[tuple[Policy, ...], ...]:
    passed = session.get("SessionPolicies")
    if passed is None:
        return ()
    documents = [("the session", passed["Policy"])] if passed.get("Policy") else []
    documents += [(arn, kept.managed_document(arn, account) or {}) for arn in passed.get("PolicyArns", [])]
    return (tuple(policy(SESSION, name, document) for name, document in documents),)


def _session_keys(session: Mapping[str, Any]) -> dict[str, Any]:
    """Return the condition keys of a session, in lower case.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    found: dict[str, Any] = {"aws:multifactorauthpresent": "true" if session.get("MfaAt") else "false"}
    if session.get("MfaAt"):
        found["aws:multifactorauthage"] = str(int(time.time() - session["MfaAt"]))
    if issued := session.get("IssuedAt"):
        found["aws:tokenissuetime"] = datetime.fromtimestamp(issued, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if session.get("SourceFunctionArn"):
        found["lambda:sourcefunctionarn"] = session["SourceFunctionArn"]
    if via := session.get("CalledVia"):
        found |= {"aws:viaawsservice": "true", "aws:calledvia": via, "aws:calledviafirst": via[0], "aws:calledvialast": via[-1]}
    return found
