"""What a service of ours is, and the seam that puts its answers before MiniStack's.

A wrapper runs after MiniStack has authenticated the call and enforced IAM on it.
"""

from __future__ import annotations

import functools
import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from lake_local.config import Config
from lake_local.fidelity import Entry

from .ministack.application import Handler, Response, service_handlers

Wrapper = Callable[[str, str, dict[str, str], bytes, dict[str, Any], Handler], Awaitable[Response]]
# Called with the ASGI scope of each call that has been answered.
Observer = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Service:
    """One service of the embedded cloud. `server/inventory.py` lists them all; the server, docs/fidelity.md and the tests read them there.

    - `name`: as MiniStack's router names it, where it answers calls
    - `install`: takes its calls and resource types over; returns its observer if it watches all calls
    - `operations`: the calls that it answers itself
    - `resource_types`: what it brings to CloudFormation
    - `fidelity`: its lines of docs/fidelity.md
    """

    name: str
    install: Callable[[Config], Observer | None]
    operations: frozenset[str] = frozenset()
    resource_types: frozenset[str] = frozenset()
    fidelity: tuple[Entry, ...] = ()


_originals: dict[str, Handler] = {}


def wrap_service(name: str, wrapper: Wrapper) -> None:
    """Let `wrapper(method, path, headers, body, query_params, original)` answer the calls of service `name`.

    `original` is MiniStack's own handler. Wrapping a service again replaces the wrapper, so that it can be done twice.
    """
    handlers = service_handlers()
    if name not in handlers:
        raise KeyError(f"no service {name!r}, known are: {', '.join(sorted(handlers))}")
    original = _originals.setdefault(name, handlers[name])

    @functools.wraps(wrapper)
    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]) -> Response:
        return await wrapper(method, path, headers, body, query_params, original)

    handlers[name] = handle


def original_handler(name: str) -> Handler:
    """Return MiniStack's own handler of a service, wrapped or not."""
    return _originals.get(name, service_handlers()[name])


def operation(headers: dict[str, str]) -> str:
    """Return the operation that a JSON-protocol call names: `StartJobRun` of `X-Amz-Target: AWSGlue.StartJobRun`."""
    return headers.get("x-amz-target", "").rsplit(".", 1)[-1]


def json_response(body: Any, status: int = 200) -> Response:
    """Return an answer in AWS's JSON 1.1 protocol."""
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(body, default=_plain).encode()


def json_error(code: str, message: str, status: int = 400) -> Response:
    """Return an error in AWS's JSON 1.1 protocol."""
    body = json.dumps({"__type": code, "Message": message, "message": message}).encode()
    return status, {"Content-Type": "application/x-amz-json-1.1", "x-amzn-errortype": code, "x-amzn-requestid": str(uuid.uuid4())}, body


def _plain(value: Any) -> Any:
    """Return times as seconds since the epoch, everything else as text."""
    return value.timestamp() if hasattr(value, "timestamp") else str(value)
