"""Which column of a file is which column of the table."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from lake_transforms.content import UnreadableObject
from lake_transforms.options import TableSchema

_NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
_PARTITION = re.compile(r"([^=/]+)=([^/]*)")
_LONGEST_NAME = 255  # bytes: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html#aws-glue-api-catalog-tables-Column
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


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


def read_header(names: list[str], schema: TableSchema | None, declared: bool, of_path: Collection[str] = ()) -> Header:
    """Match the names of a header with the schema.

    A declared column is the one that its `source` names; else the one of its name; else the one whose name in snake case is its name.
    A column without a name is called after its position, `column_1`. Against a declared schema, unexpected columns refuse the file:
    their values would be lost. So does a missing column that is required, and a header of which nothing fits. `of_path`: columns of
    which the object's folders have the value.
    """
    given = [normal_name(name) or f"column_{position}" for position, name in enumerate(names, start=1)]
    columns = _as_in_the_schema(names, given, schema) if schema and schema.columns else given
    # What a declared column names as its source may be anything.
    of_source = {column.name for column in schema.columns if column.source} if schema else set()
    doubtful = [name for name, known in zip(given, columns, strict=True) if known not in of_source]
    if wrong := next(filter(None, map(_wrong_name, doubtful)), None):
        return Header(tuple(columns), f"header has {wrong}")
    unnamed = [position for position, name in enumerate(names, start=1) if not name.strip()]
    if repeated := sorted(name for name, count in Counter(columns).items() if count > 1):
        return Header(tuple(columns), f"header repeats {', '.join(repeated)}")
    if not schema or not declared:
        return Header(tuple(columns))
    known = {name.lower(): name for name in schema.names}
    unexpected = [name for name in columns if name.lower() not in known]
    if unnamed and any(columns[position - 1] in unexpected for position in unnamed):
        return Header(tuple(columns), "header has a column without a name")
    present = {*columns, *of_path}
    missing = [column.name for column in schema.columns if column.name not in present and (unexpected or column.required)]
    parts = [f"{what} {', '.join(which)}" for what, which in (("missing", missing), ("unexpected", unexpected)) if which]
    return Header(tuple(columns), f"header does not match: {'; '.join(parts)}" if parts else None)


def _wrong_name(name: str) -> str | None:
    """Return why the catalog has no column of a name."""
    if not name:
        return "a column without a name"
    if len(name.encode(errors="replace")) > _LONGEST_NAME:
        return f"a name of more than {_LONGEST_NAME} bytes: {name[:40]!r}"
    return f"a control character in a name: {name[:40]!r}" if _CONTROL.search(name) else None


def _as_in_the_schema(names: list[str], columns: list[str], schema: TableSchema) -> list[str]:
    """Return the names in the table; those of no column of the schema as they are in `columns`.

    Columns that an earlier run has found, and nobody declared, have just their own name: `price %` is not `price`.
    """
    known = schema.columns
    rules = (
        ([normal_name(name) for name in names], {column.name: normal_name(column.source) for column in known if column.source}),
        (columns, {column.name: normal_name(column.name) for column in known if not column.source}),
        (
            [snake_name(name) for name in names],
            {column.name: snake_name(column.name) for column in known if not (column.source or column.inferred)},
        ),
    )
    matched: dict[int, str] = {}
    for keys, wanted in rules:
        done = {*matched.values()}
        by_key: dict[str, str] = {}
        for name, key in wanted.items():
            if key and name not in done:
                by_key.setdefault(key, name)
        matched.update({index: by_key[key] for index, key in enumerate(keys) if key in by_key and index not in matched})
    return [matched.get(index, name) for index, name in enumerate(columns)]


def partitions_of(key: str) -> Iterator[tuple[str, str | None]]:
    """Yield the names and values that the folders of a key give, as Hive writes them: `year=2024/city=S%C3%A3o%2FPaulo/`."""
    for folder in key.split("/")[:-1]:
        if match := _PARTITION.fullmatch(folder):
            value = _unescaped(match[2])
            yield normal_name(_unescaped(match[1])), None if value == _NULL_PARTITION else value


def columns_of_path(key: str, schema: TableSchema | None) -> dict[str, str | None]:
    """Return the values that the folders of a key give, by their names in the table.

    Raises UnreadableObject for two of one name, and for a name that the catalog does not take.
    """
    found: dict[str, str | None] = {}
    for name, value in partitions_of(key):
        known = _as_in_the_schema([name], [name], schema)[0] if schema else name
        if wrong := _wrong_name(known):
            raise UnreadableObject(f"path has {wrong}")
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
