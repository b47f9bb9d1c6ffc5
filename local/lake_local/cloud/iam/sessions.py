"""What a session brings along beside its role: multi-factor authentication, tags that a chain of roles keeps.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
"""

from __future__ import annotations

import json
import re
import time
from typing import Any
from urllib.parse import parse_qs

from ..ministack import principals as kept
from ..ministack.application import Handler, Response
from ..ministack.compute import name_functions_in_sessions
from ..ministack.identity import caller_key, failure
from ..service import operation, wrap_service
from .calls import Call
from .principals import principal_of_key

_MOST_TAGS = 50
_KEPT_BY_TRAILS = (
    "RoleArn",
    "RoleSessionName",
    "DurationSeconds",
    "ExternalId",
    "SourceIdentity",
    "SerialNumber",
    "PrincipalArn",
    "ProviderId",
)


def install() -> None:
    """Let STS check codes of devices, and sessions keep their tags."""
    kept.complete_sessions()
    name_functions_in_sessions()
    wrap_service("sts", _answer)


async def _answer(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any], original: Handler) -> Response:
    parameters = _parameters(headers, body, query)
    name = operation(headers) or parameters.get("Action", "")
    if name not in ("AssumeRole", "GetSessionToken"):
        return await original(method, path, headers, body, query)
    access_key = caller_key(headers, query).access_key
    caller, principal = kept.caller(access_key), principal_of_key(access_key)
    assert caller is not None and principal is not None
    try:
        session = _session(name, parameters, caller)
    except _Refused as refused:
        return failure("sts", headers, *refused.args)
    # A code that was given for this call counts in the role's trust policy too.
    keys = {**principal.keys, **({"aws:multifactorauthpresent": "true", "aws:multifactorauthage": "0"} if "MfaAt" in session else {})}
    with kept.session_to_come(session, keys):
        return await original(method, path, headers, body, query)


class _Refused(Exception):
    """A code and a message."""


def _session(name: str, parameters: dict[str, str], caller: kept.Caller) -> dict[str, Any]:
    """Return what the new session has beside what MiniStack gives it."""
    session: dict[str, Any] = {}
    if parameters.get("SerialNumber") or parameters.get("TokenCode"):
        _check_mfa(parameters, caller)
        session["MfaAt"] = time.time()
    if name == "AssumeRole":
        session |= _tags(parameters, caller)
    return session


def _check_mfa(parameters: dict[str, str], caller: kept.Caller) -> None:
    """Ask for a device of the caller's and a code of six digits. Devices here have no secret that a code could prove."""
    if caller.type == "Root" and parameters.get("SerialNumber", "").endswith(f"::{caller.account}:mfa/root-account-mfa-device"):
        if re.fullmatch(r"\d{6}", parameters.get("TokenCode", "")):
            return
        raise _Refused("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ")
    device = kept.mfa_device(parameters.get("SerialNumber", ""))
    if (
        device is None
        or not caller.user_name
        or device.get("User") != caller.user_name
        or not re.fullmatch(r"\d{6}", parameters.get("TokenCode", ""))
    ):
        raise _Refused("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ")


def _tags(parameters: dict[str, str], caller: kept.Caller) -> dict[str, Any]:
    """Return the tags that go on to the next role: those that the caller's session must keep, and those that the call names so."""
    inherited = {tag["Key"].lower(): tag for tag in caller.session.get("TransitiveTags") or []}
    tags = [
        {"Key": parameters[f"{prefix}.Key"], "Value": parameters.get(f"{prefix}.Value", "")} for prefix in _prefixes(parameters, "Tags")
    ]
    if conflict := next((tag["Key"] for tag in tags if tag["Key"].lower() in inherited), None):
        raise _Refused(
            "InvalidParameterValue",
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling "
            f"session: {conflict}",
        )
    named = {parameters[prefix].lower() for prefix in _prefixes(parameters, "TransitiveTagKeys")}
    known = {tag["Key"].lower(): tag for tag in tags}
    if missing := named - set(known):
        raise _Refused("InvalidParameterValue", f"The specified transitive tag key must be included in the requested tags: {min(missing)}")
    if len(tags) + len(inherited) > _MOST_TAGS:
        raise _Refused("ValidationError", f"a session can have at most {_MOST_TAGS} tags")
    return {"InheritedTags": list(inherited.values()), "TransitiveTags": [*inherited.values(), *(known[key] for key in sorted(named))]}


def request_parameters(call: Call) -> dict[str, Any] | None:
    """Return what CloudTrail keeps of a call that asks for a session: never a token or an assertion.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_ctlogs
    """
    parameters = _parameters(dict(call.headers), call.body, dict(call.query))
    found: dict[str, Any] = {f"{name[0].lower()}{name[1:]}": parameters[name] for name in _KEPT_BY_TRAILS if name in parameters}
    if (seconds := found.get("durationSeconds", "")).isdecimal():
        found["durationSeconds"] = int(seconds)
    if tags := _prefixes(parameters, "Tags"):
        found["tags"] = [{"key": parameters.get(f"{one}.Key", ""), "value": parameters.get(f"{one}.Value", "")} for one in tags]
    if keys := _prefixes(parameters, "TransitiveTagKeys"):
        found["transitiveTagKeys"] = [parameters[one] for one in keys]
    return found or None


def _prefixes(parameters: dict[str, str], name: str) -> list[str]:
    found = {match[0] for key in parameters if (match := re.match(rf"{name}\.member\.\d+", key))}
    return sorted(found, key=lambda one: int(one.rsplit(".", 1)[1]))


def _parameters(headers: dict[str, str], body: bytes, query: dict[str, Any]) -> dict[str, str]:
    """Return a call's parameters in the query protocol's names, whichever protocol it speaks."""
    if operation(headers):
        return _flat(json.loads(body or b"{}"))
    found = {name: values[0] if isinstance(values, list) else values for name, values in query.items()}
    found |= {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True).items()}
    return found


def _flat(document: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in document.items():
        for index, one in enumerate(value if isinstance(value, list) else ()):
            prefix = f"{name}.member.{index + 1}"
            found |= {f"{prefix}.{key}": str(part) for key, part in one.items()} if isinstance(one, dict) else {prefix: str(one)}
        if not isinstance(value, list):
            found[name] = str(value)
    return found
