"""Filter patterns of CloudWatch Logs: of events in JSON, of events with fields between spaces, and of terms.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
"""

from __future__ import annotations

import fnmatch
import json
import operator
import re
from collections.abc import Callable
from typing import Any

# What an event has, by the name that a metric's value can refer to; None if the event does not match.
Fields = dict[str, Any]
Test = Callable[[Any], bool]

_TOKEN = re.compile(r'\s*(\(|\)|\|\||&&|!=|<=|>=|=|<|>|"(?:[^"\\]|\\.)*"|[^\s()=!<>|&"]+)')
_FIELD = re.compile(r'\s*("(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^\s]+)')
_NUMERIC = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}
_MISSING = object()


class BadPattern(ValueError):
    """The pattern is not one of CloudWatch Logs."""


def match(pattern: str, message: str) -> Fields | None:
    """Return what a message has if it matches the pattern."""
    pattern = pattern.strip()
    if pattern.startswith("{") and pattern.endswith("}"):
        return _match_json(pattern[1:-1], message)
    if pattern.startswith("[") and pattern.endswith("]"):
        return _match_fields(pattern[1:-1], message)
    return {} if all(term.strip('"') in message for term in re.findall(r'"[^"]*"|\S+', pattern)) else None


def check(pattern: str) -> None:
    """Refuse a pattern of JSON that does not parse."""
    if pattern.strip().startswith("{"):
        _Parser(_tokens(pattern.strip()[1:-1])).parse()


def number(value: str, fields: Fields) -> float | None:
    """Return what a metric counts for a matching event: a number, or that of a field such as `$rows` or `$.rows.refused`."""
    try:
        return float(field(value, fields))
    except (TypeError, ValueError):
        return None


def field(value: str, fields: Fields) -> Any:
    """Return a field of a matching event by its selector; what is none is returned as it is."""
    if value.startswith("$."):
        return _select(fields, value)
    return fields.get(value[1:]) if value.startswith("$") else value


def _match_json(expression: str, message: str) -> Fields | None:
    try:
        event = json.loads(message)
    except ValueError:
        return None
    if not isinstance(event, dict):
        return None
    return event if _Parser(_tokens(expression)).parse()(event) else None


def _match_fields(expression: str, message: str) -> Fields | None:
    values = [value.strip('"') for value in _FIELD.findall(message)]
    names = [part.strip() for part in expression.split(",")]
    if "..." in names:
        at = names.index("...")
        names[at : at + 1] = ["..."] * (len(values) - len(names) + 1)
    if len(names) != len(values):
        return None
    fields: Fields = {}
    for name, value in zip(names, values, strict=True):
        condition = re.fullmatch(r"(\w+)\s*(!?=|<=|>=|<|>)\s*(.+)", name)
        if condition and not _compare(value, condition[2], condition[3]):
            return None
        fields[condition[1] if condition else name] = value
    return fields


def _tokens(expression: str) -> list[str]:
    found, at = [], 0
    while expression[at:].strip():
        token = _TOKEN.match(expression, at)
        if token is None:
            raise BadPattern(f"Invalid metric filter pattern at {expression[at:]!r}")
        found.append(token[1])
        at = token.end()
    return found


class _Parser:
    """Or of ands of comparisons, with parentheses."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens

    def parse(self) -> Test:
        test = self._either()
        if self._tokens:
            raise BadPattern(f"Invalid metric filter pattern at {self._tokens[0]!r}")
        return test

    def _either(self) -> Test:
        tests = [self._all()]
        while self._accept("||"):
            tests.append(self._all())
        return lambda event: any(test(event) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._accept("&&"):
            tests.append(self._one())
        return lambda event: all(test(event) for test in tests)

    def _one(self) -> Test:
        if self._accept("("):
            inside = self._either()
            if not self._accept(")"):
                raise BadPattern("Invalid metric filter pattern: a parenthesis is not closed")
            return inside
        selector, relation = self._take(), self._take()
        word = self._take()
        if relation == "NOT" and word == "EXISTS":
            return lambda event: _select(event, selector) is _MISSING
        if relation == "IS":
            expected = {"NULL": None, "TRUE": True, "FALSE": False}[word]
            return lambda event: _select(event, selector) is expected
        return lambda event: _compare(_select(event, selector), relation, word)

    def _accept(self, token: str) -> bool:
        if self._tokens[:1] != [token]:
            return False
        self._tokens.pop(0)
        return True

    def _take(self) -> str:
        if not self._tokens:
            raise BadPattern("Invalid metric filter pattern: it ends too early")
        return self._tokens.pop(0)


def _select(event: Any, selector: str) -> Any:
    """Return what `$.a.b[0]` names."""
    for name, index in re.findall(r"\.?([^.\[\]$]+)|\[(\d+)\]", selector):
        try:
            event = event[int(index)] if index else event[name]
        except (KeyError, IndexError, TypeError):
            return _MISSING
    return event


def _compare(value: Any, relation: str, expected: str) -> bool:
    if value is _MISSING or value is None:
        return False
    expected = expected.strip().strip('"')
    if relation in _NUMERIC:
        try:
            return bool(_NUMERIC[relation](float(value), float(expected)))
        except (TypeError, ValueError):
            return False
    same = _is_same(value, expected)
    return same if relation == "=" else not same


def _is_same(value: Any, expected: str) -> bool:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return False
    if isinstance(value, str):
        # Nothing but `*` is special.
        return fnmatch.fnmatchcase(value, re.sub(r"([\[?])", r"[\1]", expected))
    try:
        return float(value) == float(expected)
    except ValueError:
        return False
