"""CREATE EXTERNAL TABLE, Hive's DDL, as a table of Glue."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..tables.formats.cloudtrail import CLOUDTRAIL
from ..tables.formats.known import STORED_AS
from ..tables.types import duckdb_type
from ..tables.writing import table_input
from .engine import Engine
from .errors import AthenaError
from .names import NAME, split_name

_TEXT = r"'((?:[^'\\]|\\.)*)'"


@dataclass
class _Definition:
    """What the clauses after the columns say."""

    partitions: list[dict[str, str]] = field(default_factory=list)
    location: str = ""
    form: str = "TEXTFILE"
    is_cloudtrail: bool = False  # by its input format: it has no name behind STORED AS
    serde: str | None = None
    serde_parameters: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)

    def read(self, rest: str) -> None:
        while rest := rest.strip():
            rest = self._clause(rest)

    def _clause(self, rest: str) -> str:
        """Read one clause. Return what follows it."""
        for pattern, read in _LISTS:
            if match := re.match(rf"{pattern}\s*(?=\()", rest, re.IGNORECASE):
                inside, rest = _parenthesized(rest[match.end() :])
                read(self, inside)
                return rest
        for pattern, read_match in _CLAUSES:
            if match := re.match(pattern, rest, re.IGNORECASE):
                read_match(self, match)
                return rest[match.end() :]
        raise AthenaError(f"NOT_SUPPORTED: CREATE EXTERNAL TABLE near {rest[:40]!r}")

    def partitioned(self, inside: str) -> None:
        self.partitions = _columns(inside)

    def serde_properties(self, inside: str) -> None:
        self.serde_parameters.update(_properties(inside))

    def table_properties(self, inside: str) -> None:
        self.parameters.update(_properties(inside))

    def comment(self, match: re.Match[str]) -> None:
        self.parameters["comment"] = match[1]

    def row_format(self, match: re.Match[str]) -> None:
        self.serde = match[1]

    def delimited(self, _match: re.Match[str]) -> None:
        """ROW FORMAT DELIMITED only introduces the clauses that follow."""

    def delimiter(self, match: re.Match[str]) -> None:
        value = unescape(match[2])
        kind = match[1].split()[0].upper()
        if kind == "FIELDS":
            self.serde_parameters |= {"field.delim": value, "serialization.format": value}
        elif kind == "ESCAPED":
            self.serde_parameters["escape.delim"] = value

    def null(self, match: re.Match[str]) -> None:
        self.parameters["serialization.null.format"] = match[1]

    def input_format(self, match: re.Match[str]) -> None:
        self.form = "PARQUET" if "parquet" in match[1].lower() else "TEXTFILE"
        self.is_cloudtrail = match[1] == CLOUDTRAIL.input

    def stored_as(self, match: re.Match[str]) -> None:
        self.form = match[1].upper()

    def located(self, match: re.Match[str]) -> None:
        self.location = match[1]


_LISTS: list[tuple[str, Callable[[_Definition, str], None]]] = [
    (r"PARTITIONED\s+BY", _Definition.partitioned),
    (r"WITH\s+SERDEPROPERTIES", _Definition.serde_properties),
    (r"TBLPROPERTIES", _Definition.table_properties),
]
_CLAUSES: list[tuple[str, Callable[[_Definition, re.Match[str]], None]]] = [
    (r"COMMENT\s+'([^']*)'", _Definition.comment),
    (r"ROW\s+FORMAT\s+SERDE\s+'([^']*)'", _Definition.row_format),
    (r"ROW\s+FORMAT\s+DELIMITED", _Definition.delimited),
    (rf"(FIELDS|LINES|ESCAPED|COLLECTION\s+ITEMS|MAP\s+KEYS)\s*(?:TERMINATED\s+)?BY\s+{_TEXT}", _Definition.delimiter),
    (r"NULL\s+DEFINED\s+AS\s+'([^']*)'", _Definition.null),
    (r"STORED\s+AS\s+INPUTFORMAT\s+'([^']*)'\s+OUTPUTFORMAT\s+'([^']*)'", _Definition.input_format),
    (r"STORED\s+AS\s+(\w+)", _Definition.stored_as),
    (r"LOCATION\s+'([^']*)'", _Definition.located),
]


def external_table(rest: str, engine: Engine) -> None:
    """Create the table of a statement; `rest` is what follows CREATE EXTERNAL TABLE."""
    found = re.match(rf"(?P<exists>IF\s+NOT\s+EXISTS\s+)?(?P<table>{NAME})\s*(?=\()", rest, re.IGNORECASE)
    if not found:
        raise AthenaError("FAILED: ParseException line 1:22 cannot recognize input near the table's name")
    database, name = split_name(found["table"])
    database = database or engine.database
    columns_text, rest = _parenthesized(rest[found.end() :])
    columns, definition = _columns(columns_text), _Definition()
    definition.read(rest)
    if found["exists"] and any(table.name == name for table in engine.catalog.tables(database)):
        return
    engine.catalog.call("create_table", DatabaseName=database, TableInput=_table_input(name, columns, definition))


def _table_input(name: str, columns: list[dict[str, str]], definition: _Definition) -> dict[str, Any]:
    form = CLOUDTRAIL if definition.is_cloudtrail else STORED_AS.get(definition.form)
    if form is None:
        raise AthenaError(f"NOT_SUPPORTED: tables stored as {definition.form} are not supported by the embedded Athena")
    if not definition.location:
        raise AthenaError("FAILED: SemanticException table is not partitioned and has no location: LOCATION is required")
    return table_input(
        name,
        columns,
        definition.partitions,
        definition.location,
        form,
        definition.serde_parameters,
        definition.parameters,
        definition.serde,
    )


def _parenthesized(text: str) -> tuple[str, str]:
    """Return what is inside the parenthesis that `text` starts with, and what follows it."""
    depth, quote = 0, ""
    for i, c in enumerate(text):
        if quote:
            quote = "" if c == quote else quote
        elif c in "'\"`":
            quote = c
        elif c == "(":
            depth += 1
        elif c == ")":
            depth -= 1
            if depth == 0:
                return text[1:i], text[i + 1 :]
    raise AthenaError("FAILED: ParseException: missing ')'")


def _columns(text: str) -> list[dict[str, str]]:
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text + ","):
        depth += (c in "<(") - (c in ">)")
        if c == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [_column(part) for part in parts]


def _column(text: str) -> dict[str, str]:
    found = re.fullmatch(r"\s*[`\"]?([^\s`\"]+)[`\"]?\s+(.+?)(?:\s+COMMENT\s+'([^']*)')?\s*", text, re.IGNORECASE | re.DOTALL)
    if not found:
        raise AthenaError(f"FAILED: ParseException cannot recognize input near {text.strip()!r} in column specification")
    kind = re.sub(r"\s+", "", found[2]).lower()
    duckdb_type(kind)
    return {"Name": found[1].lower(), "Type": "int" if kind == "integer" else kind, **({"Comment": found[3]} if found[3] else {})}


def _properties(text: str) -> dict[str, str]:
    return {key: unescape(value) for key, value in re.findall(rf"['\"]([^'\"]+)['\"]\s*=\s*{_TEXT}", text)}


def unescape(text: str) -> str:
    """Return a text of Hive's DDL without its backslashes: `\\t`, `\\001`, `\\u0001` and `\\'`."""

    def one(found: re.Match[str]) -> str:
        code = found[1]
        if code[0] == "u" and len(code) == 5:
            return chr(int(code[1:], 16))
        if code[0] in "01":
            return chr(int(code, 8))
        return {"t": "\t", "n": "\n", "r": "\r"}.get(code, code)

    return re.sub(r"\\(u[0-9a-fA-F]{4}|[01][0-7]{0,2}|.)", one, text, flags=re.DOTALL)
