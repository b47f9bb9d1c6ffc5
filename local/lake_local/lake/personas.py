"""The personas of a lake: their roles, and sessions of them as an identity provider would give them."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from ..errors import OperationFailed, UserError
from ..names import CLASSES, CLEARANCE
from .client import Lake
from .model import Model, PersonaRole

PERSONAS = ("steward", "engineer", "scientist", "analyst")
_LOWEST = CLASSES[0]
_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AccessKeyId", "AWS_SECRET_ACCESS_KEY": "SecretAccessKey", "AWS_SESSION_TOKEN": "SessionToken"}


def role_of(model: Model, persona: str, clearance: str | None) -> PersonaRole:
    """Return a persona's role for a clearance: the one that has it fixed, else the one that takes it from the session."""
    roles = [role for role in model.persona_roles if role.persona == persona]
    if not roles:
        known = ", ".join(sorted({role.persona for role in model.persona_roles}))
        raise UserError(
            f"the lake has no persona {persona!r}: choose from {known}"
            if known
            else "the lake has no personas: give it some with `personas: { ... }`, and run `lake up`"
        )
    wanted = clearance or _LOWEST
    found = next((role for role in roles if role.clearance == wanted), None) or next((role for role in roles if not role.clearance), None)
    if found is None:
        has = ", ".join(role.clearance for role in roles if role.clearance)
        raise UserError(f"the lake has no {persona} with the clearance {wanted}: choose from {has}")
    return found


def session_tags(role: PersonaRole, clearance: str | None) -> dict[str, str]:
    """Return the tags that a session of a role gets: a clearance, unless the role has its own."""
    return {CLEARANCE: clearance} if clearance and not role.clearance else {}


def assume(lake: Lake, persona: str, clearance: str | None) -> tuple[dict[str, str], PersonaRole]:
    """Return the variables with which a command has a persona's rights, for an hour, and the role."""
    role = role_of(lake.model(), persona, clearance)
    arn = lake.client("iam").get_role(RoleName=role.name)["Role"]["Arn"]
    tags = [{"Key": name, "Value": value} for name, value in session_tags(role, clearance).items()]
    arguments: dict[str, Any] = {
        "RoleArn": arn,
        "RoleSessionName": f"lake-as-{persona}",
        **({"Tags": tags} if tags else {}),
        **lake.second_factor,
    }
    try:
        found = lake.client("sts").assume_role(**arguments)["Credentials"]
    except ClientError as error:
        what = f"the role {role.name} cannot be assumed" + (f" with the clearance {clearance}" if tags else "")
        raise OperationFailed(f"{what}: {error.response['Error']['Message']}\n  its trust policy decides who may") from None
    keys = {name: found[field] for name, field in _CREDENTIALS.items()}
    return {**lake.environment(), **keys}, role
