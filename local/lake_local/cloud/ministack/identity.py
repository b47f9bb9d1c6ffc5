"""MiniStack's IAM and STS: keys, sessions, roles, signatures and the evaluation of policies."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any, NamedTuple
from urllib.parse import unquote


class Key(NamedTuple):
    """A key pair and whom it stands for."""

    access_key: str
    secret_key: str
    token: str | None
    principal_type: str


class InvalidKey(Exception):
    """The key is unknown, expired, or belongs to somebody else."""


def set_root_key(is_root: Callable[[str], bool]) -> None:
    """Let `is_root(access key)` decide which keys are the account's root; root's signatures are checked as well."""
    from ministack.core import iam_evaluator
    from ministack.services import sts

    iam_evaluator.is_root_access_key = is_root
    sts.is_root_access_key = is_root
    # Asked only to skip the check of a signature.
    iam_evaluator._is_root_key = lambda _access_key_id: False


def signer(method: str, raw_path: str, query: dict[str, list[str]], headers: Iterable[tuple[bytes, bytes]]) -> Key | None:
    """Return the key that signed a request without a body (SigV4) if the signature, its time and its token hold; else None."""
    from ministack.core import iam_evaluator
    from ministack.core.router import extract_access_key_id

    headers = list(headers)
    iam_evaluator.pin_signed_request(method, raw_path, query, headers)
    access_key = extract_access_key_id({name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}, query)
    found = iam_evaluator.authenticate(access_key, _account())
    if found is None or isinstance(found, iam_evaluator.AuthError):
        return None
    return Key(found.access_key_id, found.secret_access_key, found.session_token, found.principal_type)


def act_from_here() -> None:
    """Let what follows in this context count as sent from this machine, over secure transport: policies may ask for both."""
    from ministack.core import iam_evaluator

    iam_evaluator.pin_request_origin("127.0.0.1", True)


def unauthentic(
    method: str, raw_path: str, query: dict[str, list[str]], headers: Iterable[tuple[bytes, bytes]], body: bytes | None
) -> tuple[str, str] | None:
    """Return the code and message of what is wrong with a request's key or signature, or None.

    Without a body yet, a signature that covers the body is checked as to its key and token only.
    """
    from ministack.core import iam_evaluator
    from ministack.core.router import extract_access_key_id

    headers = list(headers)
    plain = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
    access_key = extract_access_key_id(plain, query)
    if "authorization" not in plain and iam_evaluator._s3_presigned_query(query):
        return _presigned_failure(method, raw_path, plain, query)
    if body is None and not _is_complete(plain, query):
        found = iam_evaluator.resolve_credential(access_key, _account_of(access_key))
        return (found.code, found.message) if isinstance(found, iam_evaluator.CredentialResolutionError) else None
    iam_evaluator.pin_signed_request(method, raw_path, query, headers)
    iam_evaluator.pin_signed_body(body or b"")
    checked = iam_evaluator.authenticate(access_key, _account_of(access_key))
    return (checked.code, checked.message) if isinstance(checked, iam_evaluator.AuthError) else None


def _presigned_failure(method: str, raw_path: str, headers: dict[str, str], query: dict[str, list[str]]) -> tuple[str, str] | None:
    """Return what is wrong with S3's address that is signed with a date (SigV4), which is good for up to a week."""
    from ministack.services import s3

    failure = s3._verify_presigned_sigv4(method, unquote(raw_path), headers, query)
    if failure is None:
        return None
    text = failure[2].decode() if isinstance(failure[2], bytes) else str(failure[2])
    code, message = (re.search(rf"<{name}>(.*?)</{name}>", text, re.DOTALL) for name in ("Code", "Message"))
    return (code[1] if code else "AccessDenied", message[1] if message else "Access Denied")


def _is_complete(headers: dict[str, str], query: dict[str, list[str]]) -> bool:
    """Return whether a signature can be checked without the body: it names the body's hash, or does not cover it."""
    declared = headers.get("x-amz-content-sha256", "")
    return "authorization" not in headers or (bool(declared) and not declared.startswith("STREAMING-AWS4"))


def _account_of(access_key: str) -> str:
    from ministack.core.responses import _account_from_sts_session

    return str(_account_from_sts_session(access_key) or _account())


def failure(service: str, headers: dict[str, str], code: str, message: str) -> tuple[int, dict[str, str], Any]:
    """Return an error in the protocol of a service."""
    from ministack import app
    from ministack.core.iam_evaluator import AuthError

    answer: tuple[int, dict[str, str], Any] = app._credential_failure(service, "", str(uuid.uuid4()), AuthError(code, message), headers)
    return answer


def caller_key(headers: dict[str, str], query: dict[str, Any] | None = None) -> Key:
    """Return the key that the current call, already checked, was signed with."""
    from ministack.core.iam_evaluator import CredentialResolutionError, resolve_credential
    from ministack.core.responses import _account_from_sts_session
    from ministack.core.router import extract_access_key_id

    access_key = extract_access_key_id(headers, query or {})
    found = resolve_credential(access_key, _account_from_sts_session(access_key))
    if isinstance(found, CredentialResolutionError):
        raise InvalidKey(found.message)
    return Key(found.access_key_id, found.secret_access_key, found.session_token, found.principal_type)


def access_key(headers: dict[str, str], query_params: dict[str, Any] | None = None) -> str:
    """Return the access key that a call names."""
    from ministack.core.router import extract_access_key_id

    return str(extract_access_key_id(headers, query_params or {}) or "")


def find_role(account: str, name: str) -> MutableMapping[str, Any] | None:
    """Return a role's live record."""
    from ministack.services import iam

    found: MutableMapping[str, Any] | None = iam._roles.get_scoped(account, None, name)
    return found


def register_session(access_key: str, session: dict[str, Any]) -> None:
    """Make temporary credentials valid."""
    from ministack.services import sts

    sts.register_session(access_key, session)


def _account() -> str:
    from ministack.core.responses import get_account_id

    return str(get_account_id())
