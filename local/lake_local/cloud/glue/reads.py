"""Reads of the Data Catalog: MiniStack keeps it and answers with everything, what the call asks for is chosen here."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from ..ministack.application import Response
from ..service import json_response
from .errors import invalid, not_found
from .predicates import compiled
from .state import Data

# Asks MiniStack's Glue: an operation and its request.
Ask = Callable[[str, Data], Awaitable[Response]]

# AWS leaves out what a table or a database was not given.
_OPTIONAL = (
    "Description",
    "Owner",
    "LocationUri",
    "ViewOriginalText",
    "ViewExpandedText",
    "ViewDefinition",
    "IsMultiDialectView",
)
_COMMON = {"CatalogId", "MaxResults", "NextToken", "ResourceShareType"}
# What each call obeys, the most that it returns at once, and the answer's list.
_CALLS: dict[str, tuple[set[str], int, str]] = {
    "GetDatabases": (set(), 100, "DatabaseList"),
    "GetTables": ({"DatabaseName", "Expression"}, 100, "TableList"),
    "GetPartitions": ({"DatabaseName", "TableName", "Expression", "Segment", "ExcludeColumnSchema"}, 1000, "Partitions"),
}
OPERATIONS = frozenset({*_CALLS, "GetTable", "GetDatabase"})


async def answer(name: str, request: Data, ask: Ask) -> Response:
    """Return the answer of a read."""
    if name not in _CALLS:
        return _each(await ask(name, request), name.removeprefix("Get"), _given)
    obeyed, most, member = _CALLS[name]
    if unknown := sorted(set(request) - obeyed - _COMMON):
        raise invalid(f"{unknown[0]} of {name} is not supported by the embedded Glue")
    wanted = await _CHOOSE[name](request, ask)
    plain = {key: value for key, value in request.items() if key not in ("Expression", "MaxResults", "NextToken", "Segment")}
    status, headers, body = await ask(name, plain)
    if status != 200:
        return status, headers, body
    items = [_given(item) for index, item in enumerate(json.loads(body)[member]) if wanted(index, item)]
    first, count = _page(request, most)
    more = {"NextToken": base64.b64encode(str(first + count).encode()).decode()} if len(items) > first + count else {}
    page = items[first : first + count]
    if request.get("ExcludeColumnSchema"):
        page = [_without_columns(item) for item in page]
    return json_response({member: page, **more})


_Wanted = Callable[[int, Data], bool]


async def _databases(_request: Data, _ask: Ask) -> _Wanted:
    return lambda _index, _database: True


async def _tables(request: Data, ask: Ask) -> _Wanted:
    await _found(ask, "GetDatabase", {"Name": request.get("DatabaseName")}, "Database", request.get("DatabaseName"))
    expression = request.get("Expression")
    if not expression:
        return lambda _index, _table: True
    matches = table_pattern(str(expression))
    return lambda _index, table: matches(table["Name"])


async def _partitions(request: Data, ask: Ask) -> _Wanted:
    table = {"DatabaseName": request.get("DatabaseName"), "Name": request.get("TableName")}
    keys = (await _found(ask, "GetTable", table, "Table", request.get("TableName")))["Table"].get("PartitionKeys") or []
    segment = request.get("Segment") or {"SegmentNumber": 0, "TotalSegments": 1}
    number, total = int(segment["SegmentNumber"]), int(segment["TotalSegments"])
    if not (1 <= total <= 10 and 0 <= number < total):
        raise invalid(f"Segment {number} of {total} is not one of at most 10 segments")
    expression = str(request.get("Expression") or "").strip()
    if not expression:
        return lambda index, _partition: index % total == number
    test = compiled(expression, {key["Name"]: key.get("Type") or "string" for key in keys})
    names = [key["Name"].lower() for key in keys]
    return lambda index, partition: index % total == number and test(dict(zip(names, partition["Values"], strict=False))) is True


_CHOOSE: dict[str, Callable[[Data, Ask], Awaitable[_Wanted]]] = {
    "GetDatabases": _databases,
    "GetTables": _tables,
    "GetPartitions": _partitions,
}


def table_pattern(expression: str) -> Callable[[str], bool]:
    """Return a test of whether a regular expression matches a table's name as a whole, in a time that is linear to the name's length.

    Clients also send `orders_*`, meaning any end: a `*` after a letter, or at the start, stands for `.*`.
    """
    import duckdb

    connection = duckdb.connect(":memory:")
    pattern = re.sub(r"(?<![.\])}\\])\*", ".*", expression)

    def matches(name: str) -> bool:
        try:
            [found] = connection.execute("SELECT regexp_full_match(?, ?, 'i')", [name, pattern]).fetchone() or (False,)
        except duckdb.Error as error:
            raise invalid(f"Expression {expression[:100]!r} is not a regular expression: {error}") from None
        return bool(found)

    matches("")
    return matches


async def _found(ask: Ask, operation: str, request: Data, kind: str, name: Any) -> Data:
    status, _, body = await ask(operation, request)
    if status != 200:
        raise not_found(kind, str(name))
    found: Data = json.loads(body)
    return found


def _page(request: Data, most: int) -> tuple[int, int]:
    """Return the position of the page's first item, and how many there are on a page."""
    count = request.get("MaxResults") or most
    if not isinstance(count, int) or not 1 <= count <= most:
        raise invalid(f"MaxResults {count} is not between 1 and {most}")
    try:
        first = int(base64.b64decode(request.get("NextToken") or "MA==", validate=True))
    except ValueError:
        raise invalid("NextToken is not one that this call returned") from None
    return first, count


def _given(item: Data) -> Data:
    return {key: value for key, value in item.items() if not (key in _OPTIONAL and value in (None, ""))}


def _without_columns(partition: Data) -> Data:
    storage = {key: value for key, value in (partition.get("StorageDescriptor") or {}).items() if key != "Columns"}
    return {**partition, "StorageDescriptor": storage}


def _each(response: Response, member: str, change: Callable[[Data], Data]) -> Response:
    status, headers, body = response
    if status != 200:
        return response
    found = json.loads(body)
    return json_response({**found, member: change(found[member])})
