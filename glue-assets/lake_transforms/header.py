"""Which column of a file is which column of the table."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from lake_transforms.content import UnreadableObject
from lake_transforms.options import TableColumn, TableSchema

_NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
_PARTITION = re.compile(r"([^=/]+)=([^/]*)")
_LONGEST_NAME = 255  # https://docs.aws.amazon.com/glue/latest/webapi/API_Column.html
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class Header:
    """The columns of one file under the names that they have in the table."""

    columns: tuple[str, ...]
    refusal: str | None = None  # every row is refused for this reason


def normal_name(name: str) -> str:
    """Return the name as the Glue catalog keeps it: lower case, in one line, without spaces around, each letter as one character."""
    return unicodedata.normalize("NFC", " ".join(name.split())).lower()


def snake_name(name: str) -> str:
    """Return the name in lower case letters, digits and underscores: 'Order ID' and 'orderId' are order_id, 'Unit.Price' is unit_price."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", unicodedata.normalize("NFC", name))
    return re.sub(r"\W+", "_", words).strip("_").lower()


def read_header(names: list[str], schema: TableSchema | None, declared: bool) -> Header:
    """Match the names of a header with the schema.

    A declared column is the one that its `source` names; else the one of its name; else the one whose name in snake case is its name.
    A column without a name is called after its position, `column_1`. Against a declared schema, unexpected columns refuse the file:
    their values would be lost. So does a missing column that is required, and a header of which nothing fits.
    """
    columns = [normal_name(name) or f"column_{position}" for position, name in enumerate(names, start=1)]
    if wrong := next((name for name in columns if len(name) > _LONGEST_NAME or _CONTROL.search(name)), None):
        what = f"a name of more than {_LONGEST_NAME} characters" if len(wrong) > _LONGEST_NAME else "a control character in a name"
        return Header(tuple(columns), f"header has {what}: {wrong[:40]!r}")
    if schema and schema.columns:
        columns = _as_in_the_schema(names, columns, schema)
    unnamed = [position for position, name in enumerate(names, start=1) if not name.strip()]
    if repeated := sorted({name for name in columns if columns.count(name) > 1}):
        return Header(tuple(columns), f"header repeats {', '.join(repeated)}")
    if not schema or not declared:
        return Header(tuple(columns))
    known = {name.lower(): name for name in schema.names}
    unexpected = [name for name in columns if name.lower() not in known]
    if unnamed and any(columns[position - 1] in unexpected for position in unnamed):
        return Header(tuple(columns), "header has a column without a name")
    absent = [column for column in schema.columns if column.name not in columns]
    missing = [column.name for column in absent if unexpected or column.required or len(absent) == len(schema.columns)]
    parts = [f"{what} {', '.join(which)}" for what, which in (("missing", missing), ("unexpected", unexpected)) if which]
    return Header(tuple(columns), f"header does not match: {'; '.join(parts)}" if parts else None)


def _as_in_the_schema(names: list[str], columns: list[str], schema: TableSchema) -> list[str]:
    matched: dict[int, str] = {}
    for rule in (_is_source, _is_name, _is_snake_name):
        for column in schema.columns:
            if column.name not in matched.values():
                places = [index for index, pair in enumerate(zip(names, columns, strict=True)) if rule(column, *pair)]
                matched.update({index: column.name for index in places if index not in matched})
    return [matched.get(index, name) for index, name in enumerate(columns)]


def _is_source(column: TableColumn, name: str, _: str) -> bool:
    return column.source is not None and normal_name(name) == normal_name(column.source)


def _is_name(column: TableColumn, _: str, normal: str) -> bool:
    return not column.source and normal == normal_name(column.name)


def _is_snake_name(column: TableColumn, name: str, _: str) -> bool:
    return not column.source and snake_name(name) == snake_name(column.name)


def partitions_of(key: str) -> Iterator[tuple[str, str | None]]:
    """Yield the names and values that the folders of a key give, as Hive writes them: `year=2024/city=S%C3%A3o%2FPaulo/`."""
    for folder in key.split("/")[:-1]:
        if match := _PARTITION.fullmatch(folder):
            value = _unescaped(match[2])
            yield normal_name(_unescaped(match[1])), None if value == _NULL_PARTITION else value


def columns_of_path(key: str, schema: TableSchema | None) -> dict[str, str | None]:
    """Return the values that the folders of a key give, by their names in the table. Raises UnreadableObject for two of one name."""
    found: dict[str, str | None] = {}
    for name, value in partitions_of(key):
        known = _as_in_the_schema([name], [name], schema)[0] if schema else name
        if known in found and found[known] != value:
            raise UnreadableObject(f"{known} is {found[known]!r} and {value!r} in the path")
        found[known] = value
    return found


def _unescaped(text: str) -> str:
    """Return what Hive escaped. What is no escaped UTF-8 stays as it is."""
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text
