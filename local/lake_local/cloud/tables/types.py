"""Types of catalog columns: read by a strict grammar, written anew for DuckDB, never passed through.

The types and their names: https://docs.aws.amazon.com/athena/latest/ug/data-types.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .errors import TableError
from .sql import identifier

_DEPTH = 32
_LONGEST = 131_072  # characters, as Glue's own limit of a column's type
_SIMPLE = {
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "binary": "BLOB",
    "timestamp with time zone": "TIMESTAMPTZ",
}
_SYNONYMS = {"integer": "int", "long": "bigint", "real": "float", "varbinary": "binary"}
_IN_ATHENA = {"string": "varchar", "int": "integer", "float": "real", "binary": "varbinary", "timestamp": "timestamp(3)"}
_OF_DUCKDB = {"integer": "int", "varchar": "string", "hugeint": "bigint", "blob": "binary", "timestamp with time zone": "timestamp"}
_SIGNS = "<>(),:"
_TOKEN = re.compile(r"\s*(`[^`]+`|[^\s<>(),:`]+|[<>(),:])")


@dataclass(frozen=True)
class Type:
    """A type without parts."""

    name: str

    @property
    def hive(self) -> str:
        """The type as the catalog has it."""
        return self.name

    @property
    def duckdb(self) -> str:
        """The type as DuckDB's SQL."""
        return _SIMPLE[self.name]

    @property
    def athena(self) -> str:
        """The type as Athena's messages have it."""
        return _IN_ATHENA.get(self.name, self.hive)


@dataclass(frozen=True)
class Decimal(Type):
    precision: int = 10
    scale: int = 0

    @property
    def hive(self) -> str:
        return f"decimal({self.precision},{self.scale})"

    @property
    def duckdb(self) -> str:
        return f"DECIMAL({self.precision},{self.scale})"


@dataclass(frozen=True)
class Text(Type):
    """`char(n)` or `varchar(n)`."""

    length: int = 0

    @property
    def hive(self) -> str:
        return f"{self.name}({self.length})"

    @property
    def duckdb(self) -> str:
        return "VARCHAR"


@dataclass(frozen=True)
class Array(Type):
    item: Type

    @property
    def hive(self) -> str:
        return f"array<{self.item.hive}>"

    @property
    def duckdb(self) -> str:
        return f"{self.item.duckdb}[]"

    @property
    def athena(self) -> str:
        return f"array({self.item.athena})"


@dataclass(frozen=True)
class Map(Type):
    key: Type
    value: Type

    @property
    def hive(self) -> str:
        return f"map<{self.key.hive},{self.value.hive}>"

    @property
    def duckdb(self) -> str:
        return f"MAP({self.key.duckdb}, {self.value.duckdb})"

    @property
    def athena(self) -> str:
        return f"map({self.key.athena}, {self.value.athena})"


@dataclass(frozen=True)
class Struct(Type):
    fields: tuple[tuple[str, Type], ...]

    @property
    def hive(self) -> str:
        return "struct<" + ",".join(f"{name}:{kind.hive}" for name, kind in self.fields) + ">"

    @property
    def duckdb(self) -> str:
        return "STRUCT(" + ", ".join(f"{identifier(name)} {kind.duckdb}" for name, kind in self.fields) + ")"

    @property
    def athena(self) -> str:
        return "row(" + ", ".join(f"{name} {kind.athena}" for name, kind in self.fields) + ")"


@lru_cache(maxsize=4096)
def parse(text: str) -> Type:
    """Return the type that a catalog column names. Raise TableError for anything else."""
    return _Parser(text).whole()


def duckdb_type(hive: str) -> str:
    """Return the DuckDB type of a catalog column: `array<struct<a:int>>` is `STRUCT("a" INTEGER)[]`."""
    return parse(hive).duckdb


