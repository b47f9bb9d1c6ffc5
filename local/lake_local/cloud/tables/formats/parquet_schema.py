"""Which declared types a Parquet column can be read as: those that Athena reads it as, no others.

Physical and logical types: https://parquet.apache.org/docs/file-format/types/
AWS on the error: https://repost.aws/knowledge-center/athena-hive-bad-data-error-parquet
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..types import Array, Map, Struct, Type

# What a column without parts is in the file -> the declared types that it can be read as.
READABLE: dict[str, frozenset[str]] = {
    "BOOLEAN": frozenset({"boolean"}),
    "INT32": frozenset({"tinyint", "smallint", "int", "bigint", "date", "decimal"}),
    "INT32 integer": frozenset({"tinyint", "smallint", "int", "bigint", "decimal"}),
    "INT32 date": frozenset({"date"}),
    "INT32 time": frozenset(),
    "INT64": frozenset({"bigint"}),
    "INT64 integer": frozenset({"bigint"}),
    "INT64 timestamp": frozenset({"timestamp", "timestamp with time zone"}),
    "INT64 time": frozenset(),
    "INT96": frozenset({"timestamp", "timestamp with time zone"}),
    "FLOAT": frozenset({"float", "double"}),
    "DOUBLE": frozenset({"double"}),
    "BINARY": frozenset({"string", "varchar", "char", "binary"}),
    "BINARY decimal": frozenset({"decimal"}),
    "FIXED_LEN_BYTE_ARRAY": frozenset({"binary"}),
    "FIXED_LEN_BYTE_ARRAY uuid": frozenset({"binary"}),
    "FIXED_LEN_BYTE_ARRAY decimal": frozenset({"decimal"}),
    "INT32 decimal": frozenset({"decimal"}),
    "INT64 decimal": frozenset({"decimal"}),
    # A decimal without digits after its point is read as an integer, too.
    "INT32 decimal of scale 0": frozenset({"decimal", "tinyint", "smallint", "int", "bigint"}),
    "INT64 decimal of scale 0": frozenset({"decimal", "bigint"}),
}
_NAMES = ("timestamp", "date", "time", "decimal", "uuid", "list", "map")
_ANNOTATIONS = {"INT": "integer", "UINT": "integer", **{name.upper(): name for name in _NAMES}}


@dataclass(frozen=True)
class Field:
    """A field of a file's schema: a column, or a part of one."""

    name: str
    physical: str
    annotation: str
    scale: int
    repeated: bool
    children: tuple[Field, ...] = ()

    @property
    def kind(self) -> str:
        """The key of READABLE."""
        found = f"{self.physical} {self.annotation}".rstrip()
        scaled = f"{found} of scale {self.scale}"
        if self.annotation == "decimal" and scaled in READABLE:
            return scaled
        return found if found in READABLE else self.physical

    def reads_as(self, kind: Type) -> bool:
        """Return whether the field can be read as a declared type."""
        if isinstance(kind, Struct):
            declared = {name.lower(): inner for name, inner in kind.fields}
            return (
                bool(self.children)
                and self.annotation not in ("list", "map")
                and all(child.reads_as(declared[child.name.lower()]) for child in self.children if child.name.lower() in declared)
            )
        if isinstance(kind, Map):
            entries = self.children[0].children if len(self.children) == 1 else ()
            return len(entries) == 2 and entries[0].reads_as(kind.key) and entries[1].reads_as(kind.value)
        if isinstance(kind, Array):
            return self._items_read_as(kind.item)
        return not self.children and kind.name in READABLE.get(self.kind, frozenset())

    def _items_read_as(self, item: Type) -> bool:
        if self.repeated and not self.children:
            return self._single().reads_as(item)
        if len(self.children) != 1 or self.annotation == "map":
            return False
        # Three levels, or the two of older writers: https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists
        [inner] = self.children
        older = len(inner.children) != 1 or inner.name == "array" or inner.name == f"{self.name}_tuple"
        return (inner._single() if older else inner.children[0]).reads_as(item)

    def _single(self) -> Field:
        return Field(self.name, self.physical, self.annotation, self.scale, False, self.children)


def columns(rows: list[tuple[Any, ...]]) -> tuple[Field, ...]:
    """Return the columns of a file from DuckDB's parquet_schema: (name, type, children, converted, logical, scale, repetition)."""
    return _field(iter(rows)).children


COLUMNS = "name, type, num_children, converted_type, logical_type, scale, repetition_type"


def _field(rows: Iterator[tuple[Any, ...]]) -> Field:
    name, physical, children, converted, logical, scale, repetition = next(rows)
    physical = "BINARY" if physical == "BYTE_ARRAY" else physical or "group"
    parts = tuple(_field(rows) for _ in range(children or 0))
    return Field(name, physical, _annotation(converted, logical), scale or 0, repetition == "REPEATED", parts)


def _annotation(converted: str | None, logical: str | None) -> str:
    """Return `integer` of INT_64 or of IntType(...), `timestamp` of TIMESTAMP_MICROS, and so on."""
    word = (converted or "").split("_")[0] or (logical or "").split("(")[0].removesuffix("Type").upper()
    return _ANNOTATIONS.get(word, "")
