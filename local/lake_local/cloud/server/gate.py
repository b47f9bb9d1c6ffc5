"""What is refused before MiniStack sees it: strangers, names that are not the lake's, and bodies without bounds.

MiniStack reads and inflates a body before it looks at who sent it, and answers some paths without any signature.
"""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from ..iam import calls
from ..ministack import identity, storage
from ..ministack.application import OPEN_PAGES, PAGES
from .request import Refused, Request
from .services import check_enabled

Receive = Callable[[], Awaitable[Any]]

# Lambda's limit is AWS's largest for a call that carries no object; S3's is that of one object or part.
LARGEST_CALL = 70_167_211
LARGEST_OBJECT = 5 * 1024**3
LARGEST_UNSIGNED = 64 * 1024
LONGEST_KEY = 1024  # bytes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html


async def admit(request: Request, receive: Receive) -> Receive:
    """Return what to receive the request's body with; raise `Refused` if it must not be served."""
    if request.path.startswith(OPEN_PAGES):
        return _bounded(receive, request, LARGEST_UNSIGNED)
    if request.path.startswith(PAGES) or _is_image_registry(request.path):
        raise Refused((404, {"Content-Type": "application/json"}, b'{"message": "not available"}'))
    if not request.is_signed:
        if not _may_be_anonymous(request):
            raise request.refuse("MissingAuthenticationToken", "Missing Authentication Token")
        return _bounded(receive, request, LARGEST_UNSIGNED)
    check_enabled(request)
    if request.carries_object and not (request.method == "PUT" and "tagging" in request.query):
        _check_signature(request, None)
        _check_key(request)
        return _bounded(receive, request, LARGEST_OBJECT)
    return await _whole(receive, request)


def _may_be_anonymous(request: Request) -> bool:
    """Return whether a bucket decides: on reading by anybody, by its policy, or on a browser's question, by its CORS configuration."""
    if request.service != "s3" or "Action" in request.query or "x-amz-target" in request.headers:
        return False
    return request.method in ("GET", "HEAD", "OPTIONS") and storage.has_bucket(request.path.split("/")[1])


def check_host(request: Request) -> None:
    """Refuse a name that only leads here: a web page can let its own name mean 127.0.0.1, and then read the answers."""
    name = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    if name not in ("127.0.0.1", "localhost", "::1") and not name.endswith(".localhost"):
        raise request.refuse("AccessDenied", f"{name or 'a request without a Host'} is not a name of this lake: use 127.0.0.1", 403)


def _is_image_registry(path: str) -> bool:
    """ECR's second door, without signatures, for images that no lake can run."""
    return path.rstrip("/") in ("/v2", "/v2/_catalog") or (
        path.startswith("/v2/") and ("/blobs/" in path or "/manifests/" in path or path.endswith("/tags/list"))
    )


def _check_signature(request: Request, body: bytes | None) -> None:
    """Refuse a key that does not hold, before or (where its signature covers it) after the body is read."""
    wrong = identity.unauthentic(request.method, request.raw_path, request.query, request.raw_headers, body)
    if wrong:
        raise request.refuse(*wrong)


def _check_key(request: Request) -> None:
    """Refuse a key that S3 has no room for."""
    key = request.path.removeprefix("/").partition("/")[2]
    if len(key.encode("utf-8", "surrogateescape")) > LONGEST_KEY:
        raise request.refuse("KeyTooLongError", "Your key is too long", 400)


def _bounded(receive: Receive, request: Request, limit: int) -> Receive:
    """Return a `receive` that ends a body beyond `limit` bytes, whatever length it names."""
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > limit:
        raise _too_large(request, limit)
    count = 0

    async def wrapped() -> Any:
        nonlocal count
        message = await receive()
        count += len(message.get("body", b""))
        if count > limit:
            raise _too_large(request, limit)
        return message

    return wrapped


async def _whole(receive: Receive, request: Request) -> Receive:
    """Read a call's body, check it, and return what receives it again."""
    _check_signature(request, None)
    bounded, messages = _bounded(receive, request, LARGEST_CALL), []
    while True:
        messages.append(await bounded())
        if not messages[-1].get("more_body"):
            break
    body = b"".join(message.get("body", b"") for message in messages)
    _check_signature(request, body)
    if "gzip" in request.headers.get("content-encoding", "").lower():
        _check_inflated(request, body)
    calls.keep_body(body)
    waiting = iter(messages)

    async def again() -> Any:
        message = next(waiting, None)
        return await receive() if message is None else message

    return again


def _check_inflated(request: Request, body: bytes) -> None:
    inflater = zlib.decompressobj(wbits=31)
    try:
        inflater.decompress(body, LARGEST_CALL)
    except zlib.error:
        return  # the service says so
    if inflater.unconsumed_tail:
        raise _too_large(request, LARGEST_CALL)


def _too_large(request: Request, limit: int) -> Refused:
    return request.refuse("RequestEntityTooLargeException", f"the body is larger than {limit:,} bytes", 413)
