"""The decision on a request: by which statement, or which right is missing where.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
One account; no organization's policies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .conditions import holds
from .policies import BOUNDARY, IDENTITY, RESOURCE, Policy, Statement
from .resourceless import takes_no_resource
from .texts import Lookup

# Of the principal of a call without a signature.
ANONYMOUS_TYPE = "Anonymous"

# How a statement of a resource's policy names the caller.
_DIRECTLY, _AS_ROLE_OR_ANYBODY, _BY_ACCOUNT = 3, 2, 1


@dataclass(frozen=True)
class Principal:
    """Who asks. `limits` are the layers (boundary, session policies) that must allow as well; `keys` are condition keys in lower case."""

    arn: str
    type: str
    account: str
    policies: tuple[Policy, ...]
    limits: tuple[tuple[Policy, ...], ...] = ()
    keys: Mapping[str, Any] = field(default_factory=dict)
    # The role of a session, else what `arn` is.
    role_arn: str = ""


@dataclass(frozen=True)
class ResourcePolicy:
    """A resource's own policy. If it is `required`, as a key's is, it must allow the owner's own users and roles too."""

    policy: Policy
    owner: str | None = None
    required: bool = False


@dataclass(frozen=True)
class Decision:
    """Whether a request is allowed, and why.

    - `effect`: `Allow`, `Deny` (by `statement`) or `ImplicitDeny` (no `missing` policy allows it)
    - `statement`: the one that decided, None for an implicit deny
    - `missing`: the kind of policy that would have had to allow it
    - `grant`: what allowed it beside policies
    """

    effect: str
    principal: str
    action: str
    resource: str
    statement: Statement | None = None
    missing: str = ""
    grant: str = ""

    @property
    def allowed(self) -> bool:
        return self.effect == "Allow"

    @property
    def message(self) -> str:
        """AWS's text for a denial, and the statement that decided."""
        start = f"User: {self.principal} is not authorized to perform: {self.action} on resource: {self.resource}"
        if self.statement is not None:
            article = "an" if self.statement.source.kind == IDENTITY else "a"
            return f"{start} with an explicit deny in {article} {self.statement.source.kind} ({self.statement.source})"
        return f"{start} because no {self.missing} allows the {self.action} action"


def explain(
    principal: Principal, action: str, resource: str, context: Mapping[str, Any], resource_policy: ResourcePolicy | None = None
) -> Decision:
    """Return the decision on a request and the statement that made it. `context` are condition keys in lower case."""
    return _Evaluation(principal, action, resource, context).decide(resource_policy)


def first_match(statements: Iterable[Statement], effect: str, action: str, resource: str, lookup: Lookup) -> Statement | None:
    """Return the first statement with an effect that applies to a request, whoever asks."""
    for statement in statements:
        if (
            statement.effect == effect
            and statement.names_action(action)
            and _names_resource(statement, resource, lookup)
            and all(holds(condition, lookup) for condition in statement.conditions)
        ):
            return statement
    return None


def naming(principal_arn: str, principal_role: str, statement: Statement) -> int:
    """Return how a statement of a resource's policy names a caller, 0 if it does not."""
    if statement.not_principals is not None:
        # Only with Deny. An exception must name the caller and its account:
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
        levels = {_naming(principal_arn, principal_role, name) for name in statement.not_principals}
        is_excepted = _BY_ACCOUNT in levels and max(levels) > _BY_ACCOUNT
        is_excepted |= principal_arn.endswith(":root") and _BY_ACCOUNT in levels
        return 0 if statement.effect == "Allow" or is_excepted else _AS_ROLE_OR_ANYBODY
    return max((_naming(principal_arn, principal_role, name) for name in statement.principals or ()), default=0)


