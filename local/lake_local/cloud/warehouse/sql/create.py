"""CREATE TABLE, views and schemas: the layout is read from the tokens, kept in the table's comment, and left out of the rest.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from ..errors import StatementError
from . import types
from .expressions import expression, translate
from .tokens import Reader, folded, identifier, literal, names, split, table

_STYLES = ("AUTO", "EVEN", "KEY", "ALL")


@dataclass
class Layout:
    """How a table lies on a cluster's nodes: kept, and of no effect here."""

    style: str = "AUTO"
    key: str = ""
    sort: list[str] = field(default_factory=list)
    interleaved: bool = False

    def keep(self, name: str, *, if_new: bool = False) -> str:
        """Return the statement that keeps it. `if_new`: of a table that has one, it stays."""
        kept: dict[str, Any] = {"style": self.style, **({"key": self.key} if self.key else {}), "sort": self.sort}
        text = literal(json.dumps({**kept, "interleaved": self.interleaved}))
        return f"SELECT rs.keep_layout({literal(name)}, {text}, {str(not if_new).lower()})"

    def check(self, columns: list[str]) -> None:
        """Refuse keys that are no columns, and a style that does not fit."""
        for column in [*self.sort, *([self.key] if self.key else [])]:
            if columns and column not in columns:
                raise StatementError(f'column "{column}" named in key does not exist')
        if self.key and self.style == "AUTO":
            self.style = "KEY"
        if self.style == "KEY" and not self.key:
            raise StatementError("DISTSTYLE KEY requires a DISTKEY column")
        if self.key and self.style != "KEY":
            raise StatementError("DISTKEY can not be specified with DISTSTYLE " + self.style)


def read_attributes(reader: Reader, layout: Layout) -> bool:
    """Read one attribute of a table, if one comes."""
    if reader.take("DISTSTYLE"):
        style = reader.next().word
        if style not in _STYLES:
            raise StatementError(f"DISTSTYLE {style.lower()} is not one of {', '.join(_STYLES)}")
        layout.style = style
    elif reader.take("DISTKEY"):
        keys = _columns(reader)
        if len(keys) > 1:
            raise StatementError("DISTKEY takes one column")
        layout.key = keys[0]
    elif reader.take("COMPOUND", "SORTKEY") or reader.take("SORTKEY"):
        if not reader.take("AUTO"):
            layout.sort = _columns(reader)
    elif reader.take("INTERLEAVED", "SORTKEY"):
        layout.sort, layout.interleaved = _columns(reader), True
    elif reader.take("BACKUP"):
        if not (reader.take("YES") or reader.take("NO")):
            raise reader.fail("expected YES or NO")
    elif not reader.take("ENCODE", "AUTO"):
        return False
    return True


def _columns(reader: Reader) -> list[str]:
    inner = Reader(reader.parenthesized(), reader.source)
    found = names(inner, lambda: folded(inner.name()))
    inner.end()
    return found


def create_table(reader: Reader, *, temporary: bool) -> list[str]:
    """Return PostgreSQL's statements for a CREATE TABLE, behind the word TABLE."""
    missing = reader.take("IF", "NOT", "EXISTS")
    if reader.take("#"):
        temporary = True
    parts = reader.qualified()
    temporary = temporary or parts[-1].startswith("#")
    if temporary and len(parts) > 1:
        raise StatementError("temporary tables may not specify a schema name")
    name = table(parts)
    layout = Layout()
    head = f"CREATE {'TEMPORARY ' if temporary else ''}TABLE {'IF NOT EXISTS ' if missing else ''}{name}"
    columns: list[str] = []
    if reader.peek().text == "(" and not _is_query(reader):
        columns, body = _body(Reader(reader.parenthesized(), reader.source), name, layout)
    else:
        body = ""
    while read_attributes(reader, layout):
        pass
    layout.check(columns)
    if reader.take("AS"):
        query = translate(reader.rest())
        listed = f" ({', '.join(identifier(column) for column in columns)})" if columns else ""
        if body and any(" " in one for one in body.split(", ")):
            raise StatementError("CREATE TABLE AS takes names of columns only")
        return [f"{head}{listed} AS {query}", layout.keep(name)]
    reader.end()
    if not body:
        raise reader.fail("expected columns")
    return [f"{head} ({body})", layout.keep(name, if_new=missing)]


def _is_query(reader: Reader) -> bool:
    return reader.peek(1).word in ("SELECT", "WITH")


