"""The ASGI application: MiniStack's, with our rules in front of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from .. import pages
from ..iam import calls
from ..iam.calls import Call
from ..ministack.application import Application
from ..service import Observer
from ..shutdown import run_callbacks
from ..startup import run_loaded
from .gate import Receive, admit, check_host
from .objects.receiving import to_file
from .request import Refused, Request, Scope

Send = Callable[[Any], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


def wrap(inner: Application, observers: list[Observer], identity: dict[str, Any]) -> Application:
    """Return `inner` behind the gate, with loopback counted as secure transport, our pages added, and what we run ended first.

    `identity` is what the server tells everybody who asks: which process it is, and whose folder it serves.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await inner(scope, _ending_ours_first(receive), _putting_right(send))
            return
        if scope["type"] != "http":
            # WebSockets belong to APIs that no lake has.
            await send({"type": "websocket.close", "code": 1008})
            return
        started = False

        async def sending(message: Any) -> None:
            nonlocal started
            started = True
            # Who has the answer finds the call in the log.
            calls.answering(message)
            await send(message)

        try:
            await serve(scope, receive, sending)
        except Refused as refused:
            if started:
                raise
            await _discard(receive)
            await _answer(sending, *refused.response)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request.of(scope)
        check_host(request)
        if own := _own_answer(scope, identity):
            await _answer(send, own[0], {"content-type": "application/json"}, json.dumps(own[1]).encode())
            return
        calls.begin(Call(request.method, request.path, request.query, request.headers, request.service))
        receive = to_file(request, await admit(request, receive))
        # Bucket policies that demand TLS are taken seriously. What never leaves this machine's loopback counts as secure;
        # the header, which a client could send, does not decide.
        headers = [(name, value) for name, value in scope["headers"] if name.lower() != b"x-forwarded-proto"]
        scope = dict(scope, scheme="https", headers=headers)
        send = send if request.carries_object else _without_cors(send)
        await inner(scope, receive, _without_encryption(send) if _is_hadoop(headers) else send)
        for observe in observers:
            observe(scope)

    return app


def _own_answer(scope: Scope, identity: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
    path = scope["path"]
    if path == "/_lake":
        # Tells a lake from another one on the port that it once had. (No bucket can have this name.)
        return 200, identity
    if path.startswith(pages.PREFIX):
        return pages.answer(scope)
    return None


def _putting_right(send: Send) -> Send:
    async def wrapped(message: Any) -> None:
        if message["type"] == "lifespan.startup.complete":
            run_loaded()
        await send(message)

    return wrapped


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

    return _without_headers(send, b"x-amz-server-side-encryption")


def _without_cors(send: Send) -> Send:
    """Return a `send` that lets no web page read the answer: on S3 a bucket's configuration says which may, elsewhere none does."""
    return _without_headers(send, b"access-control-")


def _without_headers(send: Send, prefix: bytes) -> Send:
    async def wrapped(message: Any) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message["headers"] if not bytes(name).lower().startswith(prefix)]
            message = {**message, "headers": kept}
        await send(message)

    return wrapped


async def _discard(receive: Receive) -> None:
    """Read a small body to its end, and keep nothing of it: its sender then sees the answer, not a broken connection."""
    left = 1024 * 1024
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.5):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body"):
                    return


async def _answer(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    sent = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": [*sent, (b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})
