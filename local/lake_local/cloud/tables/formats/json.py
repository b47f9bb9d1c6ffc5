"""JSON, one object a line."""

from __future__ import annotations

from collections.abc import Sequence

from ..catalog import CatalogTable
from ..session import Session
from ..sql import identifier, literal
from ..storage import Stored
from ..types import duckdb_type
from .base import FILE, Format, paths


def _read(_session: Session, table: CatalogTable, files: Sequence[Stored]) -> str:
    columns = ", ".join(f"{literal(name)}: {literal(duckdb_type(hive))}" for name, hive in table.columns)
    ignore = "true" if table.serde.get("ignore.malformed.json", "").lower() == "true" else "false"
    names = ", ".join(identifier(name) for name, _ in table.columns)
    return (
        f"SELECT {names}, {FILE} FROM read_json({paths(files)}, format='newline_delimited', columns={{{columns}}}, "
        f"ignore_errors={ignore}, filename='$file')"
    )


JSON = Format(
    name="json",
    serde_part="jsonserde",
    serde="org.openx.data.jsonserde.JsonSerDe",
    read=_read,
    copy=lambda _delimiter: "FORMAT json",
    extension=".json",
)
