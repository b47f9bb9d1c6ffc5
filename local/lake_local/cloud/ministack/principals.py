"""MiniStack's principals: who a key stands for, and the documents of their policies."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from . import once


class Caller(NamedTuple):
    """Whom a key stands for. `session` is empty for keys that are not temporary; `keys` are condition keys in lower case."""

    arn: str
    type: str
    account: str
    user_name: str
    keys: dict[str, Any]
    session: Mapping[str, Any]


class NamedDocument(NamedTuple):
    name: str
    document: Any


def caller(access_key: str) -> Caller | None:
    """Return whom a key stands for, None if it is unknown or has expired."""
    from ministack.core import iam_evaluator
    from ministack.core.responses import _account_from_sts_session

    found = iam_evaluator.resolve_credential(access_key, _account_from_sts_session(access_key))
    if isinstance(found, iam_evaluator.CredentialResolutionError):
        return None
    keys = iam_evaluator._principal_keys(found)
    return Caller(found.principal_arn, found.principal_type, found.account_id, found.principal_name, keys, session(access_key))


_to_come: contextvars.ContextVar[tuple[dict[str, Any], dict[str, Any]]] = contextvars.ContextVar("lake_session_to_come", default=({}, {}))


@contextlib.contextmanager
def session_to_come(session: dict[str, Any], keys: dict[str, Any]) -> Iterator[None]:
    """Let sessions that are made meanwhile have these entries, and roles' trust policies see these condition keys of the caller."""
    token = _to_come.set((session, keys))
    try:
        yield
    finally:
        _to_come.reset(token)


def keys_of_caller() -> dict[str, Any]:
    """Return the condition keys that `session_to_come` was told of."""
    return _to_come.get()[1]


def complete_sessions() -> None:
    """Add to each session what `session_to_come` was told of; `InheritedTags` come before the session's own."""
    from ministack.services import sts

    def wrap(register: Callable[[str, dict[str, Any]], None]) -> Callable[[str, dict[str, Any]], None]:
        def registering(access_key: str, session: dict[str, Any]) -> None:
            more = dict(_to_come.get()[0])
            if inherited := more.pop("InheritedTags", None):
                more["SessionTags"] = [*inherited, *(session.get("SessionTags") or [])]
            register(access_key, {**session, **more})

        return registering

    sts.register_session = once(sts.register_session, wrap)


def find_user(account: str, name: str) -> Mapping[str, Any] | None:
    """Return a user's record."""
    from ministack.services import iam

    found: Mapping[str, Any] | None = iam._users.get_scoped(account, None, name)
    return found


def managed_document(arn: str, account: str) -> Any:
    """Return the document of a managed policy's default version, None if there is no such policy."""
    from ministack.core import iam_evaluator

    return iam_evaluator._resolve_managed_policy_document(arn, account)


def entity_documents(entity: Mapping[str, Any], account: str) -> Iterator[NamedDocument]:
    """Yield a role's policies, inline and attached."""
    for name, document in (entity.get("InlinePolicies") or {}).items():
        yield NamedDocument(name, document)
    yield from _attached(entity, account)


def user_documents(name: str, account: str) -> Iterator[NamedDocument]:
    """Yield the policies of a user and of the user's groups."""
    from ministack.services import iam

    for policy, document in (iam._user_inline_policies.get_scoped(account, None, name) or {}).items():
        yield NamedDocument(policy, document)
    yield from _attached(find_user(account, name) or {}, account)
    for group_name, group in iam._groups.items():
        if name in group.get("Users", []):
            for policy, document in (iam._group_inline_policies.get(group_name) or {}).items():
                yield NamedDocument(policy, document)
            yield from _attached(group, account)


def _attached(entity: Mapping[str, Any], account: str) -> Iterator[NamedDocument]:
    for arn in entity.get("AttachedPolicies") or []:
        if (document := managed_document(arn, account)) is not None:
            yield NamedDocument(arn, document)


def mfa_device(serial: str) -> Mapping[str, Any] | None:
    """Return a multi-factor device's record."""
    from ministack.services import iam

    found: Mapping[str, Any] | None = iam._mfa_devices.get(serial)
    return found


def session(access_key: str) -> Mapping[str, Any]:
    """Return what is known of a temporary key's session, nothing for others."""
    from ministack.services import sts

    return sts._sessions.get(access_key) or {}
