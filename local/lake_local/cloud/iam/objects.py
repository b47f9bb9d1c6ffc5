"""Condition keys and further rights of S3's calls on objects: tags, what a copy and a tagged write take.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-and-policies.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
"""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import parse_qsl, unquote

from ..ministack import encryption, storage
from ..ministack.authorization import Check, Refusal
from . import enforcement
from .calls import Call, current
from .evaluation import Decision, Principal

# The actions whose policies see the tags of the object that is there.
_OF_EXISTING = frozenset(
    f"s3:{verb}Object{version}{part}"
    for verb, part in (("Get", ""), ("Get", "Acl"), ("Get", "Tagging"), ("Put", "Acl"), ("Put", "Tagging"), ("Delete", "Tagging"))
    for version in ("", "Version")
)
_TAGGING = ("s3:PutObjectTagging", "s3:PutObjectVersionTagging")
_HEADERS = ("x-amz-copy-source", "x-amz-metadata-directive", "x-amz-storage-class", "x-amz-server-side-encryption-aws-kms-key-id")


def install() -> None:
    """Complete what policies see of objects, and ask for the rights to read and write tags."""
    enforcement.add_context("s3", _keys)
    enforcement.check_further("s3:PutObject", _tagging)
    enforcement.check_further("s3:GetObject", _missing)


def _keys(check: Check) -> dict[str, Any]:
    call = current()
    bucket, _, key = check.resource.partition(":::")[2].partition("/")
    if call is None or not key:
        return {}
    keys: dict[str, Any] = {}
    if version := version_of(check, call):
        keys["s3:versionid"] = version
    written = call.header("x-amz-tagging") if check.action in ("s3:PutObject", "s3:PutObjectTagging") else None
    # A write that carries tags takes the right to tag, of an object that is not there yet.
    if check.action in _OF_EXISTING and written is None:
        found = encryption.tags_of_object(bucket, key, version)
        keys |= {f"s3:existingobjecttag/{name.lower()}": value for name, value in found.items()}
    if check.action == "s3:PutObject":
        keys |= {f"s3:{name}": value for name in _HEADERS if (value := call.header(name)) is not None}
    if written is not None or check.action in _TAGGING:
        tags = dict(parse_qsl(written or "", keep_blank_values=True)) if written is not None else _in_body(call)
        keys |= {f"s3:requestobjecttag/{name.lower()}": value for name, value in tags.items()}
        if tags:
            keys["s3:requestobjecttagkeys"] = list(tags)
    return keys


def _in_body(call: Call) -> dict[str, str]:
    """Return the tags of the document that PutObjectTagging sends. What is wrong with it S3 says."""
    found = re.findall(rb"<Key>(.*?)</Key>\s*<Value>(.*?)</Value>", call.body, re.DOTALL) if "tagging" in call.query else []
    return {html.unescape(name.decode("utf-8", "replace")): html.unescape(value.decode("utf-8", "replace")) for name, value in found}


def version_of(check: Check, call: Call) -> str | None:
    """Return the version that a check is on, as the query or the source of a copy names it."""
    source = call.header("x-amz-copy-source")
    if source and check.action != "s3:PutObject":
        return source.partition("?versionId=")[2] or None
    found = call.query.get("versionId", [""])[0]
    return found if found and found != "null" else None


def _missing(check: Check, principal: Principal) -> Decision | None:
    """Return what refuses to say that an object is missing: who may not list the bucket does not learn it.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    bucket, _, key = check.resource.partition(":::")[2].partition("/")
    if not key or storage.has_object(bucket, key):
        return None
    decision = None
    # Whether a policy that is about a prefix counts is not documented: it does here.
    for more in ({"s3:prefix": key}, {}):
        asked = check._replace(action="s3:ListBucket", resource=f"arn:aws:s3:::{bucket}", context={**check.context, **more})
        decision = enforcement.decide(principal, asked)
        if decision.allowed:
            return None
    return decision


def _tagging(check: Check, principal: Principal) -> Decision | Refusal | None:
    """Return what refuses tags that are written with an object: those of the request, or of the source of a copy."""
    call = current()
    if call is None or call.query.get("uploadId"):
        return None
    needed: list[tuple[str, str]] = []
    if call.header("x-amz-tagging") is not None:
        needed.append(("s3:PutObjectTagging", check.resource))
    elif (source := call.header("x-amz-copy-source")) and (call.header("x-amz-tagging-directive") or "COPY") == "COPY":
        path, _, version = source.partition("?versionId=")
        bucket, _, key = unquote(path).lstrip("/").partition("/")
        if "partNumber" not in call.query and encryption.tags_of_object(bucket, key, version or None):
            right = "s3:GetObjectVersionTagging" if version else "s3:GetObjectTagging"
            needed = [(right, f"arn:aws:s3:::{bucket}/{key}"), ("s3:PutObjectTagging", check.resource)]
    for action, resource in needed:
        decision = enforcement.decide(principal, check._replace(action=action, resource=resource))
        if not decision.allowed:
            return decision
    return None
