"""Grants of KMS: what allows the use of a key beside policies.

https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..ministack import encryption
from ..ministack.authorization import Check
from .evaluation import Principal

_CONTEXT = "kms:encryptioncontext:"


def granted(principal: Principal, check: Check) -> str | None:
    """Return the name of a grant that allows a check, None if there is none."""
    operation = check.action.partition(":")[2]
    for grant in encryption.grants(check.resource):
        if (
            grant["GranteePrincipal"] in (principal.arn, principal.role_arn)
            and operation in grant["Operations"]
            and _meets(grant.get("Constraints") or {}, check.context)
        ):
            return f"grant {grant.get('Name') or grant['GrantId']}"
    return None


def _meets(constraints: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
    """Return whether the encryption context of a request is, or holds, what a grant asks for."""
    given = {key.removeprefix(_CONTEXT): value for key, value in context.items() if key.startswith(_CONTEXT)}
    equal, subset = (
        {key.lower(): value for key, value in (constraints.get(f"EncryptionContext{name}") or {}).items()} for name in ("Equals", "Subset")
    )
    return (not equal or equal == given) and subset.items() <= given.items()
