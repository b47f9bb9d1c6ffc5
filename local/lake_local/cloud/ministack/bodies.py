"""Where MiniStack takes in, keeps and hands out the bytes of objects.

It holds them as `bytes`. Here they may also be a `Body`: bytes in a file, of which only parts are read at a time.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

from . import once
from .application import Response

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
ReadObject = Callable[[str, str, dict[str, str], dict[str, Any]], Response]
ReadRequest = Callable[[Receive, str, dict[str, str]], Awaitable[Any]]


class Body(Protocol):
    def __len__(self) -> int: ...
    def __bytes__(self) -> bytes: ...
    def md5(self) -> str: ...
    def content_md5(self) -> str: ...
    def checksum(self, algorithm: str) -> str | None: ...
    def write_to(self, path: Path) -> None: ...
    def kept(self) -> Body: ...


def wrap_request_bodies(wrap: Callable[[ReadRequest], ReadRequest]) -> None:
    """Replace what reads and decodes the body of a request by `wrap(original)`."""
    from ministack import app

    app._read_request_body = once(app._read_request_body, wrap)


def incomplete_body(message: str) -> Exception:
    """Return the error that S3 answers with IncompleteBody."""
    from ministack import app

    error: Exception = app._IncompleteRequestBody(message)
    return error


def disconnected() -> Exception:
    """Return the error of a caller that went away before its body was complete: nobody is answered."""
    from ministack import app

    error: Exception = app._RequestBodyDisconnected()
    return error


def lift_trailers(trailers: bytes, headers: dict[str, str]) -> None:
    """Take what follows the last chunk of an `aws-chunked` body into the headers, and the chunks' marks out of them."""
    from ministack import app

    length = headers.pop("x-amz-decoded-content-length", None)
    app._decode_aws_chunked_body(b"0\r\n" + trailers, headers)
    if length is not None:
        headers["x-amz-decoded-content-length"] = length


def pin_body(body: Any) -> None:
    """Name the body, as it arrived, that the signatures of its chunks are checked against."""
    from ministack import app

    app.pin_signed_body(body)


def wrap_responses(wrap: Callable[[Callable[..., Awaitable[Response]]], Callable[..., Awaitable[Response]]]) -> None:
    """Replace S3's handler of requests, whatever address they come by, by `wrap(original)`."""
    from ministack.services import s3

    s3.handle_request = once(s3.handle_request, wrap)


def streamed(run: Callable[[Send, Receive], Awaitable[None]]) -> Any:
    """Return the body of a response that `run` sends piece by piece."""
    from ministack.core.responses import StreamingResponse

    return StreamingResponse(run)


def wrap_reads(wrap: Callable[[ReadObject], ReadObject]) -> None:
    """Replace GetObject and HeadObject, called with bucket, key, headers and query, by `wrap(original)`."""
    from ministack.services import s3

    s3._get_object = once(s3._get_object, wrap)
    s3._head_object = once(s3._head_object, wrap)


def keep_in_files(stored: Callable[[str], Body | None], kind: type[Any]) -> None:
    """Let the bodies of objects be of a kind that stays in its file. `stored(path)` returns the one of a file, None for bytes."""
    _read_from_files(stored)
    _write_to_files(kind)
    _compute_over(kind)
    _complete_in_files(kind)


