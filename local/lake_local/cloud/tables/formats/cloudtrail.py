"""CloudTrail's log files: one JSON document a file, whose list `Records` has the rows.

https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table.html
"""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any, BinaryIO

from ..catalog import CatalogTable
from ..errors import TableError
from ..session import Session
from ..types import Array, Map, Struct, Type, parse
from .base import TEXT_OUTPUT, Format
from .json import JSON

INPUT = "com.amazon.emr.cloudtrail.CloudTrailInputFormat"


def _prepare(session: Session, table: CatalogTable, path: Path) -> Path:
    """A copy of a file with a record a line, under the names of the table's columns."""
    columns = [(name, parse(hive)) for name, hive in table.columns]
    shape = hashlib.sha256(repr(columns).encode()).hexdigest()[:16]
    made = session.cache.path("cloudtrail", path.name, shape).with_suffix(".json")
    if made.exists():
        return made

    def write(file: BinaryIO) -> None:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rb") as source:
            document = json.load(source)
        # Digests are no logs, and have no records.
        for record in document.get("Records", []) if isinstance(document, dict) else []:
            row = {name: _value(_found(record, name), kind) for name, kind in columns}
            file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")

    try:
        session.cache.fill(made, write)
    except ValueError:
        raise TableError(f"HIVE_CANNOT_OPEN_SPLIT: {table.location}: a file is no JSON document of CloudTrail's") from None
    return made


def _found(record: dict[str, Any], name: str) -> Any:
    """Return what a record has under a name, in whatever case: the catalog keeps names in lower case."""
    return next((value for key, value in record.items() if key.lower() == name.lower()), None)


def _value(value: Any, kind: Type) -> Any:
    """Return a value as its column takes it: what is no text becomes JSON in a column of text."""
    if value is None:
        return None
    if isinstance(kind, Struct):
        return {name: _value(_found(value, name), part) for name, part in kind.fields} if isinstance(value, dict) else None
    if isinstance(kind, Array):
        return [_value(one, kind.item) for one in value] if isinstance(value, list) else None
    if isinstance(kind, Map):
        return {name: _value(one, kind.value) for name, one in value.items()} if isinstance(value, dict) else None
    return value if isinstance(value, str) or kind.name != "string" else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


CLOUDTRAIL = Format(
    name="cloudtrail",
    serde_part="cloudtrailserde",
    serde="org.apache.hive.hcatalog.data.JsonSerDe",
    input=INPUT,
    output=TEXT_OUTPUT,
    read=JSON.read,
    prepare=_prepare,
)
