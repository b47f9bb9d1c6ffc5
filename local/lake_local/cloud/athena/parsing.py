"""Athena's SQL as a tree of sqlglot."""

from __future__ import annotations

import logging
import re

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from ..tables.sql import literal
from .errors import AthenaError, InvalidRequest, syntax_error

logging.getLogger("sqlglot").setLevel(logging.ERROR)


def parse(sql: str) -> exp.Expr:
    """Return the one statement of `sql`."""
    check_tokens(sql)
    try:
        statements = [statement for statement in sqlglot.parse(sql, dialect="athena") if statement is not None]
    except SqlglotError as error:
        raise _unreadable(error) from None
    except RecursionError:
        raise syntax_error("statement is too large (stack overflow while parsing)") from None
    if not statements:
        raise syntax_error("mismatched input '<EOF>'. Expecting: a statement")
    if len(statements) > 1:
        raise syntax_error("mismatched input ';'. Expecting: <EOF>: Athena runs one statement a query")
    return statements[0]


def _unreadable(error: SqlglotError) -> InvalidRequest:
    """Return Athena's refusal of what sqlglot cannot read: the place and the word there, not sqlglot's reason."""
    place = (getattr(error, "errors", None) or [{}])[0]
    word, line, end = place.get("highlight") or "", place.get("line") or 1, place.get("col") or 1
    if word == ")" and str(place.get("description")).startswith(("The number of provided arguments", "Required keyword")):
        called = re.search(r"(\w+)\s*\([^()]*$", place.get("start_context") or "")
        return syntax_error(f"Unexpected parameters for function {called[1].lower() if called else ''}".rstrip(), line, end)
    if not word or not (place.get("end_context") or "").strip():
        return syntax_error("mismatched input '<EOF>'", line, end + 1)
    return syntax_error(f"mismatched input '{word}'", line, max(end - len(word) + 1, 1))


def check_tokens(sql: str) -> None:
    """Refuse what other dialects have and Athena has not, which sqlglot would read."""
    if "\0" in sql:
        raise syntax_error("mismatched input '\\0'")
    try:
        tokens = sqlglot.tokenize(sql, dialect="trino")
    except SqlglotError:
        return
    for token in tokens:
        if token.token_type in (TokenType.DCOLON, TokenType.QUALIFY, TokenType.ILIKE):
            raise syntax_error(f"mismatched input '{token.text}'", token.line, token.col)


def bind_parameters(sql: str, parameters: list[str]) -> str:
    """Put ExecutionParameters, SQL expressions as AWS takes them, in the places of the `?`."""
    if not parameters and "?" not in sql:
        return sql
    try:
        places = [token for token in sqlglot.tokenize(sql, dialect="trino") if token.token_type == TokenType.PLACEHOLDER]
    except SqlglotError as error:
        raise _unreadable(error) from None
    if len(places) != len(parameters):
        raise AthenaError(
            f"INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected {len(places)} but found {len(parameters)}"
        )
    for token, value in reversed(list(zip(places, parameters, strict=True))):
        try:
            parsed = sqlglot.parse_one(value, dialect="trino")
        except SqlglotError:
            parsed = None
        made = parsed.sql("trino", comments=False) if parsed is not None and _is_constant(parsed) else literal(value)
        sql = sql[: token.start] + made + sql[token.end + 1 :]
    return sql


def _is_constant(value: exp.Expr) -> bool:
    if isinstance(value, exp.Neg | exp.Cast | exp.Date):
        return isinstance(value.this, exp.Literal)
    return isinstance(value, exp.Literal | exp.Boolean | exp.Null)
