"""A request's head, as the gate judges it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote

from ..ministack import identity
from ..ministack.application import Response, service_of

Scope = dict[str, Any]


class Refused(Exception):
    """The request goes no further; `response` says why, in the protocol of its service."""

    def __init__(self, response: Response) -> None:
        super().__init__(response[0])
        self.response = response


@dataclass(frozen=True)
class Request:
    """The head of a request: all that is known before its body is read."""

    method: str
    path: str
    raw_path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    raw_headers: list[tuple[bytes, bytes]]

    @classmethod
    def of(cls, scope: Scope) -> Request:
        return cls(
            scope["method"],
            scope["path"],
            (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1"),
            parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True),
            {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
            scope["headers"],
        )

    @property
    def service(self) -> str:
        return service_of(self.method, self.path, self.headers, self.query)

    @property
    def is_signed(self) -> bool:
        """Return whether it claims a key. Whether it may is checked next."""
        return self.headers.get("authorization", "").startswith("AWS") or any(
            name in self.query for name in ("X-Amz-Signature", "X-Amz-Credential", "AWSAccessKeyId")
        )

    @property
    def carries_object(self) -> bool:
        return self.service == "s3" and "x-amz-target" not in self.headers

    def refuse(self, code: str, message: str, status: int | None = None) -> Refused:
        answered, headers, body = identity.failure(self.service, self.headers, code, message)
        return Refused((status or answered, headers, body))
