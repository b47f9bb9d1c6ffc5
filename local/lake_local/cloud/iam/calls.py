"""The call that is being served, for what is decided on it later."""

from __future__ import annotations

import contextvars
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any


@dataclass
class Answer:
    """How a call was answered: the status, the headers, and the beginning of the body if it is an error."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def take(self, message: Mapping[str, Any]) -> None:
        """Remember what one message of the answer says."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {bytes(name).decode("latin-1").lower(): bytes(value).decode("latin-1") for name, value in message["headers"]}
        elif self.status >= _FIRST_ERROR and len(self.body) < _KEPT:
            self.body += message.get("body", b"")[:_KEPT]


_FIRST_ERROR = 400
_KEPT = 4096


@dataclass(frozen=True)
class Call:
    """The head of a request as it arrived, a name for it, and the body if it is no object."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    service: str
    identity: str = field(default_factory=lambda: str(uuid.uuid4()))
    body: bytes = b""
    # What was decided on it, in order, and how it was answered: both fill up while it is served.
    decided: list[Any] = field(default_factory=list)
    answer: Answer = field(default_factory=lambda: Answer())

    def header(self, name: str) -> str | None:
        """Return a header, or what a presigned URL carries in its place."""
        if name in self.headers:
            return self.headers[name]
        found = next((values for key, values in self.query.items() if key.lower() == name), None)
        return found[0] if found else None


_current: contextvars.ContextVar[Call | None] = contextvars.ContextVar("lake_call", default=None)


def begin(call: Call) -> None:
    """Let `call` be the one that is served in this context."""
    _current.set(call)


def keep_body(body: bytes) -> None:
    """Add its body to the call that is served in this context."""
    if call := _current.get():
        _current.set(replace(call, body=body))


def current() -> Call | None:
    """Return the call that is being served, None in work of our own."""
    return _current.get()


_enders: list[Callable[[Call], None]] = []


def on_answer(ender: Callable[[Call], None]) -> None:
    """Let `ender` see every call as the last of its answer is about to be sent."""
    if ender not in _enders:
        _enders.append(ender)


def answering(message: Mapping[str, Any]) -> None:
    """Tell of a message of the answer to the call of this context, before it is sent."""
    if not (call := _current.get()):
        return
    call.answer.take(message)
    if message["type"] == "http.response.body" and not message.get("more_body"):
        for ender in _enders:
            ender(call)


def request_keys(call: Call) -> dict[str, Any]:
    """Return the condition keys that a call's head alone decides, in lower case.

    https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html
    """
    keys: dict[str, Any] = {"aws:useragent": call.headers.get("user-agent")}
    if referer := call.headers.get("referer"):
        keys["aws:referer"] = referer
    if call.service == "s3":
        keys |= _signing_keys(call)
    return {key: value for key, value in keys.items() if value is not None}


def _signature_age(call: Call) -> str | None:
    """Return how many milliseconds ago an address was signed with a date."""
    try:
        signed = datetime.strptime(call.header("x-amz-date") or "", "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return str(max(0, int((datetime.now(UTC) - signed).total_seconds() * 1000)))


def _signing_keys(call: Call) -> dict[str, Any]:
    if call.headers.get("authorization", "").startswith("AWS"):
        kind = "REST-HEADER"
    elif any(name in call.query for name in ("X-Amz-Signature", "Signature")):
        kind = "REST-QUERY-STRING"
    elif call.method == "POST" and "multipart/form-data" in call.headers.get("content-type", ""):
        kind = "POST"
    else:
        return {}
    is_v4 = call.headers.get("authorization", "").startswith("AWS4-") or "X-Amz-Signature" in call.query
    content = call.headers.get("x-amz-content-sha256")
    return {
        "s3:signatureage": (_signature_age(call) if kind == "REST-QUERY-STRING" else None) if is_v4 else "0",
        "s3:authtype": kind,
        "s3:signatureversion": "AWS4-HMAC-SHA256" if is_v4 else "AWS",
        "s3:x-amz-content-sha256": content,
    }