def _denies_the_bounded(principal: Principal, statement: Statement) -> bool:
    """Return whether a statement binds a principal because it has a permissions boundary: NotPrincipal then excepts nobody.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    return statement.not_principals is not None and any(one.kind == BOUNDARY for layer in principal.limits for one in layer)


def _naming(arn: str, role: str, name: str) -> int:
    if name == "*":
        return _AS_ROLE_OR_ANYBODY
    if name == arn and not arn.endswith(":root"):
        return _DIRECTLY
    if role and name == role:
        return _AS_ROLE_OR_ANYBODY
    account = arn.split(":")[4] if arn.count(":") >= 5 else ""
    return _BY_ACCOUNT if account and (name == account or re.fullmatch(rf"arn:aws[a-z-]*:iam::{account}:root", name)) else 0


def _names_resource(statement: Statement, resource: str, lookup: Lookup) -> bool:
    if statement.resources:
        return any(text.matches(resource, lookup) for text in statement.resources)
    if statement.not_resources:
        return not any(text.matches(resource, lookup) for text in statement.not_resources)
    # A trust policy names none.
    return True


class _Evaluation:
    """One request."""

    def __init__(self, principal: Principal, action: str, resource: str, context: Mapping[str, Any]) -> None:
        self._principal = principal
        self._action = action
        self._resource = resource
        # An action without resource types is allowed (and denied) by `*` only.
        self._matched = "*" if takes_no_resource(action) else resource
        self._context = context

    def decide(self, own: ResourcePolicy | None) -> Decision:
        principal = self._principal
        own_statements = [(one, naming(principal.arn, principal.role_arn, one)) for one in own.policy.statements] if own else []
        for policies in (principal.policies, *principal.limits):
            if denial := self._match(policies, "Deny"):
                return self._decision("Deny", denial)
        if denial := self._first((one for one, level in own_statements if level or _denies_the_bounded(principal, one)), "Deny"):
            return self._decision("Deny", denial)
        grant = self._match(principal.policies, "Allow")
        missing = "" if grant else IDENTITY
        limit = next((policies for policies in principal.limits if not self._match(policies, "Allow")), None)
        if own is None:
            return self._by_identity(grant, missing, limit)
        levels = {wanted: self._first((one for one, level in own_statements if level == wanted), "Allow") for wanted in (3, 2, 1)}
        return self._with_resource(own, grant, missing, limit, levels)

    def _with_resource(
        self,
        own: ResourcePolicy,
        grant: Statement | None,
        missing: str,
        limit: tuple[Policy, ...] | None,
        levels: dict[int, Statement | None],
    ) -> Decision:
        by_identity = self._by_identity(grant, missing, limit)
        if self._principal.type == ANONYMOUS_TYPE:
            # Nobody has an identity that could allow anything.
            everybody = levels[_AS_ROLE_OR_ANYBODY]
            return self._decision("Allow", everybody) if everybody else self._decision("ImplicitDeny", missing=RESOURCE)
        if own.owner not in (None, self._principal.account):
            # Across accounts both must allow.
            if by_identity.allowed and not any(levels.values()):
                return self._decision("ImplicitDeny", missing=RESOURCE)
            return by_identity
        if levels[_DIRECTLY]:
            return self._decision("Allow", levels[_DIRECTLY])
        if levels[_AS_ROLE_OR_ANYBODY] and limit is None:
            return self._decision("Allow", levels[_AS_ROLE_OR_ANYBODY])
        if own.required and not any(levels.values()):
            return self._decision("ImplicitDeny", missing=own.policy.kind)
        return by_identity

    def _by_identity(self, grant: Statement | None, missing: str, limit: tuple[Policy, ...] | None) -> Decision:
        if grant is None:
            return self._decision("ImplicitDeny", missing=missing)
        if limit is not None:
            return self._decision("ImplicitDeny", missing=limit[0].kind if limit else "permissions boundary")
        return self._decision("Allow", grant)

    def _decision(self, effect: str, statement: Statement | None = None, missing: str = "") -> Decision:
        return Decision(effect, self._principal.arn, self._action, self._resource, statement, missing)

    def _match(self, policies: tuple[Policy, ...], effect: str) -> Statement | None:
        return self._first((statement for policy in policies for statement in policy.statements), effect)

    def _first(self, statements: Iterable[Statement], effect: str) -> Statement | None:
        return first_match(statements, effect, self._action, self._matched, self._lookup)

    def _lookup(self, key: str) -> Any:
        found = self._context.get(key)
        return self._principal.keys.get(key) if found is None else found