def _body(reader: Reader, name: str, layout: Layout) -> tuple[list[str], str]:
    """Return the names of columns, and the columns as PostgreSQL's SQL."""
    if reader.take("LIKE"):
        source = table(reader.qualified())
        defaults = reader.take("INCLUDING", "DEFAULTS")
        if not defaults:
            reader.take("EXCLUDING", "DEFAULTS")
        reader.end()
        # Sizes of texts are constraints here.
        return [], f"LIKE {source}{' INCLUDING DEFAULTS' if defaults else ''} INCLUDING CONSTRAINTS"
    columns, written = [], []
    for tokens in split(reader.tokens, ","):
        inner = Reader(tokens, reader.source)
        if inner.peek().word in ("PRIMARY", "UNIQUE", "FOREIGN", "CONSTRAINT"):
            # Informational only: https://docs.aws.amazon.com/redshift/latest/dg/t_Defining_constraints.html
            continue
        column = folded(inner.name())
        columns.append(column)
        written.append(_column(inner, column, layout))
    return columns, ", ".join(written)


def _column(reader: Reader, column: str, layout: Layout) -> str:
    if reader.is_done:
        return identifier(column)  # of CREATE TABLE ... (a, b) AS
    kind, size = types.read(reader, of_column=True)
    found = f"{identifier(column)} {kind}"
    if size:
        # Redshift counts bytes, and a CHAR's characters have one: https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html
        found += f" CHECK (octet_length({identifier(column)}) <= {size})"
    while not reader.is_done:
        found += _attribute(reader, column, layout)
    return found


def _attribute(reader: Reader, column: str, layout: Layout) -> str:
    if reader.take("NOT", "NULL"):
        return " NOT NULL"
    if reader.take("NULL") or reader.take("PRIMARY", "KEY") or reader.take("UNIQUE"):
        return ""
    if reader.take("ENCODE"):
        reader.name()
        return ""
    if reader.take("DISTKEY"):
        layout.key = column
        return ""
    if reader.take("SORTKEY"):
        layout.sort = [column]
        return ""
    if reader.take("DEFAULT"):
        return f" DEFAULT {_default(reader)}"
    if reader.take("IDENTITY"):
        return _identity(reader, "ALWAYS")
    if reader.take("GENERATED", "BY", "DEFAULT", "AS", "IDENTITY"):
        return _identity(reader, "BY DEFAULT")
    if reader.take("COLLATE", "CASE_SENSITIVE"):
        return ""
    raise reader.fail("this attribute of a column is not supported here")


def _default(reader: Reader) -> str:
    began = reader.peek().start
    ends = ("NOT", "NULL", "ENCODE", "DISTKEY", "SORTKEY", "PRIMARY", "UNIQUE", "COLLATE")
    while not reader.is_done and (reader.peek().word not in ends or reader.peek().start == began):
        if reader.peek().text == "(":
            reader.parenthesized()
        else:
            reader.next()
    return f"({expression(reader.source[began : reader.tokens[reader.place - 1].end])})"


def _identity(reader: Reader, when: str) -> str:
    seed, step = types.whole_numbers(reader, 2, 2)
    if step < 1:
        raise StatementError("IDENTITY with a step below 1 is not supported here")
    return f" GENERATED {when} AS IDENTITY (START {seed} INCREMENT {step} MINVALUE {min(seed, 1)})"


def create_view(reader: Reader, *, replace: bool) -> list[str]:
    """Return the statement for a CREATE VIEW, behind the word VIEW."""
    name = table(reader.qualified())
    listed = f" ({', '.join(identifier(one) for one in _columns(reader))})" if reader.peek().text == "(" else ""
    reader.expect("AS")
    if [token.word for token in reader.tokens[-4:]] == ["WITH", "NO", "SCHEMA", "BINDING"]:
        raise StatementError("WITH NO SCHEMA BINDING is not supported here: views are bound to their tables")
    return [f"CREATE {'OR REPLACE ' if replace else ''}VIEW {name}{listed} AS {translate(reader.rest())}"]


def create_materialized_view(reader: Reader) -> list[str]:
    """Return the statement for a CREATE MATERIALIZED VIEW, behind those words."""
    name, layout = table(reader.qualified()), Layout()
    while True:
        if reader.take("AUTO", "REFRESH"):
            if not reader.take("NO"):
                raise StatementError("AUTO REFRESH YES is not supported here: REFRESH MATERIALIZED VIEW does it")
        elif not read_attributes(reader, layout):
            break
    reader.expect("AS")
    return [f"CREATE MATERIALIZED VIEW {name} AS {translate(reader.rest())}"]


def create_schema(reader: Reader) -> list[str]:
    """Return the statement for a CREATE SCHEMA, behind those words."""
    missing = "IF NOT EXISTS " if reader.take("IF", "NOT", "EXISTS") else ""
    name = reader.name()
    if folded(name).startswith("pg_") or folded(name) == "rs":
        raise StatementError(f'unacceptable schema name "{name}"')
    owner = f" AUTHORIZATION {identifier(reader.name())}" if reader.take("AUTHORIZATION") else ""
    if reader.take("QUOTA"):
        while not reader.is_done:
            reader.next()
    reader.end()
    return [f"CREATE SCHEMA {missing}{identifier(name)}{owner}"]
