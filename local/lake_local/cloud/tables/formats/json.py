"""JSON, one object a line, as the OpenX JSON SerDe reads it.

https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html
"""

from __future__ import annotations

from collections.abc import Sequence

from ..catalog import CatalogTable
from ..errors import not_supported
from ..session import Session
from ..sql import identifier, literal
from ..storage import Stored
from ..types import duckdb_type
from .base import FILE, Format, paths


def _read(session: Session, table: CatalogTable, files: Sequence[Stored]) -> str:
    if _true(table, "dots.in.keys"):
        raise not_supported("the JSON SerDe with dots.in.keys")
    ignore = "true" if _true(table, "ignore.malformed.json") else "false"
    keys = _keys(session, table, files, ignore)
    columns = ", ".join(f"{literal(keys[name])}: {literal(duckdb_type(hive))}" for name, hive in table.columns)
    names = ", ".join(f"{identifier(keys[name])} AS {identifier(name)}" for name, _ in table.columns)
    return (
        f"SELECT {names}, {FILE} FROM read_json({paths(files)}, format='newline_delimited', columns={{{columns}}}, "
        f"ignore_errors={ignore}, filename='$file')"
    )


def _keys(session: Session, table: CatalogTable, files: Sequence[Stored], ignore: str) -> dict[str, str]:
    """Return the key of each column: its mapping or its name, in the case that the objects have it in."""
    rows = session.execute(
        f"SELECT DISTINCT unnest(json_keys(json)) FROM read_ndjson_objects({paths(files)}, ignore_errors={ignore}) ORDER BY 1"
    ).fetchall()
    there: dict[str, list[str]] = {}
    for (key,) in rows:
        there.setdefault(key.lower(), []).append(key)
    keys = {}
    for name, _ in table.columns:
        wanted = table.serde.get(f"mapping.{name}", name)
        found = there.get(wanted.lower(), [wanted])
        if len(found) > 1:
            raise not_supported(f"JSON keys that differ in case only ({', '.join(found)})")
        keys[name] = found[0]
    return keys


def _true(table: CatalogTable, parameter: str) -> bool:
    return table.serde.get(parameter, "").lower() == "true"


JSON = Format(
    name="json",
    serde_part="jsonserde",
    serde="org.openx.data.jsonserde.JsonSerDe",
    read=_read,
    copy=lambda _delimiter: "FORMAT json",
    extension=".json",
)
