"""The ASGI application: MiniStack's, with our rules in front of it."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable

from .services import internal_answer
from .shutdown import run_callbacks

logger = logging.getLogger("lake.server")

# Of MiniStack's own pages, those that need no credentials and change nothing; and where custom resources and wait conditions answer
# (their addresses hold a secret token). The rest (reset, configuration) would let any program on this machine change the lake unsigned.
OPEN_PAGES = ("/_ministack/health", "/_ministack/ready", "/_ministack/cfn-response/", "/_ministack/cfn-signal/", "/_ministack/lambda-code/")
_ENCRYPTION = b"x-amz-server-side-encryption"


def wrap(inner: Callable, on_started: Callable[[], None], on_stopping: Callable[[], None], observe: Callable[[dict], None]) -> Callable:
    """`inner` with loopback counted as secure transport, its unsigned pages closed, and our start and stop around its own."""

    async def app(scope: dict, receive: Callable, send: Callable) -> None:
        if scope["type"] == "lifespan":
            await inner(scope, _stopping_first(receive, on_stopping), _then(send, on_started))
            return
        if scope["type"] == "http":
            path = scope["path"]
            if path == "/_lake":
                # Tells a lake from another one on the port that it once had. (No bucket can have this name.)
                await _answer(send, 200, {"pid": os.getpid()})
                return
            if path.startswith("/_lake/"):
                answer = internal_answer(path) if scope["method"] == "GET" else None
                await _answer(send, 404 if answer is None else 200, answer or {"message": "not available"})
                return
            if path.startswith(("/_ministack/", "/_localstack/")) and not path.startswith(OPEN_PAGES):
                await _answer(send, 404, {"message": "not available"})
                return
            # Bucket policies that demand TLS are taken seriously. What never leaves this machine's loopback counts as secure;
            # the header, which a client could send, does not decide.
            headers = [(name, value) for name, value in scope["headers"] if name.lower() != b"x-forwarded-proto"]
            scope = dict(scope, scheme="https", headers=headers)
            await inner(scope, receive, _without_encryption(send) if _is_hadoop(headers) else send)
            observe(scope)
            return
        await inner(scope, receive, send)

    return app


def _then(send: Callable, on_started: Callable[[], None]) -> Callable:
    async def wrapped(message: dict) -> None:
        if message["type"] == "lifespan.startup.complete":
            on_started()
        await send(message)

    return wrapped


def _stopping_first(receive: Callable, on_stopping: Callable[[], None]) -> Callable:
    async def wrapped() -> dict:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            on_stopping()
            run_callbacks()
        return message

    return wrapped


def _is_hadoop(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(name.lower() == b"user-agent" and value.startswith(b"Hadoop") for name, value in headers)


def _without_encryption(send: Callable) -> Callable:
    """Spark's S3 client repeats an object's encryption and key when it copies the object, and refuses to name a key over plain HTTP (it
    thinks of keys that a customer sends along). Where it sees neither, the bucket's own encryption decides: the same key."""

    async def wrapped(message: dict) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message["headers"] if not bytes(name).lower().startswith(_ENCRYPTION)]
            message = {**message, "headers": kept}
        await send(message)

    return wrapped


async def _answer(send: Callable, status: int, body: dict) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
