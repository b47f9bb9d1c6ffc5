"""Roles that a call hands to a service: the caller must be allowed to pass them, and they must trust the service.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from ..ministack.application import scope
from ..ministack.authorization import Check, Refusal
from ..ministack.identity import find_role
from . import enforcement
from .calls import Call, current
from .evaluation import Decision, Principal


class Passing(NamedTuple):
    """A call that passes a role: where its body names it, to whom, and what the service says of a role that does not trust it.

    Without `untrusted` the service finds out later, when it needs the role.
    """

    path: str
    service: str
    untrusted: tuple[str, str] | None = None


LAMBDA = ("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.")
_CRAWLER = ("InvalidInputException", "Service is unable to assume provided role. Please verify role's TrustPolicy")
_EVENTS = ("ValidationException", "Provided role '{role}' cannot be assumed by principal 'events.amazonaws.com'.")
_STATES = (
    "AccessDeniedException",
    "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.",
)
_SCHEDULER = ("ValidationException", "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.")
_STACK = ("ValidationError", "Role {role} is invalid or cannot be assumed")
_TRAIL = ("InvalidCloudWatchLogsRoleArnException", "Access denied. Check the trust relationships for your role.")

PASSING = {
    "glue:CreateJob": Passing("Role", "glue.amazonaws.com"),
    "glue:UpdateJob": Passing("JobUpdate.Role", "glue.amazonaws.com"),
    "glue:CreateCrawler": Passing("Role", "glue.amazonaws.com", _CRAWLER),
    "glue:UpdateCrawler": Passing("Role", "glue.amazonaws.com", _CRAWLER),
    "lambda:CreateFunction": Passing("Role", "lambda.amazonaws.com", LAMBDA),
    "lambda:UpdateFunctionConfiguration": Passing("Role", "lambda.amazonaws.com", LAMBDA),
    "events:PutTargets": Passing("Targets.RoleArn", "events.amazonaws.com", _EVENTS),
    "events:PutRule": Passing("RoleArn", "events.amazonaws.com", _EVENTS),
    "scheduler:CreateSchedule": Passing("Target.RoleArn", "scheduler.amazonaws.com", _SCHEDULER),
    "scheduler:UpdateSchedule": Passing("Target.RoleArn", "scheduler.amazonaws.com", _SCHEDULER),
    "states:CreateStateMachine": Passing("roleArn", "states.amazonaws.com", _STATES),
    "states:UpdateStateMachine": Passing("roleArn", "states.amazonaws.com", _STATES),
    "cloudtrail:CreateTrail": Passing("CloudWatchLogsRoleArn", "cloudtrail.amazonaws.com", _TRAIL),
    "cloudtrail:UpdateTrail": Passing("CloudWatchLogsRoleArn", "cloudtrail.amazonaws.com", _TRAIL),
    **{
        f"cloudformation:{name}": Passing("RoleARN", "cloudformation.amazonaws.com", _STACK)
        for name in ("CreateStack", "UpdateStack", "DeleteStack", "CreateChangeSet")
    },
}


def install() -> None:
    """Check the roles that calls pass, once the call itself is allowed."""
    for action in PASSING:
        enforcement.check_further(action, check)


def check(asked: Check, principal: Principal) -> Decision | Refusal | None:
    """Return what refuses a call because of a role that it passes, None if nothing does."""
    call = current()
    passing = PASSING[asked.action]
    for role in passed_roles(call, passing.path) if call else ():
        if found := refusal(principal, role, passing):
            return found
    return None


def refusal(principal: Principal, role: str, passing: Passing) -> Decision | Refusal | None:
    """Return what forbids a principal to pass a role (its ARN or its name) to a service, None if nothing does."""
    arn = role if role.startswith("arn:") else f"arn:aws:iam::{scope()[0]}:role/{role.lstrip('/')}"
    asked = Check("", "iam:PassRole", "iam", scope()[1], arn, {"iam:passedtoservice": passing.service})
    decision = enforcement.decide(principal, asked)
    if not decision.allowed:
        return decision
    if passing.untrusted and is_untrusted(arn, passing.service):
        code, message = passing.untrusted
        return Refusal(principal.arn, message.format(role=arn), code)
    return None


def is_untrusted(role_arn: str, service: str) -> bool:
    """Return whether a role exists, and does not trust a service for anything that it may act for."""
    parts = role_arn.split(":", 5)
    role = find_role(parts[4], parts[5].rsplit("/", 1)[-1]) if len(parts) == 6 else None
    # Which resource the service will act for is not known yet: conditions on it count when the role is assumed.
    return role is not None and not enforcement.names_in_trust(role.get("AssumeRolePolicyDocument") or {}, service)


def passed_roles(call: Call, path: str) -> Iterator[str]:
    """Yield the roles that a call's body names at a path."""
    yield from named(_document(call), path)


def named(document: Any, path: str) -> Iterator[str]:
    """Yield the texts at a path, e.g. `Targets.RoleArn`; lists on the way are looked through."""
    found: list[Any] = [document]
    for part in path.split("."):
        found = [one.get(part) for one in found if isinstance(one, dict)]
        found = [one for value in found for one in (value if isinstance(value, list) else [value])]
    yield from (one for one in found if isinstance(one, str) and one)


def _document(call: Call) -> Any:
    body = call.body
    if "gzip" in call.headers.get("content-encoding", "").lower():
        body = zlib.decompress(body, wbits=31)
    if "x-www-form-urlencoded" in call.headers.get("content-type", ""):
        return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    try:
        return json.loads(body or b"{}")
    except ValueError:
        return {}
