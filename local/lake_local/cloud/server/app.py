"""The ASGI application: MiniStack's, with our rules in front of it."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable
from typing import Any

from .. import pages
from ..ministack.application import OPEN_PAGES, PAGES, Application
from ..service import Observer
from ..shutdown import run_callbacks

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_ENCRYPTION = b"x-amz-server-side-encryption"


def wrap(inner: Application, observers: list[Observer]) -> Application:
    """Return `inner` with loopback counted as secure transport, its unsigned pages closed, our pages added, and what we run ended first."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await inner(scope, _ending_ours_first(receive), send)
            return
        if scope["type"] != "http":
            await inner(scope, receive, send)
            return
        if own := _own_answer(scope):
            await _answer(send, *own)
            return
        # Bucket policies that demand TLS are taken seriously. What never leaves this machine's loopback counts as secure;
        # the header, which a client could send, does not decide.
        headers = [(name, value) for name, value in scope["headers"] if name.lower() != b"x-forwarded-proto"]
        scope = dict(scope, scheme="https", headers=headers)
        await inner(scope, receive, _without_encryption(send) if _is_hadoop(headers) else send)
        for observe in observers:
            observe(scope)

    return app


def _own_answer(scope: Scope) -> tuple[int, dict[str, Any]] | None:
    path = scope["path"]
    if path == "/_lake":
        # Tells a lake from another one on the port that it once had. (No bucket can have this name.)
        return 200, {"pid": os.getpid()}
    if path.startswith(pages.PREFIX):
        return pages.answer(scope)
    if path.startswith(PAGES) and not path.startswith(OPEN_PAGES):
        return 404, {"message": "not available"}
    return None


def _ending_ours_first(receive: Receive) -> Receive:
    async def wrapped() -> Any:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            run_callbacks()
        return message

    return wrapped


def _is_hadoop(headers: Headers) -> bool:
    return any(name.lower() == b"user-agent" and value.startswith(b"Hadoop") for name, value in headers)


def _without_encryption(send: Send) -> Send:
    """Return a `send` that hides an object's encryption from Spark.

    Its S3 client repeats encryption and key when it copies an object, and refuses to name a key over plain HTTP (it thinks of keys that a
    customer sends along). Where it sees neither, the bucket's own encryption decides: the same key.
    """

    async def wrapped(message: Any) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message["headers"] if not bytes(name).lower().startswith(_ENCRYPTION)]
            message = {**message, "headers": kept}
        await send(message)

    return wrapped


async def _answer(send: Send, status: int, body: dict[str, Any]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