def _read_from_files(stored: Callable[[str], Body | None]) -> None:
    from ministack.services import s3

    def of_object(read: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(bucket_name: str, key: str, obj: dict[str, Any]) -> Any:
            path = s3._object_disk_path(bucket_name, key) if obj.get("body") is None else None
            body = stored(path) if path else None
            return read(bucket_name, key, obj) if body is None else body

        return wrapped

    def of_version(read: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(bucket: dict[str, Any], bucket_name: str, key: str, v: dict[str, Any]) -> Any:
            path = s3._version_disk_path(bucket_name, key, v["version_id"]) if v.get("data") is None else None
            body = stored(path) if path else None
            return read(bucket, bucket_name, key, v) if body is None else body

        return wrapped

    def for_services(read: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(bucket_name: str, key: str, version_id: str | None = None) -> bytes | None:
            body = read(bucket_name, key, version_id)
            return None if body is None else bytes(body)

        return wrapped

    s3._read_body = once(s3._read_body, of_object)
    s3._version_body = once(s3._version_body, of_version)
    s3._get_object_data = once(s3._get_object_data, for_services)


def _write_to_files(kind: type[Any]) -> None:
    from ministack.services import s3

    def atomic(write: Callable[..., None]) -> Callable[..., None]:
        def wrapped(fpath: str, data: Any, *, text: bool = False) -> None:
            if isinstance(data, kind):
                data.write_to(Path(fpath))
            else:
                write(fpath, data, text=text)

        return wrapped

    def persist(write: Callable[..., None]) -> Callable[..., None]:
        def wrapped(bucket: str, key: str, obj: Any) -> None:
            write(bucket, key, obj)
            if isinstance(obj, dict) and obj.get("body") is None:
                for version in s3._object_versions.get((bucket, key)) or []:
                    found = version["version_id"]
                    if version.get("data") is not None and (
                        found == (obj.get("version_id") or "null") or s3._version_file_exists(bucket, key, found)
                    ):
                        version["data"] = None  # read from its file from now on

        return wrapped

    s3._atomic_write = once(s3._atomic_write, atomic)
    s3._persist_object = once(s3._persist_object, persist)


def _compute_over(kind: type[Any]) -> None:
    from ministack.services import s3

    def md5(compute: Callable[[Any], str]) -> Callable[[Any], str]:
        def wrapped(data: Any) -> str:
            return str(data.md5()) if isinstance(data, kind) else compute(data)

        return wrapped

    def checksum(compute: Callable[[str, Any], str | None]) -> Callable[[str, Any], str | None]:
        def wrapped(algorithm: str, body: Any) -> str | None:
            found = body.checksum((algorithm or "").upper().replace("_", "")) if isinstance(body, kind) else None
            return found or compute(algorithm, body)

        return wrapped

    def content_md5(check: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(headers: dict[str, str], body: Any) -> Any:
            if not isinstance(body, kind):
                return check(headers, body)
            # the digest, not the bytes: what is given is compared with that of a body that has the same one, or that has another
            given, found = headers.get("content-md5", ""), body.content_md5()
            return None if not given or given == found else check(headers, found.encode())

        return wrapped

    s3.md5_hash = once(s3.md5_hash, md5)
    s3._compute_s3_checksum = once(s3._compute_s3_checksum, checksum)
    s3._validate_content_md5 = once(s3._validate_content_md5, content_md5)


def _complete_in_files(kind: type[Any]) -> None:
    from ministack.services import s3

    def joined(parts: list[Any]) -> Any:
        return kind.joined(parts) if any(isinstance(part, kind) for part in parts) else b"".join(parts)

    def copied_part(copy: Callable[..., Response]) -> Callable[..., Response]:
        def wrapped(bucket_name: str, dest_key: str, query_params: dict[str, Any], headers: dict[str, str]) -> Response:
            answer = copy(bucket_name, dest_key, query_params, headers)
            upload = s3._multipart_uploads.get(s3._qp(query_params, "uploadId"))
            for part in (upload or {"parts": {}})["parts"].values():
                if isinstance(part["body"], kind):
                    part["body"] = part["body"].kept()  # the object that it was copied from may go
            return answer

        return wrapped

    complete = _with_changes(
        s3._complete_multipart_upload,
        ('hashlib.md5(stored["body"]).digest()', 'bytes.fromhex(stored["etag"].strip(\'"\'))'),
        ('b"".join(combined_parts)', "_joined(combined_parts)"),
        _joined=joined,
    )
    s3._complete_multipart_upload = once(s3._complete_multipart_upload, lambda _: complete)
    s3._upload_part_copy = once(s3._upload_part_copy, copied_part)


def _with_changes(function: Callable[..., Any], *changes: tuple[str, str], **names: Any) -> Callable[..., Any]:
    """Return a function of MiniStack with expressions of its source replaced. Each must be there once."""
    if getattr(function, "is_the_lakes", False):
        return function
    source = inspect.getsource(function)
    for old, new in changes:
        if source.count(old) != 1:
            raise RuntimeError(f"{function.__name__} has {old!r} {source.count(old)} times")
        source = source.replace(old, new)
    found: dict[str, Any] = {}
    module = inspect.getmodule(function)
    vars(module).update(names)
    exec(compile(source, inspect.getfile(function), "exec"), vars(module), found)
    changed: Callable[..., Any] = found[function.__name__]
    return changed
