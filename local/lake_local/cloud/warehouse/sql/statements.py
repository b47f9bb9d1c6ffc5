"""One statement of Redshift: what PostgreSQL runs for it, or that it moves files."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ..errors import StatementError
from . import change, create, files, rights
from .expressions import translate
from .files import Copy, Unload
from .tokens import Reader, Token, literal, names, table, tokenize


@dataclass
class Translated:
    """PostgreSQL's statements, in order; whether Redshift commits behind them; or a COPY or UNLOAD."""

    sqls: list[str] = field(default_factory=list)
    commits: bool = False
    files: Copy | Unload | None = None


def translated(text: str, parameters: list[dict[str, str]]) -> Translated:
    """Return what to run for a statement. Raise `StatementError` if it is not known to do here what it does on Redshift."""
    text = re.sub(r"[\s;]+\Z", "", bound(text, parameters))
    tokens = tokenize(text)
    if not tokens:
        raise StatementError("the statement is empty")
    if any(token.kind == "sign" and token.text == ";" for token in tokens):
        raise StatementError("Multiple statements in one call are not supported here: give them to BatchExecuteStatement")
    reader = Reader(tokens, text)
    if _is_query(reader):
        return Translated([translate(text)])
    for words, read in _STATEMENTS:
        if reader.take(*words):
            found = read(reader)
            return found if isinstance(found, Translated) else Translated(found)
    raise StatementError(f"{tokens[0].text.upper()} is not supported here")


def _is_query(reader: Reader) -> bool:
    token = reader.peek()
    return token.word in ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE") or token.text == "("


def bound(text: str, parameters: list[dict[str, str]]) -> str:
    """Return a statement with the values of its `:name` parameters as texts, of which Redshift makes the type that is needed.

    https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html#data-api-calling-considerations-parameters
    """
    values = {one["name"]: one["value"] for one in parameters}
    tokens, changes, used = tokenize(text), [], set()
    for index, token in enumerate(tokens[:-1]):
        following = tokens[index + 1]
        is_parameter = token.kind == "sign" and token.text == ":" and following.kind == "word" and following.start == token.end
        if not is_parameter:
            continue
        if following.text not in values:
            raise StatementError(f"Parameter {following.text} is not given")
        used.add(following.text)
        value = values[following.text].replace("\\", "\\\\").replace("'", "''")
        changes.append((token.start, following.end, f"'{value}'"))
    if unused := sorted(set(values) - used):
        raise StatementError(f"Parameters list contains unused parameters: {', '.join(unused)}")
    for start, end, new in reversed(changes):
        text = text[:start] + new + text[end:]
    return text


def _truncate(reader: Reader) -> Translated:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_TRUNCATE.html: it commits."""
    reader.take("TABLE")
    name = table(reader.qualified())
    reader.end()
    return Translated([f"TRUNCATE TABLE {name}"], commits=True)


def _create(reader: Reader) -> list[str]:
    for words, read in _CREATES:
        if reader.take(*words):
            return read(reader)
    raise reader.fail("this CREATE is not supported here")


def _maintain(verb: str) -> Callable[[Reader], list[str]]:
    def read(reader: Reader) -> list[str]:
        for word in ("FULL", "SORT", "DELETE", "REINDEX", "RECLUSTER", "ONLY", "COMPRESSION"):
            reader.take(word)
        name = f" {table(reader.qualified())}" if not reader.is_done else ""
        if reader.take("TO"):
            reader.next()
            reader.expect("PERCENT")
        reader.end()
        return [f"{verb}{name}"]

    return read


def _transaction(text: str) -> Callable[[Reader], list[str]]:
    def read(reader: Reader) -> list[str]:
        if not (reader.take("WORK") or reader.take("TRANSACTION")):
            pass
        reader.end()
        return [text]

    return read


def _lock(reader: Reader) -> list[str]:
    reader.take("TABLE")
    listed = ", ".join(names(reader, lambda: table(reader.qualified())))
    reader.end()
    return [f"LOCK TABLE {listed} IN ACCESS EXCLUSIVE MODE"]


def _set(reader: Reader) -> list[str]:
    """Settings that mean here what they mean there."""
    if reader.take("SEARCH_PATH"):
        if not reader.take("TO"):
            reader.expect("=")
        listed = ", ".join(names(reader, lambda: literal(_schema(reader.next()))))
        reader.end()
        return [f"SET search_path TO {listed}"]
    if reader.take("STATEMENT_TIMEOUT"):
        if not reader.take("TO"):
            reader.expect("=")
        milliseconds = reader.next().text
        if not milliseconds.isdigit():
            raise reader.fail("expected milliseconds")
        reader.end()
        return [f"SET statement_timeout TO {int(milliseconds)}"]
    if reader.take("QUERY_GROUP"):
        return ["SELECT"]
    raise reader.fail("this setting is not supported here")


def _schema(token: Token) -> str:
    return token.text.lower()


def _refresh(reader: Reader) -> list[str]:
    name = table(reader.qualified())
    reader.end()
    return [f"REFRESH MATERIALIZED VIEW {name}"]


_CREATES: tuple[tuple[tuple[str, ...], Callable[[Reader], list[str]]], ...] = (
    (("TABLE",), lambda reader: create.create_table(reader, temporary=False)),
    (("TEMP", "TABLE"), lambda reader: create.create_table(reader, temporary=True)),
    (("TEMPORARY", "TABLE"), lambda reader: create.create_table(reader, temporary=True)),
    (("LOCAL", "TEMP", "TABLE"), lambda reader: create.create_table(reader, temporary=True)),
    (("OR", "REPLACE", "VIEW"), lambda reader: create.create_view(reader, replace=True)),
    (("VIEW",), lambda reader: create.create_view(reader, replace=False)),
    (("MATERIALIZED", "VIEW"), create.create_materialized_view),
    (("SCHEMA",), create.create_schema),
    (("USER",), rights.create_user),
    (("GROUP",), rights.create_group),
    (("ROLE",), rights.create_role),
)
_STATEMENTS: tuple[tuple[tuple[str, ...], Callable[[Reader], list[str] | Translated]], ...] = (
    (("CREATE",), _create),
    (("ALTER", "TABLE"), change.alter_table),
    (("ALTER", "SCHEMA"), change.alter_schema),
    (("ALTER", "USER"), rights.alter_user),
    (("ALTER", "GROUP"), rights.alter_group),
    (("ALTER", "DEFAULT", "PRIVILEGES"), rights.default_privileges),
    (("DROP", "USER"), rights.drop),
    (("DROP", "GROUP"), rights.drop),
    (("DROP", "ROLE"), rights.drop),
    (("DROP",), change.drop),
    (("GRANT",), lambda reader: rights.grant(reader, "GRANT")),
    (("REVOKE",), lambda reader: rights.grant(reader, "REVOKE")),
    (("TRUNCATE",), _truncate),
    (("COPY",), lambda reader: Translated(files=files.copy(reader))),
    (("UNLOAD",), lambda reader: Translated(files=files.unload(reader))),
    (("REFRESH", "MATERIALIZED", "VIEW"), _refresh),
    (("LOCK",), _lock),
    (("ANALYZE",), _maintain("ANALYZE")),
    (("VACUUM",), _maintain("VACUUM")),
    (("BEGIN",), _transaction("BEGIN")),
    (("START", "TRANSACTION"), _transaction("BEGIN")),
    (("COMMIT",), _transaction("COMMIT")),
    (("END",), _transaction("COMMIT")),
    (("ROLLBACK",), _transaction("ROLLBACK")),
    (("ABORT",), _transaction("ROLLBACK")),
    (("SET",), _set),
)
