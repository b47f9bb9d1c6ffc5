"""Bodies of objects on their way out: piece by piece from their file, as fast as the caller takes them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, BinaryIO

from ...ministack import bodies
from ...ministack.application import Response
from ...ministack.bodies import Receive, Send
from .body import FileBody

Handle = Callable[..., Awaitable[Response]]


def responding(handle: Handle) -> Handle:
    async def wrapped(*arguments: Any, **options: Any) -> Response:
        status, headers, body = await handle(*arguments, **options)
        if not isinstance(body, FileBody):
            return status, headers, body
        headers["Content-Length"] = str(len(body))
        # opened before anybody else may replace the object
        return status, headers, bodies.streamed(_Sender(body, body.open()))

    return wrapped


class _Sender:
    def __init__(self, body: FileBody, file: BinaryIO) -> None:
        self._body, self._file = body, file

    async def __call__(self, send: Send, receive: Receive) -> None:
        gone = asyncio.ensure_future(_gone(receive))
        try:
            for piece in self._body.pieces(self._file):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                await asyncio.sleep(0)
                if gone.done():
                    return
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()
            self._file.close()


async def _gone(receive: Receive) -> None:
    """Return when the caller has gone away."""
    while (await receive())["type"] != "http.disconnect":
        pass
