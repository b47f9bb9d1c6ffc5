"""MiniStack's authorization: where a call is decided on, and how a denial is answered."""

from __future__ import annotations

import contextvars
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from . import once, principals


class Check(NamedTuple):
    """One action of one call that must be allowed. Its caller has been authenticated, or is anonymous (no access key)."""

    access_key: str
    action: str
    service: str
    region: str
    resource: str
    context: Mapping[str, Any]


@dataclass(frozen=True)
class Refusal:
    """Why a call is refused; `code` where it is not AccessDenied in the service's spelling."""

    principal_arn: str
    message: str
    code: str = ""


class ServiceCall(NamedTuple):
    """What MiniStack asks of a resource's own policy itself: the caller is a service, or anybody."""

    document: Any
    principal_arn: str
    service: str | None
    action: str
    resource: str
    context: Mapping[str, Any]


Authorize = Callable[[Check], Refusal | None]
# Returns Allow, Deny or ImplicitDeny.
JudgeResource = Callable[[ServiceCall], str]
# (trust policy, caller's ARN, action, condition keys) → whether it lets the caller in
JudgeTrust = Callable[[Any, str, str, Mapping[str, Any]], bool]

_refused: contextvars.ContextVar[Refusal | None] = contextvars.ContextVar("lake_refused", default=None)


