"""Every action of every call is decided here: the context of a request, its policies, its decision."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ..ministack import authorization
from ..ministack.application import scope
from ..ministack.authorization import Check, Refusal, ServiceCall
from ..ministack.identity import find_role
from . import networks
from .calls import current, request_keys
from .evaluation import Decision, Principal, ResourcePolicy, explain, first_match, naming
from .policies import RESOURCE, TRUST, Statement, policy
from .principals import ANONYMOUS, principal_of_key

# Looks at an allowed check and says what else must be allowed, or what refuses it all the same.
Further = Callable[[Check, Principal], Decision | Refusal | None]

# Returns condition keys, in lower case, of a service's checks.
Context = Callable[[Check], Mapping[str, Any]]
# Returns the name of what allows a check beside policies.
Grants = Callable[[Principal, Check], str | None]

# Returns all resources that a check is about, where MiniStack names one or none.
Resources = Callable[[Check], Iterable[str]]

_further: dict[str, list[Further]] = {}
_resources: dict[str, Resources] = {}
_contexts: dict[str, Context] = {}
_grants: dict[str, Grants] = {}
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html: the root user can always mend a bucket's policy.
_ROOT_ALWAYS = ("s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy")


class Decided(NamedTuple):
    """One decision on a call. A check that is allowed may still be refused, by the state of a key."""

    decision: Decision
    check: Check
    refusal: Refusal | None


def install() -> None:
    """Decide on all calls, and judge resources' and roles' policies where MiniStack looks into them itself."""
    authorization.replace_enforcement(authorize)
    authorization.replace_judges(_judge_resource, trusts)


def check_further(action: str, further: Further) -> None:
    """Let `further` look at an action's checks that are allowed so far."""
    known = _further.setdefault(action, [])
    if further not in known:
        known.append(further)


def name_resources(service: str, resources: Resources) -> None:
    """Let `resources` say what the checks of a service are about: each must be allowed."""
    _resources[service] = resources


def add_context(service: str, context: Context) -> None:
    """Let `context` add to the condition keys of a service's checks."""
    _contexts[service] = context


def add_grants(service: str, grants: Grants) -> None:
    """Let `grants` allow what no policy of the service's resource denies."""
    _grants[service] = grants


def authorize(check: Check) -> Refusal | None:
    """Return why a check is refused, None if it is allowed."""
    principal = principal_of_key(check.access_key) if check.access_key else ANONYMOUS
    if principal is None:
        return Refusal("", "The security token included in the request is invalid.", "InvalidClientTokenId")
    way = networks.way_of(principal, check)
    if isinstance(way, Refusal):
        return way
    return decide_all(principal, check, way)


def decide_all(principal: Principal, check: Check, way: networks.Way) -> Refusal | None:
    """Return what refuses a check on any of its resources, and remember each decision with the call that is served."""
    check = check._replace(context={**check.context, **way.keys})
    named = _resources.get(check.service)
    for resource in dict.fromkeys(named(check)) if named else (check.resource,):
        one = check._replace(resource=resource)
        if refusal := _refusal(principal, one, way):
            return refusal
    return None


def _refusal(principal: Principal, check: Check, way: networks.Way) -> Refusal | None:
    decision = decide(principal, check)
    refusal = None if decision.allowed else Refusal(principal.arn, decision.message)
    if refusal is None and way.endpoint is not None:
        refusal = networks.refused_by_endpoint(way, principal, check, context_of(check).with_keys(principal.keys).get)
    for further in _further.get(check.action, ()) if refusal is None else ():
        found = further(check, principal)
        if isinstance(found, Refusal):
            refusal = found
        elif found is not None and not found.allowed:
            decision, refusal = found, Refusal(principal.arn, found.message)
        if refusal is not None:
            break
    _remember(Decided(decision, check, refusal))
    return refusal


def _remember(decided: Decided) -> None:
    if call := current():
        call.decided.append(decided)


def decision_for_key(access_key: str, action: str, resource: str, context: Mapping[str, Any] | None = None) -> Decision:
    """Return whether a key's principal may do more than the call that it made: what a service asks on its behalf."""
    service = action.split(":", 1)[0]
    check = Check(access_key, action, service, scope()[1], resource, context or {})
    principal = principal_of_key(access_key) or ANONYMOUS
    decision = decide(principal, check)
    _remember(Decided(decision, check, None if decision.allowed else Refusal(principal.arn, decision.message)))
    return decision


def decide(principal: Principal, check: Check) -> Decision:
    """Return the decision on a principal's check, by all policies that there are."""
    own = _own_policy(check)
    if principal.type == "Root" and own is not None and check.action in _ROOT_ALWAYS:
        own = None
    context = context_of(check)
    decision = explain(principal, check.action, check.resource, context, own)
    if decision.effect == "ImplicitDeny" and (grants := _grants.get(check.service)):
        asked = check._replace(context=context)
        if name := grants(principal, asked):
            return replace(decision, effect="Allow", missing="", grant=name)
    return decision


def context_of(check: Check) -> _WithTags:
    """Return the condition keys of a check, in lower case."""
    source_ip, is_secure = authorization.origin()
    now = datetime.now(UTC)
    parts = check.resource.split(":", 5)
    account = parts[4] if len(parts) == 6 and re.fullmatch(r"\d{12}", parts[4]) else None
    keys: dict[str, Any] = {
        "aws:currenttime": now.isoformat(),
        "aws:epochtime": str(int(now.timestamp())),
        "aws:requestedregion": check.region,
        "aws:securetransport": str(is_secure).lower(),
        "aws:sourceip": source_ip,
        "aws:resourceaccount": account or scope()[0],
        "s3:resourceaccount": account or scope()[0],
    }
    if call := current():
        keys |= request_keys(call)
    if context := _contexts.get(check.service):
        keys |= context(check)
    keys |= check.context
    return _WithTags(keys, check.resource)


