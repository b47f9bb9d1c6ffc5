"""Bodies of objects on their way in: straight into a file, with the chunks of `aws-chunked` taken apart there."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, BinaryIO

from ...ministack import bodies
from ...ministack.bodies import ReadRequest, Receive
from ..request import Request
from .body import LARGE, PIECE, FileBody, new_file, temporary

_LONGEST_CHUNK_HEADER = 4096
_LONGEST_TRAILER = 64 * 1024
# of a query to an object: what else is there names a subresource, whose body is a document
_OF_OBJECTS = ("partnumber", "uploadid", "x-id", "x-amz-", "awsaccesskeyid", "signature", "expires")


class ToFile:
    """What the body of a request is received with, if it goes to a file."""

    def __init__(self, receive: Receive) -> None:
        self.receive = receive

    def __call__(self) -> Awaitable[Any]:
        return self.receive()


def to_file(request: Request, receive: Receive) -> Receive:
    """Return what the request is received with: its body goes to a file if it is an object's, and large."""
    length = request.headers.get("content-length", "")
    is_object = request.carries_object and request.method == "PUT" and all(name.lower().startswith(_OF_OBJECTS) for name in request.query)
    # who signs neither a digest nor nothing of the body signs the body itself, in memory
    is_signed_apart = "x-amz-content-sha256" in request.headers or "authorization" not in request.headers
    return ToFile(receive) if is_object and is_signed_apart and length.isdecimal() and int(length) >= LARGE else receive


def reading(read: ReadRequest) -> ReadRequest:
    async def wrapped(receive: Receive, method: str, headers: dict[str, str]) -> Any:
        if not isinstance(receive, ToFile):
            return await read(receive, method, headers)
        body = await _received(receive, int(headers["content-length"]))
        bodies.pin_body(Frames(body) if headers.get("x-amz-content-sha256", "").startswith("STREAMING-AWS4-") else b"")
        if not _is_chunked(headers):
            return body
        found, trailers = await asyncio.to_thread(_unframed, body)
        bodies.lift_trailers(trailers, headers)
        if headers.get("x-amz-decoded-content-length", str(len(found))).strip() != str(len(found)):
            raise bodies.incomplete_body("Decoded aws-chunked length mismatch")
        return found

    return wrapped


class Frames:
    """A body in chunks, for who checks the signature of each: it finds the end of a chunk's header, and takes bytes out."""

    def __init__(self, body: FileBody) -> None:
        self._body = body

    def __len__(self) -> int:
        return len(self._body)

    def __getitem__(self, part: slice) -> bytes:
        return bytes(self._body[part])

    def find(self, what: bytes, start: int) -> int:
        found = bytes(self._body[start : start + _LONGEST_CHUNK_HEADER]).find(what)
        return found if found < 0 else start + found


async def _received(receive: ToFile, length: int) -> FileBody:
    """Write the body to a file as it comes."""
    digest, size = hashlib.md5(), 0
    file = new_file()
    path = Path(file.name)
    try:
        with file:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise bodies.disconnected()
                if piece := message.get("body", b""):
                    size += len(piece)
                    digest.update(piece)
                    file.write(piece)
                if not message.get("more_body"):
                    break
        if size != length:
            raise bodies.incomplete_body("Content-Length does not match request body")
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return temporary(path, size, digest.hexdigest())


def _is_chunked(headers: dict[str, str]) -> bool:
    return (
        headers.get("x-amz-content-sha256", "").startswith("STREAMING-")
        or "aws-chunked" in headers.get("content-encoding", "")
        or bool(headers.get("x-amz-decoded-content-length"))
    )


def _unframed(body: FileBody) -> tuple[FileBody, bytes]:
    """Write what is in the chunks to a file; return it, and what follows the last chunk."""
    digest = hashlib.md5()
    file = new_file()
    path = Path(file.name)
    try:
        with file, body.path.open("rb") as frames:
            while size := _chunk_size(frames):
                _copy(frames, size, digest, file)
                if frames.read(2) != b"\r\n":
                    raise bodies.incomplete_body("Truncated aws-chunked frame data")
            trailers, length = frames.read(_LONGEST_TRAILER), file.tell()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return temporary(path, length, digest.hexdigest()), trailers


def _chunk_size(frames: BinaryIO) -> int:
    header = frames.readline(_LONGEST_CHUNK_HEADER)
    size = header.split(b";")[0].strip()
    if not header.endswith(b"\r\n") or not re.fullmatch(rb"[0-9A-Fa-f]+", size):
        raise bodies.incomplete_body("Invalid aws-chunked frame size")
    return int(size, 16)


def _copy(source: BinaryIO, size: int, digest: Any, target: BinaryIO) -> None:
    while size:
        piece = source.read(min(PIECE, size))
        if not piece:
            raise bodies.incomplete_body("Truncated aws-chunked frame data")
        size -= len(piece)
        digest.update(piece)
        target.write(piece)
