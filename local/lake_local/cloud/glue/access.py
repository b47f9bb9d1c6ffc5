"""What a Glue call is about, for IAM: MiniStack takes every `Name` for a table's, and a table's call for its database's alone.

AWS: a call on a table needs the right on the catalog, the database and the table.
https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

from ..ministack.application import wrap_resource_arns

# The resource that the calls on this kind of thing name, and the field that names it.
_KINDS = (("Crawl", "crawler"), ("Trigger", "trigger"), ("Workflow", "workflow"), ("Job", "job"), ("Connection", "connection"))
_FIELDS = {
    "crawler": ("Name", "CrawlerName"),
    "trigger": ("Name",),
    "workflow": ("Name",),
    "job": ("JobName", "Name"),
    "connection": ("Name",),
}
# These take no resource.
_ANY = ("SecurityConfiguration", "Classifier", "GetTags")


def install() -> None:
    """Name the resource of Glue's calls; leave the other services' calls to MiniStack."""
    wrap_resource_arns(_naming_glues)


def _naming_glues(original: Callable[..., str]) -> Callable[..., str]:
    @functools.wraps(original)
    def extract(
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query_params: dict[str, Any],
        region: str,
        account_id: str,
    ) -> str:
        found = resource(headers, body, region, account_id) if service == "glue" else None
        return found or original(service, method, path, headers, body, query_params, region, account_id)

    return extract


def resource(headers: dict[str, str], body: bytes, region: str, account: str) -> str | None:
    """Return the ARN of what a call is about, or None to leave it to MiniStack."""
    operation = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
    try:
        request = json.loads(body) if body else {}
    except ValueError:
        return None
    prefix = f"arn:aws:glue:{region}:{account}:"
    if any(word in operation for word in _ANY):
        return request.get("ResourceArn") or "*"
    if operation in ("TagResource", "UntagResource"):
        return request.get("ResourceArn") or "*"
    for word, kind in _KINDS:
        if word in operation:
            name = next((request[field] for field in _FIELDS[kind] if request.get(field)), "*")
            return f"{prefix}{kind}/{name}"
    if database := request.get("DatabaseName"):
        table = (
            request.get("TableName")
            or (request.get("TableInput") or {}).get("Name")
            or (request.get("Name") if "Table" in operation else None)
        )
        return f"{prefix}table/{database}/{table}" if table else f"{prefix}database/{database}"
    if "Database" in operation:
        name = request.get("Name") or (request.get("DatabaseInput") or {}).get("Name")
        return f"{prefix}database/{name}" if name else f"{prefix}catalog"
    return None