def hive_type(kind: Any) -> str:
    """Return the catalog's type for a DuckDB type."""
    name = kind.id
    if str(kind) == "JSON":
        return "string"
    if name in ("list", "array"):
        return f"array<{hive_type(kind.children[0][1])}>"
    if name == "map":
        (_, key), (_, value) = kind.children
        return f"map<{hive_type(key)},{hive_type(value)}>"
    if name == "struct":
        return "struct<" + ",".join(f"{field}:{hive_type(inner)}" for field, inner in kind.children) + ">"
    if name == "decimal":
        (_, precision), (_, scale) = kind.children
        return f"decimal({precision},{scale})"
    return _OF_DUCKDB.get(name) or str(name).replace(" ", "")


class _Parser:
    """Recursive descent over the tokens of one type."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[str] = []
        self.at = 0
        place = 0
        if len(text) > _LONGEST:
            raise self.wrong(f"it is longer than {_LONGEST} characters")
        end = len(text.rstrip())
        while place < end:
            found = _TOKEN.match(text, place)
            if not found:
                raise self.wrong(f"{text[place : place + 10]!r} is not expected")
            self.tokens.append(found[1])
            place = found.end()

    def whole(self) -> Type:
        found = self.type(0)
        if self.at < len(self.tokens):
            raise self.wrong(f"{self.tokens[self.at]!r} is not expected")
        return found

    def type(self, depth: int) -> Type:
        if depth > _DEPTH:
            raise self.wrong(f"it is nested more than {_DEPTH} deep")
        name = self.take().lower()
        name = _SYNONYMS.get(name, name)
        if name == "timestamp" and [token.lower() for token in self.tokens[self.at : self.at + 3]] == ["with", "time", "zone"]:
            self.at += 3
            name = "timestamp with time zone"
        if name in _SIMPLE:
            return Type(name)
        read = _READERS.get(name)
        if read is None:
            raise self.wrong(f"{name!r} is not a type")
        return read(self, name, depth + 1)

    def decimal(self, name: str, _depth: int) -> Type:
        if self.peek() != "(":
            return Decimal(name)
        self.expect("(")
        precision, scale = self.number(1, 38), 0
        if self.peek() == ",":
            self.expect(",")
            scale = self.number(0, precision)
        self.expect(")")
        return Decimal(name, precision, scale)

    def characters(self, name: str, _depth: int) -> Type:
        if name == "varchar" and self.peek() != "(":
            return Type("string")
        self.expect("(")
        length = self.number(1, 255 if name == "char" else 65_535)
        self.expect(")")
        return Text(name, length)

    def array(self, name: str, depth: int) -> Type:
        self.expect("<")
        item = self.type(depth)
        self.expect(">")
        return Array(name, item)

    def map(self, name: str, depth: int) -> Type:
        self.expect("<")
        key = self.type(depth)
        self.expect(",")
        value = self.type(depth)
        self.expect(">")
        return Map(name, key, value)

    def struct(self, name: str, depth: int) -> Type:
        fields: list[tuple[str, Type]] = []
        known: set[str] = set()
        sign = self.expect("<")
        while sign != ">":
            field = self.take().strip("`")
            if field in _SIGNS or field.lower() in known:
                raise self.wrong(f"{field!r} is not a field's name, or is given twice")
            known.add(field.lower())
            self.expect(":")
            fields.append((field, self.type(depth)))
            sign = self.expect(",", ">")
        return Struct(name, tuple(fields))

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        if not token:
            raise self.wrong("it ends too early")
        self.at += 1
        return token

    def expect(self, *signs: str) -> str:
        token = self.take()
        if token not in signs:
            raise self.wrong(f"{token!r} is not expected")
        return token

    def number(self, least: int, most: int) -> int:
        token = self.take()
        if not token.isascii() or not token.isdigit() or len(token) > 5 or not least <= int(token) <= most:
            raise self.wrong(f"{token[:20]!r} is not between {least} and {most}")
        return int(token)

    def wrong(self, why: str) -> TableError:
        shown = self.text if len(self.text) <= 80 else f"{self.text[:77]}..."
        return TableError(f"HIVE_INVALID_METADATA: column type {shown!r} of the table is not valid: {why}")


_READERS: dict[str, Callable[[_Parser, str, int], Type]] = {
    "decimal": _Parser.decimal,
    "char": _Parser.characters,
    "varchar": _Parser.characters,
    "array": _Parser.array,
    "map": _Parser.map,
    "struct": _Parser.struct,
}
