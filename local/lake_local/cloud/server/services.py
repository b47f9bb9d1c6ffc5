"""The seam to MiniStack's services: our own code before, or instead of, one service's handler.

A wrapper runs after MiniStack has authenticated the call and enforced IAM on it.
"""

from __future__ import annotations

import functools
import json
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

Response = tuple[int, dict[str, str], Any]
Handler = Callable[[str, str, dict, bytes, dict], Awaitable[Response]]
Wrapper = Callable[[str, str, dict, bytes, dict, Handler], Awaitable[Response]]

_originals: dict[str, Handler] = {}
_internal: dict[str, Callable[[], Any]] = {}


def register_internal(path: str, handler: Callable[[], Any]) -> None:
    """Answer `GET <path>` (below `/_lake/`) with what `handler()` returns, as JSON. Unsigned: for what is no secret and changes nothing."""
    _internal[path] = handler


def internal_answer(path: str) -> Any:
    """What the handler of an internal path says; None if there is none."""
    return _internal[path]() if path in _internal else None


def wrap_service(name: str, wrapper: Wrapper) -> None:
    """Let `wrapper(method, path, headers, body, query_params, original)` answer the calls of service `name`.

    `original` is MiniStack's own handler. Wrapping a service again replaces the wrapper, so that it can be done twice.
    """
    from ministack import app

    if name not in app.SERVICE_HANDLERS:
        raise KeyError(f"no service {name!r}, known are: {', '.join(sorted(app.SERVICE_HANDLERS))}")
    original = _originals.setdefault(name, app.SERVICE_HANDLERS[name])

    @functools.wraps(wrapper)
    async def handle(method: str, path: str, headers: dict, body: bytes, query_params: dict) -> Response:
        return await wrapper(method, path, headers, body, query_params, original)

    app.SERVICE_HANDLERS[name] = handle


def original_handler(name: str) -> Handler:
    """MiniStack's own handler of a service, wrapped or not."""
    from ministack import app

    return _originals.get(name, app.SERVICE_HANDLERS[name])


def operation(headers: dict) -> str:
    """The operation that a JSON-protocol call names: `StartJobRun` of `X-Amz-Target: AWSGlue.StartJobRun`."""
    return headers.get("x-amz-target", "").rsplit(".", 1)[-1]


def json_response(body: Any, status: int = 200) -> Response:
    """An answer in AWS's JSON 1.1 protocol."""
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(body, default=_plain).encode()


def json_error(code: str, message: str, status: int = 400) -> Response:
    """An error in AWS's JSON 1.1 protocol."""
    body = json.dumps({"__type": code, "Message": message, "message": message}).encode()
    return status, {"Content-Type": "application/x-amz-json-1.1", "x-amzn-errortype": code, "x-amzn-requestid": str(uuid.uuid4())}, body


def _plain(value: Any) -> Any:
    """Times travel as seconds since the epoch; everything else as text."""
    return value.timestamp() if hasattr(value, "timestamp") else str(value)
