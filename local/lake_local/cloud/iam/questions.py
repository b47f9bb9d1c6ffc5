"""What would be decided on a call, without making it: a page of the lake, for `lake can`."""

from __future__ import annotations

import contextvars
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from ..ministack.application import scope
from ..ministack.authorization import Check
from ..ministack.identity import find_role
from . import networks
from .calls import Call, begin
from .enforcement import Decided, decide_all
from .evaluation import Principal
from .principals import principal_of_role
from .records import decision_of

_TAGS = "s3:requestobjecttag/"


def answer(parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return the decisions on a call of a role's session, as the request log records them.

    `role`: its name. `action`, `resource`: of the call. `tags`, `keys`: JSON objects, the session's tags and the call's condition keys.
    The decisions stop at the first that refuses. The role's trust policy is not asked.
    """
    account, region = scope()
    role, action = parameters["role"], parameters["action"]
    if find_role(account, role) is None:
        return {"message": f"there is no role {role}"}
    keys = {"aws:securetransport": "true"} | {name.lower(): value for name, value in json.loads(parameters.get("keys", "{}")).items()}
    principal = _session(account, role, json.loads(parameters.get("tags", "{}")))
    service = action.split(":", 1)[0]
    check = Check("", action, service, region, parameters["resource"], keys)
    decided = contextvars.copy_context().run(_decide, principal, check, keys)
    return {"decisions": [decision_of(one) for one in decided]}


def _session(account: str, role: str, tags: Mapping[str, str]) -> Principal:
    """Return a session of a role as `sts:AssumeRole` would make it. Its own tags win over the role's.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
    """
    known = principal_of_role(account, role)
    keys = {name: value for name, value in known.keys.items() if name.startswith("aws:principaltag/")}
    keys |= {f"aws:principaltag/{name.lower()}": value for name, value in tags.items()}
    keys |= {"aws:multifactorauthpresent": "false"}
    return principal_of_role(account, role, f"arn:aws:sts::{account}:assumed-role/{role}/can", keys)


def _decide(principal: Principal, check: Check, keys: Mapping[str, Any]) -> list[Decided]:
    """Decide in a context of its own, as on a call that has these tags in its head."""
    tags = {name.removeprefix(_TAGS): value for name, value in keys.items() if name.startswith(_TAGS)}
    call = Call("GET", "/", {}, {"x-amz-tagging": urlencode(tags)} if tags else {}, check.service)
    begin(call)
    decide_all(principal, check, networks.Way())
    return list(call.decided)
