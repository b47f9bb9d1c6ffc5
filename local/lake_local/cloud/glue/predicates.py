"""The Expression of GetPartitions: https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html"""

from __future__ import annotations

import datetime as dt
import operator
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from .errors import invalid

# A partition's values by key -> true, false, or None where SQL has NULL.
Predicate = Callable[[dict[str, str]], bool | None]

_NULL = "__HIVE_DEFAULT_PARTITION__"
_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|-?\d+(?:\.\d+)?|\w+|<=|>=|<>|!=|[=<>(),])")
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
_WORDS = {"AND", "OR", "NOT", "IN", "BETWEEN", "LIKE", "IS", "NULL"}
_VALUES: dict[str, Callable[[str], Any]] = {
    "string": str,
    "date": dt.date.fromisoformat,
    "timestamp": dt.datetime.fromisoformat,
    **dict.fromkeys(("int", "bigint", "long", "tinyint", "smallint", "decimal"), Decimal),
}
_DEPTH = 50


def compiled(expression: str, keys: dict[str, str]) -> Predicate:
    """Return an expression over partition keys as a function; `keys` are the keys' types. Raise InvalidInputException for anything else."""
    return _Parser(expression, keys).whole()


class _Parser:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, expression: str, keys: dict[str, str]) -> None:
        self.expression = expression
        self.keys = {name.lower(): kind.lower() for name, kind in keys.items()}
        self.tokens: list[str] = []
        self.at = self.depth = 0
        place, text = 0, expression.rstrip()
        while place < len(text):
            found = _TOKEN.match(text, place)
            if not found:
                raise self.wrong(f"unexpected {text[place : place + 10]!r}")
            self.tokens.append(found[1])
            place = found.end()

    def whole(self) -> Predicate:
        found = self.either()
        if self.at < len(self.tokens):
            raise self.wrong(f"unexpected {self.tokens[self.at]!r}")
        return found

    def either(self) -> Predicate:
        found = self.both()
        while self.word("OR"):
            found = _or(found, self.both())
        return found

    def both(self) -> Predicate:
        found = self.negated()
        while self.word("AND"):
            found = _and(found, self.negated())
        return found

    def negated(self) -> Predicate:
        self.depth += 1
        if self.depth > _DEPTH:
            raise self.wrong(f"nested more than {_DEPTH} deep")
        try:
            if self.word("NOT"):
                return _not(self.negated())
            if self.word("("):
                found = self.either()
                self.expect(")")
                return found
            return self.condition()
        finally:
            self.depth -= 1

    def condition(self) -> Predicate:
        key, value = self.key()
        if self.word("IS"):
            negated = self.word("NOT")
            self.expect("NULL")
            return lambda partition: (partition[key] == _NULL) != negated
        negated = self.word("NOT")
        if self.word("IN"):
            found = self.any_of(key, value)
        elif self.word("BETWEEN"):
            low = self.constant(value)
            self.expect("AND")
            high = self.constant(value)
            found = _test(key, value, lambda given: bool(low <= given <= high))
        elif self.word("LIKE"):
            pattern = _like(str(self.constant(str)))
            found = _test(key, str, lambda given: pattern.fullmatch(given) is not None)
        elif negated or self.peek() not in _OPERATORS:
            raise self.wrong(f"unexpected {self.peek() or 'end'!r}")
        else:
            compare = _OPERATORS[self.take()]
            other = self.constant(value)
            return _test(key, value, lambda given: compare(given, other))
        return _not(found) if negated else found

    def any_of(self, key: str, value: Callable[[str], Any]) -> Predicate:
        self.expect("(")
        wanted = [self.constant(value)]
        while self.word(","):
            wanted.append(self.constant(value))
        self.expect(")")
        return _test(key, value, lambda given: given in wanted)

    def key(self) -> tuple[str, Callable[[str], Any]]:
        """Read the name of a key. Return it with what reads its values."""
        name = self.take().strip('"`').lower()
        if name not in self.keys:
            raise self.wrong(f"{name!r} is not a partition key (keys: {', '.join(self.keys)})")
        kind = self.keys[name].split("(")[0]
        kind = "string" if kind in ("varchar", "char") else kind
        if kind not in _VALUES:
            raise self.wrong(f"a key of type {kind} cannot be filtered")
        return name, _VALUES[kind]

    def constant(self, value: Callable[[str], Any]) -> Any:
        token = self.take()
        if token.upper() in ("DATE", "TIMESTAMP") and self.peek().startswith("'"):
            token = self.take()
        if token.startswith("'"):
            text = token[1:-1].replace("''", "'")
        elif re.fullmatch(r"-?\d+(\.\d+)?", token):
            text = token
        else:
            raise self.wrong(f"unexpected {token!r}")
        try:
            return value(text)
        except (ValueError, InvalidOperation):
            raise self.wrong(f"{text!r} is not a value of the key's type") from None

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        if not token or token.upper() in _WORDS:
            raise self.wrong(f"unexpected {token or 'end'!r}")
        self.at += 1
        return token

    def word(self, wanted: str) -> bool:
        """Pass over a word or a sign. Return whether it was there."""
        there = self.peek().upper() == wanted
        self.at += there
        return there

    def expect(self, wanted: str) -> None:
        if not self.word(wanted):
            raise self.wrong(f"unexpected {self.peek() or 'end'!r}, expected {wanted}")

    def wrong(self, why: str) -> Exception:
        return invalid(f"Unsupported expression {self.expression[:100]!r}: {why}")


def _test(key: str, value: Callable[[str], Any], passes: Callable[[Any], bool]) -> Predicate:
    def test(partition: dict[str, str]) -> bool | None:
        if partition[key] == _NULL:
            return None
        try:
            return passes(value(partition[key]))
        except (ValueError, InvalidOperation):
            # A value that is none of the key's type equals nothing.
            return None

    return test


def _not(inner: Predicate) -> Predicate:
    def test(partition: dict[str, str]) -> bool | None:
        found = inner(partition)
        return None if found is None else not found

    return test


def _and(one: Predicate, other: Predicate) -> Predicate:
    def test(partition: dict[str, str]) -> bool | None:
        found = (one(partition), other(partition))
        return False if False in found else None if None in found else True

    return test


def _or(one: Predicate, other: Predicate) -> Predicate:
    def test(partition: dict[str, str]) -> bool | None:
        found = (one(partition), other(partition))
        return True if True in found else None if None in found else False

    return test


def _like(pattern: str) -> re.Pattern[str]:
    parts = {"%": ".*", "_": "."}
    return re.compile("".join(parts.get(c, re.escape(c)) for c in pattern), re.DOTALL)