class _WithTags(dict[str, Any]):
    """Condition keys, with the resource's tags once a policy asks for them: finding them takes longer than a decision."""

    def __init__(self, keys: Mapping[str, Any], resource: str) -> None:
        super().__init__(keys)
        self._resource = resource if resource.startswith("arn:") else ""

    def with_keys(self, more: Mapping[str, Any]) -> _WithTags:
        """Return these keys with others, which hide those of the same name. (A plain copy would lose the tags.)"""
        return _WithTags({**self, **more}, self._resource)

    def get(self, key: str, default: Any = None) -> Any:
        if self._resource and key.startswith("aws:resourcetag/"):
            tags, self._resource = authorization.resource_tags(self._resource), ""
            for name, value in tags.items():
                self.setdefault(f"aws:resourcetag/{name.lower()}", value)
        return super().get(key, default)


def _own_policy(check: Check) -> ResourcePolicy | None:
    """Return the policy of a check's resource."""
    if check.action in ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"):
        return _trust_policy(check.resource)
    if check.service == "s3" and "MultiRegionAccessPoint" in check.action:
        return None
    found = authorization.resource_document(check.service, check.resource)
    if found is None:
        return None
    document, owner = found
    name = "the key's policy" if check.service == "kms" else f"the policy of {check.resource.split('/')[0]}"
    return ResourcePolicy(policy(RESOURCE, name, document or {}), owner, required=check.service == "kms")


def _trust_policy(role_arn: str) -> ResourcePolicy | None:
    """Return a role's trust policy: who it names needs no right, whom it names by the account does.

    Its conditions are on what STS knows of the call, and STS looks at them itself.
    """
    parts = role_arn.split(":", 5)
    if len(parts) < 6 or not (role := find_role(parts[4], parts[5].rsplit("/", 1)[-1])):
        return None
    document = policy(TRUST, role_arn, role.get("AssumeRolePolicyDocument") or {})
    statements = tuple(replace(one, conditions=()) for one in document.statements if one.effect == "Allow")
    return ResourcePolicy(replace(document, statements=statements), parts[4])


def _judge_resource(call: ServiceCall) -> str:
    """Return what a resource's policy says to a service, or to anybody."""
    found = policy(RESOURCE, f"the policy of {call.resource}", call.document or {})

    statements = [one for one in found.statements if naming(call.principal_arn, "", one) or _names(one, call.service)]
    for effect in ("Deny", "Allow"):
        if first_match(statements, effect, call.action, call.resource, _context_lookup(call)):
            return effect
    return "ImplicitDeny"


def service_may(service: str, action: str, resource: str, context: Mapping[str, Any]) -> bool:
    """Return whether a resource's own policy lets an AWS service do something for `context`'s source."""
    found = authorization.resource_document(action.split(":")[0], resource)
    return found is not None and _judge_resource(ServiceCall(found[0], "*", service, action, resource, context)) == "Allow"


def _names(statement: Statement, service: str | None) -> bool:
    """Return whether a statement's principals name a service or a provider."""
    return service is not None and service.lower() in [one.lower() for one in statement.principals or ()]


def _context_lookup(call: ServiceCall) -> Callable[[str], Any]:
    check = Check("", call.action, "", scope()[1], call.resource, call.context)
    keys = {
        "aws:principalisawsservice": str(call.service is not None).lower(),
        "aws:viaawsservice": "false",
        **({"aws:principalservicename": call.service} if call.service else {"aws:principalarn": call.principal_arn}),
        **call.context,
    }
    return context_of(check).with_keys(keys).get


def trusts(document: Any, caller_arn: str, action: str, context: Mapping[str, Any]) -> bool:
    """Return whether a trust policy lets a caller (an ARN, or a service's name) act, e.g. `sts:AssumeRole`."""
    found = policy(TRUST, "the trust policy", document or {})
    role = _role_of_session(caller_arn)
    statements = [one for one in found.statements if naming(caller_arn, role, one) or _names(one, caller_arn)]
    check = Check("", action, "sts", scope()[1], "*", context)
    keys = context_of(check).with_keys({**({"aws:principalarn": role or caller_arn} if ":" in caller_arn else {}), **context})
    is_denied, is_allowed = (first_match(statements, effect, action, "*", keys.get) is not None for effect in ("Deny", "Allow"))
    return is_allowed and not is_denied


def names_in_trust(document: Any, service: str) -> bool:
    """Return whether a statement of a trust policy lets a service assume the role, on whatever conditions."""
    found = policy(TRUST, "the trust policy", document).statements
    statements = [
        replace(one, conditions=()) for one in found if one.effect == "Allow" and (_names(one, service) or "*" in (one.principals or ()))
    ]
    return first_match(statements, "Allow", "sts:AssumeRole", "*", lambda _key: None) is not None


def _role_of_session(arn: str) -> str:
    """Return the ARN of the role that a session's ARN is of, else ''."""
    found = re.fullmatch(r"arn:[^:]+:sts::(\d{12}):assumed-role/([^/]+)/.+", arn)
    role = find_role(found[1], found[2]) if found else None
    return str(role["Arn"]) if role and role.get("Arn") else ""
