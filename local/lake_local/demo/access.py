"""Four things that each persona tries, and the statement that decides each: what the report shows side by side."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from ..lake import audit
from ..lake.client import Lake
from ..lake.model import Model
from ..lake.personas import PERSONAS, assume
from ..lake.questions import question
from ..names import TABLES

_KEY = "uploads/try.txt"
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
# What is tried, as `lake can` is asked: the words of the page, the action, the resource.
TRIES = (
    ("read what arrived", "get", "drop"),
    ("write to the raw zone", "put", "raw"),
    ("read the curated table", "get", "curated"),
    ("upload to the sandbox", "put", "sandbox"),
)
# Makes a call with a persona's client of S3.
Call = Callable[[Any, dict[str, str]], Any]
_CALLS: dict[str, Call] = {
    "get": lambda s3, at: s3.get_object(**at)["Body"].read(),
    "put": lambda s3, at: s3.put_object(**at, Body=b"tried by the demo\n"),
}


def tries(lake: Lake, model: Model) -> list[dict[str, Any]]:
    """Return what came of each persona's tries, each by a real call. Nothing is left of them."""
    places = {zone: _place(lake, model, zone) for _, _, zone in TRIES}
    found = []
    for persona in PERSONAS:
        s3 = _client(lake, persona)
        for words, action, zone in TRIES:
            allowed = _try(s3, _CALLS[action], places[zone])
            found.append(
                {"persona": persona, "what": words, "allowed": allowed, "by": _decided(lake, model, persona, action, places[zone])}
            )
    _clear(lake, places)
    return found


def _place(lake: Lake, model: Model, zone: str) -> dict[str, str]:
    """Return an object of a zone's tables, or where one would be put."""
    bucket = model.zone(zone).bucket
    if zone in ("raw", "sandbox"):
        return {"Bucket": bucket, "Key": _KEY}
    listed = lake.client("s3").list_objects_v2(Bucket=bucket, Prefix=TABLES, MaxKeys=1)
    return {"Bucket": bucket, "Key": listed["Contents"][0]["Key"]}


def _client(lake: Lake, persona: str) -> Any:
    variables, _ = assume(lake, persona, None)
    access_key, secret_key, token = (variables[name] for name in _CREDENTIALS)
    return replace(lake, access_key=access_key, secret_key=secret_key, session_token=token).client("s3")


def _try(s3: Any, call: Call, place: dict[str, str]) -> bool:
    try:
        call(s3, place)
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        return False
    return True


def _decided(lake: Lake, model: Model, persona: str, action: str, place: dict[str, str]) -> str:
    """Return the name of the statement that decides."""
    role = next(role.name for role in model.persona_roles if role.persona == persona)
    asked = question(lake, model, action, f"s3://{place['Bucket']}/{place['Key']}", {})
    found = lake.internal("iam/decisions", role=role, action=asked.action, resource=asked.resource, keys=json.dumps(asked.keys))
    return str(found["decisions"][0].get("statement", {}).get("sid", ""))


def denied(lake: Lake, since: datetime) -> list[dict[str, str]]:
    """Return what `lake audit --denied` says of the tries: who, what, on what, and the statement that refused it."""
    if lake.request_log is None:
        return []
    return [
        {
            "who": audit.label(record["userIdentity"]).rsplit("/", 1)[-1],
            "call": record["eventName"],
            "on": "/".join(audit.decisions(record)[0]["resource"].rpartition(":")[2].split("/")[1:]),
            "by": str(audit.decisions(record)[-1].get("statement", {}).get("sid", "")),
        }
        for record in audit.read(lake.request_log, audit.Filter(denied=True, since=since))
    ]


def _clear(lake: Lake, places: dict[str, dict[str, str]]) -> None:
    s3 = lake.client("s3")
    for place in places.values():
        if place["Key"] == _KEY:
            for version in s3.list_object_versions(Bucket=place["Bucket"], Prefix=_KEY).get("Versions", []):
                s3.delete_object(**place, VersionId=version["VersionId"])
