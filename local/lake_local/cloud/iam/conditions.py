"""Conditions of statements: the operators, with `IfExists`, `ForAllValues` and `ForAnyValue`.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import ipaddress
import operator
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from .texts import Lookup, Text, wildcard_pattern

_Compare = Callable[[str, Text, Lookup], bool]


class Condition(NamedTuple):
    """One key of a condition block, e.g. `ForAllValues:StringNotLikeIfExists`."""

    compare: _Compare | None
    is_negated: bool
    values_of: str
    if_exists: bool
    key: str
    expected: tuple[Text, ...]


def conditions(block: Any, *, has_variables: bool) -> tuple[Condition, ...]:
    """Return the conditions of a statement's `Condition`."""
    found = []
    for name, operands in block.items() if isinstance(block, dict) else ():
        for key, expected in operands.items() if isinstance(operands, dict) else ():
            listed = expected if isinstance(expected, list) else [expected]
            texts = tuple(Text(_text(one), has_variables=has_variables) for one in listed)
            found.append(_condition(name, key, texts))
    return tuple(found)


def _condition(name: str, key: str, expected: tuple[Text, ...]) -> Condition:
    base = name.lower()
    if_exists = base.endswith("ifexists")
    base = base.removesuffix("ifexists")
    values_of, _, base = base.rpartition(":")
    if base == "null":
        return Condition(None, False, "", False, key.lower(), expected)
    compare = _OPERATORS.get(base)
    is_negated = compare is None and base in _NEGATED
    if is_negated:
        compare = _OPERATORS[_NEGATED[base]]
    # An operator that AWS does not know never holds.
    return Condition(compare or (lambda _actual, _expected, _lookup: False), is_negated, values_of, if_exists, key.lower(), expected)


def holds(condition: Condition, lookup: Lookup) -> bool:
    """Return whether a condition holds for a request."""
    actual = lookup(condition.key)
    if condition.compare is None:
        wants_absence = bool(condition.expected) and condition.expected[0].source.lower() == "true"
        return (actual is None) == wants_absence
    if actual is None:
        # An absent key satisfies ...IfExists, ForAllValues (no values) and negated operators; ForAnyValue and the others fail.
        return condition.if_exists or condition.values_of == "forallvalues" or (condition.is_negated and condition.values_of == "")
    values = [_text(one) for one in actual] if isinstance(actual, list) else [_text(actual)]
    if condition.values_of == "forallvalues":
        return all(_compares(condition, value, lookup) for value in values)
    if condition.values_of == "foranyvalue":
        return any(_compares(condition, value, lookup) for value in values)
    # Tags whose keys differ in case only are values of one key: any may match, none may for a negated operator.
    return (all if condition.is_negated else any)(_compares(condition, value, lookup) for value in values)


def _compares(condition: Condition, actual: str, lookup: Lookup) -> bool:
    compare = condition.compare
    assert compare is not None
    return any(compare(actual, expected, lookup) for expected in condition.expected) != condition.is_negated


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _equals(actual: str, expected: Text, lookup: Lookup) -> bool:
    return expected.plain(lookup) == actual


def _equals_ignoring_case(actual: str, expected: Text, lookup: Lookup) -> bool:
    return (expected.plain(lookup) or "\0").lower() == actual.lower()


def _like(actual: str, expected: Text, lookup: Lookup) -> bool:
    return expected.matches(actual, lookup)


def _arn_like(actual: str, expected: Text, lookup: Lookup) -> bool:
    """Compare the six components of two ARNs one by one: a wildcard does not reach over a colon."""
    parts = expected.pattern(lookup)
    if parts is None:
        return False
    wanted: list[list[tuple[str, bool]]] = [[]]
    for text, wild in parts:
        first, *others = text.split(":", 6 - len(wanted))
        wanted[-1].append((first, wild))
        wanted += [[(other, wild)] for other in others]
    given = actual.split(":", 5)
    if len(wanted) != len(given):
        # `*` alone stands for any ARN.
        return expected.source == "*"
    return all(wildcard_pattern(tuple(one)).match(part) for one, part in zip(wanted, given, strict=True))


def _numeric(compare: Callable[[float, float], bool]) -> _Compare:
    def compares(actual: str, expected: Text, lookup: Lookup) -> bool:
        try:
            return compare(float(actual), float(expected.plain(lookup) or ""))
        except ValueError:
            return False

    return compares


def _date(compare: Callable[[datetime, datetime], bool]) -> _Compare:
    def compares(actual: str, expected: Text, lookup: Lookup) -> bool:
        given, wanted = _time(actual), _time(expected.plain(lookup) or "")
        return given is not None and wanted is not None and compare(given, wanted)

    return compares


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        try:
            return datetime.fromtimestamp(float(text), UTC)
        except (ValueError, OverflowError, OSError):
            return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _ip_address(actual: str, expected: Text, lookup: Lookup) -> bool:
    try:
        return ipaddress.ip_address(actual) in ipaddress.ip_network(expected.plain(lookup) or "", strict=False)
    except ValueError:
        return False


_OPERATORS: dict[str, _Compare] = {
    "stringequals": _equals,
    "stringequalsignorecase": _equals_ignoring_case,
    "stringlike": _like,
    "binaryequals": _equals,
    "bool": _equals_ignoring_case,
    "ipaddress": _ip_address,
    "arnequals": _arn_like,
    "arnlike": _arn_like,
}
_ORDERED = {
    "equals": operator.eq,
    "lessthan": operator.lt,
    "lessthanequals": operator.le,
    "greaterthan": operator.gt,
    "greaterthanequals": operator.ge,
}
_OPERATORS |= {f"numeric{name}": _numeric(compare) for name, compare in _ORDERED.items()}
_OPERATORS |= {f"date{name}": _date(compare) for name, compare in _ORDERED.items()}
_NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
}