def replace_enforcement(authorize: Authorize) -> None:
    """Let `authorize` decide on every authenticated call, in place of MiniStack's evaluator."""
    from ministack.core import iam_evaluator

    def enforce(
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        failure = _authentication_failure(access_key_id, iam_action, service, resource_arn)
        if failure is not None or iam_action in iam_evaluator._ALWAYS_ALLOWED_ACTIONS:
            return failure
        context = {key.lower(): value for key, value in (service_context or {}).items() if value is not None}
        refusal = authorize(Check(access_key_id or "", iam_action, service, region, resource_arn, context))
        _refused.set(refusal)
        if refusal is None:
            return None
        if refusal.code:
            return iam_evaluator.AuthError(refusal.code, refusal.message)
        return iam_evaluator.EvalResult("ImplicitDeny", refusal.principal_arn, reason=refusal.message)

    iam_evaluator.enforce = enforce
    _answer_with_our_messages()


def _authentication_failure(access_key: str, action: str, service: str, resource: str) -> Any:
    """Return what is wrong with who asks (MiniStack's `AuthError`), or None. As MiniStack's own `enforce` begins."""
    from ministack.core import iam_actions, iam_evaluator
    from ministack.core.responses import get_account_id

    if failure := iam_evaluator._s3_scope_failure(service):
        return failure
    is_anonymous = iam_evaluator._anonymous.get()
    if is_anonymous and service != "s3" and not iam_evaluator._served_unsigned(service, action):
        message = iam_actions.anonymous_denial_message(service, action, resource)
        return iam_evaluator.AuthError("MissingAuthenticationToken", message)
    if is_anonymous and service == "s3" and not access_key:
        return None
    checked = iam_evaluator.authenticate(access_key or "", get_account_id())
    if isinstance(checked, iam_evaluator.AuthError):
        return checked
    if checked is None:
        found = iam_evaluator.resolve_principal(access_key or "", get_account_id())
        return found if isinstance(found, iam_evaluator.AuthError) else None
    return None


def _answer_with_our_messages() -> None:
    """Let the answer to a denial say what our evaluation found."""
    from ministack.core import iam_actions

    def wrap_message(original: Callable[..., str]) -> Callable[..., str]:
        def message(*arguments: Any, **options: Any) -> str:
            refusal = _refused.get()
            return refusal.message if refusal else original(*arguments, **options)

        return message

    def wrap_response(original: Callable[..., Any]) -> Callable[..., Any]:
        def response(*arguments: Any, **options: Any) -> Any:
            refusal = _refused.get()
            if refusal and not options.get("error_code"):
                options["message"] = refusal.message
            status, headers, body = original(*arguments, **options)
            # S3 passes errors of KMS on with this status.
            return (400 if refusal and refusal.code.startswith("KMS.") else status), headers, body

        return response

    iam_actions.identity_denial_message = once(iam_actions.identity_denial_message, wrap_message)
    iam_actions.access_denied_response = once(iam_actions.access_denied_response, wrap_response)


def denied(service: str, refusal: Refusal, action: str, headers: dict[str, str]) -> tuple[int, dict[str, str], Any]:
    """Return the answer to a denial in the protocol of a service."""
    from ministack.core import iam_actions

    answer: tuple[int, dict[str, str], Any] = iam_actions.access_denied_response(
        service, action, refusal.principal_arn, "", message=refusal.message, headers=headers
    )
    return answer


def replace_judges(judge_resource: JudgeResource, judge_trust: JudgeTrust) -> None:
    """Let these decide where MiniStack looks into a resource's policy or a role's trust itself."""
    from ministack.core import iam_evaluator

    def evaluate_resource_policy(
        doc: Any, ctx: Any, service: str | None = None, named_only: bool = False, direct_only: bool = False
    ) -> Any:
        judged = judge_resource(ServiceCall(doc, ctx.principal_arn, service, ctx.action, ctx.resource_arn, _keys(ctx)))
        return iam_evaluator.EvalResult(judged, ctx.principal_arn)

    def evaluate_trust_policy(trust_doc: Any, caller_arn: str, ctx: Any = None) -> bool:
        keys = {**(_keys(ctx) if ctx else {}), **principals.keys_of_caller()}
        return judge_trust(trust_doc, caller_arn, ctx.action if ctx else "sts:AssumeRole", keys)

    iam_evaluator.evaluate_resource_policy = evaluate_resource_policy
    iam_evaluator.evaluate_trust_policy = evaluate_trust_policy


def _keys(context: Any) -> dict[str, Any]:
    """Return the condition keys that MiniStack's context carries, in lower case."""
    keys = {**context.principal_keys, **context.service_context}
    keys |= {f"aws:requesttag/{key}": value for key, value in context.request_tags.items()}
    if context.tag_keys:
        keys["aws:tagkeys"] = context.tag_keys
    return {key.lower(): value for key, value in keys.items() if value is not None}


def resource_document(service: str, resource: str) -> tuple[Any, str | None] | None:
    """Return a resource's own policy and its owner's account; None where the service keeps none for it."""
    from ministack.core import iam_evaluator

    module, function = iam_evaluator._RESOURCE_POLICY_LOOKUPS.get(service, ("", ""))
    if not module or not resource.startswith("arn:"):
        return None
    found: tuple[Any, str | None] | None = getattr(importlib.import_module(f"ministack.services.{module}"), function)(resource)
    return found


def resource_tags(resource: str) -> dict[str, str]:
    """Return a resource's tags."""
    from ministack.services import tagging

    return dict(tagging.resource_tags(resource) or {})


def origin() -> tuple[str, bool]:
    """Return the address that the current call came from, and whether over secure transport."""
    from ministack.core import iam_evaluator

    found: tuple[str, bool] = iam_evaluator._request_origin.get()
    return found


def guard_queue_deliveries(allows: Callable[[str, str, str, str], bool]) -> None:
    """Let services deliver to a queue whose policy lets them only if `allows(queue, service, source, source account)` too."""
    from ministack.services import sqs

    def wrap(original: Callable[[str, str, str, str], bool]) -> Callable[[str, str, str, str], bool]:
        def allowed(queue_arn: str, service: str, source_arn: str, source_account: str) -> bool:
            return original(queue_arn, service, source_arn, source_account) and allows(queue_arn, service, source_arn, source_account)

        return allowed

    sqs.queue_policy_allows = once(sqs.queue_policy_allows, wrap)
