"""Policies as they are evaluated: parsed once for each document, each statement with the name of its policy."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import Any

from .conditions import Condition, conditions
from .texts import Text, wildcard_pattern

IDENTITY = "identity-based policy"
BOUNDARY = "permissions boundary"
SESSION = "session policy"
RESOURCE = "resource-based policy"
TRUST = "role trust policy"


@dataclass(frozen=True)
class Source:
    """Where a statement stands: the kind and the name of its policy, its position (from 0) and its Sid."""

    kind: str
    policy: str
    index: int
    sid: str

    def __str__(self) -> str:
        return f"statement {self.sid or f'#{self.index}'} of {self.policy}"


@dataclass(frozen=True)
class Statement:
    """A statement of a policy. `principals` and `not_principals` are those of AWS and services, None where the element is missing."""

    effect: str
    source: Source
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[Text, ...]
    not_resources: tuple[Text, ...]
    conditions: tuple[Condition, ...]
    principals: tuple[str, ...] | None
    not_principals: tuple[str, ...] | None

    def names_action(self, action: str) -> bool:
        """Return whether the statement is about an action. Letter case does not count."""
        if self.actions:
            return any(_is_like(action, pattern) for pattern in self.actions)
        return bool(self.not_actions) and not any(_is_like(action, pattern) for pattern in self.not_actions)


@dataclass(frozen=True)
class Policy:
    """A policy's statements."""

    kind: str
    name: str
    statements: tuple[Statement, ...]


def policy(kind: str, name: str, document: Any) -> Policy:
    """Return a policy of a document, given as text or as a structure; one that is no policy has no statements."""
    return _parsed(kind, name, document if isinstance(document, str) else json.dumps(document))


@functools.lru_cache(maxsize=2048)
def _parsed(kind: str, name: str, text: str) -> Policy:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return Policy(kind, name, ())
    has_variables = document.get("Version") == "2012-10-17"
    listed = document.get("Statement", [])
    statements = [
        _statement(Source(kind, name, index, str(one.get("Sid") or "")), one, has_variables=has_variables)
        for index, one in enumerate(listed if isinstance(listed, list) else [listed])
        if isinstance(one, dict) and one.get("Effect") in ("Allow", "Deny")
    ]
    return Policy(kind, name, tuple(statements))


def _statement(source: Source, document: dict[str, Any], *, has_variables: bool) -> Statement:
    def texts(name: str) -> tuple[Text, ...]:
        return tuple(Text(one, has_variables=has_variables) for one in _listed(document.get(name)))

    return Statement(
        document["Effect"],
        source,
        _listed(document.get("Action")),
        _listed(document.get("NotAction")),
        texts("Resource"),
        texts("NotResource"),
        conditions(document.get("Condition"), has_variables=has_variables),
        _principals(document["Principal"]) if "Principal" in document else None,
        _principals(document["NotPrincipal"]) if "NotPrincipal" in document else None,
    )


def _principals(element: Any) -> tuple[str, ...]:
    """Return `*`, account ids, ARNs, names of services and providers."""
    if not isinstance(element, dict):
        return _listed(element)
    return tuple(name for kind in ("AWS", "Service", "Federated") for name in _listed(element.get(kind)))


def _listed(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(one) for one in value) if isinstance(value, list) else (str(value),)


@functools.lru_cache(maxsize=65536)
def _is_like(action: str, pattern: str) -> bool:
    return wildcard_pattern(((pattern, True),), ignore_case=True).match(action) is not None
