"""Pages below `/_lake/`: what AWS has no call for. Only requests signed with the lake's own key are answered.

A page is signed like a call of AWS (SigV4), for the service `lake`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, quote

from .ministack.identity import signer

PREFIX = "/_lake/"
Page = dict[str, Any]
# Returns a page; called with the parameters of the query.
Content = Callable[[Mapping[str, str]], Page]
_pages: dict[str, Content] = {}


def register_page(name: str, content: Content) -> None:
    """Answer `GET /_lake/<name>` with what `content(parameters)` returns, as JSON. It must change nothing."""
    _pages[name] = content


def answer(scope: dict[str, Any]) -> tuple[int, Page]:
    """Return status and body for a request below `/_lake/`."""
    if not _signed_with_the_lakes_key(scope):
        return 403, {"message": "sign the request with the lake's own key, for the service lake (AWS Signature Version 4)"}
    content = _pages.get(scope["path"].removeprefix(PREFIX)) if scope["method"] == "GET" else None
    if content is None:
        return 404, {"message": "not available"}
    parameters = {name: values[-1] for name, values in _query(scope).items()}
    try:
        return 200, content(parameters)
    except KeyError as missing:
        return 400, {"message": f"the parameter {missing} is missing"}


def _query(scope: dict[str, Any]) -> dict[str, list[str]]:
    return parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)


def _signed_with_the_lakes_key(scope: dict[str, Any]) -> bool:
    authorization = next((value for name, value in scope["headers"] if name.lower() == b"authorization"), b"")
    if b"/lake/aws4_request" not in authorization:
        # A signature for another service, e.g. of a presigned URL that was handed on, opens nothing here.
        return False
    raw_path = (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1")
    key = signer(scope["method"], raw_path, _query(scope), scope["headers"])
    return key is not None and key.principal_type == "Root"
