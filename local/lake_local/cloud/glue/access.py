"""What a Glue call is about, for IAM: MiniStack takes every `Name` for a table's, and a table's call for its database's alone.

AWS: a call on a table needs the right on the catalog, the database and the table.
https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from typing import Any

from ..iam.calls import current
from ..iam.enforcement import name_resources
from ..ministack.analytics import table_names
from ..ministack.application import scope, wrap_resource_arns
from ..ministack.authorization import Check

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
    """Name the resources of Glue's calls; leave the other services' calls to MiniStack."""
    wrap_resource_arns(_naming_glues)
    name_resources("glue", resources)


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


def resources(check: Check) -> Iterator[str]:
    """Yield all that a call is about: of the catalog its parts from the top, of a list or a batch each member."""
    call = current()
    request = _request(call.body) if call and call.service == "glue" else {}
    prefix = check.resource.rsplit(":", 1)[0] if check.resource.startswith("arn:") else f"arn:aws:glue:{scope()[1]}:{scope()[0]}"
    kind, _, name = check.resource.removeprefix(f"{prefix}:").partition("/")
    operation = check.action.partition(":")[2]
    if batch := _BATCHES.get(operation):
        yield from (f"{prefix}:{batch[1]}/{one}" for one in request.get(batch[0]) or ())
    elif kind in ("database", "table"):
        database = name.split("/")[0]
        yield f"{prefix}:catalog"
        yield f"{prefix}:database/{database}"
        tables = request.get("TablesToDelete") if operation == "BatchDeleteTable" else None
        if operation == "GetTables":
            tables = table_names(database)
        yield from (f"{prefix}:table/{database}/{table}" for table in tables or ())
        if kind == "table":
            yield check.resource
    else:
        yield check.resource


# The calls on several things at once: the field that names them, and their kind.
_BATCHES = {
    "BatchGetJobs": ("JobNames", "job"),
    "BatchGetCrawlers": ("CrawlerNames", "crawler"),
    "BatchGetTriggers": ("TriggerNames", "trigger"),
    "BatchGetWorkflows": ("Names", "workflow"),
}


def _request(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body) if body else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def resource(headers: dict[str, str], body: bytes, region: str, account: str) -> str | None:
    """Return the ARN of what a call is about, or None to leave it to MiniStack."""
    operation = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
    request = _request(body)
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
