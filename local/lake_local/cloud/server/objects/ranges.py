"""The Range of a read, as S3 takes it: one range of bytes, of any version, of GetObject and HeadObject.

A Range that is none, or that has several ranges, is ignored (RFC 9110, 14.2; S3 reads one range a call:
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html). One beyond the object is refused.
"""

from __future__ import annotations

import re
import uuid
from typing import Any
from xml.sax.saxutils import escape

from ...ministack.application import Response
from ...ministack.bodies import ReadObject

_ONE_RANGE = re.compile(r"bytes=[ \t]*(\d*)-(\d*)[ \t]*", re.IGNORECASE)


def wrap_read(read: ReadObject) -> ReadObject:
    def wrapped(bucket: str, key: str, headers: dict[str, str] | None = None, query: dict[str, Any] | None = None) -> Response:
        headers, query = headers or {}, query or {}
        wanted = headers.get("range", "")
        if wanted and "partNumber" in query:
            return _error(400, "InvalidRequest", "Cannot specify both Range header and partNumber query parameter")
        status, found, body = read(bucket, key, {name: value for name, value in headers.items() if name != "range"}, query)
        if status != 200 or not wanted or not _is_current(headers.get("if-range", ""), found):
            return status, found, body
        return _part(wanted, found, body)

    return wrapped


def _part(wanted: str, headers: dict[str, str], body: Any) -> Response:
    match = _ONE_RANGE.fullmatch(wanted)
    if not match or match.groups() == ("", "") or (all(match.groups()) and int(match[1]) > int(match[2])):
        return 200, headers, body
    size = int(headers["Content-Length"])
    first, last = _bounds(match, size)
    if first > last:
        told = f"<RangeRequested>{escape(wanted)}</RangeRequested><ActualObjectSize>{size}</ActualObjectSize>"
        status, refused, text = _error(416, "InvalidRange", "The requested range is not satisfiable", told)
        return status, {**refused, "Content-Range": f"bytes */{size}"}, text
    # a checksum is one of the whole object
    kept = {name: value for name, value in headers.items() if not name.lower().startswith("x-amz-checksum-")}
    kept |= {"Content-Length": str(last - first + 1), "Content-Range": f"bytes {first}-{last}/{size}"}
    return 206, kept, body[first : last + 1]


def _bounds(match: re.Match[str], size: int) -> tuple[int, int]:
    """Return the first and the last byte. The first is behind the last if there are none."""
    if not match[1]:
        suffix = int(match[2])
        return (max(0, size - suffix), size - 1) if suffix else (1, 0)
    first = int(match[1])
    return (first, min(int(match[2]), size - 1) if match[2] else size - 1) if first < size else (1, 0)


def _is_current(condition: str, headers: dict[str, str]) -> bool:
    """Return whether If-Range names what the object is now: by its ETag, or by the time of its last change."""
    return not condition or condition in (headers.get("ETag"), headers.get("Last-Modified"))


def _error(status: int, code: str, message: str, more: str = "") -> Response:
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message>{more}'
        f"<RequestId>{uuid.uuid4()}</RequestId></Error>"
    )
    return status, {"Content-Type": "application/xml"}, text.encode()
