"""Texts of policies: wildcards, and policy variables that each request fills in.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, NamedTuple

# Returns a condition key's value of the request, None if the request has none.
Lookup = Callable[[str], Any]

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_LITERALS = ("*", "?", "$")


class _Variable(NamedTuple):
    key: str
    default: str | None


class Text:
    """A text of a policy: a pattern, or what a condition compares with.

    Policies older than 2012-10-17 have no variables: `${...}` in them is plain text.
    """

    __slots__ = ("_parts", "_static", "source")

    def __init__(self, source: str, *, has_variables: bool = True) -> None:
        self.source = source
        self._parts: list[str | _Variable | tuple[str]] = _parse(source) if has_variables else [source]
        is_static = not any(isinstance(part, _Variable) for part in self._parts)
        self._static = self._regex(lambda _key: None) if is_static else None

    def matches(self, value: str, lookup: Lookup) -> bool:
        """Return whether `value` is like this text, whose `*` and `?` are wildcards. Those of a variable's value are not."""
        pattern = self._static or self._regex(lookup)
        return pattern is not None and pattern.match(value) is not None

    def plain(self, lookup: Lookup) -> str | None:
        """Return this text with its variables replaced, None if one of them has neither a value nor a default."""
        found = self._filled(lookup)
        return None if found is None else "".join(text for text, _ in found)

    def pattern(self, lookup: Lookup) -> list[tuple[str, bool]] | None:
        """Return (text, whether its wildcards count) of each part, None if a variable has neither a value nor a default."""
        return self._filled(lookup)

    def _filled(self, lookup: Lookup) -> list[tuple[str, bool]] | None:
        filled: list[tuple[str, bool]] = []
        for part in self._parts:
            if isinstance(part, str):
                filled.append((part, True))
            elif isinstance(part, _Variable):
                value = lookup(part.key.lower())
                # A key with several values cannot be used as a variable.
                if value is None or isinstance(value, list):
                    value = part.default
                if value is None:
                    return None
                filled.append((str(value), False))
            else:
                filled.append((part[0], False))
        return filled

    def _regex(self, lookup: Lookup) -> re.Pattern[str] | None:
        found = self._filled(lookup)
        return None if found is None else wildcard_pattern(tuple(found))


@functools.lru_cache(maxsize=8192)
def wildcard_pattern(parts: tuple[tuple[str, bool], ...], *, ignore_case: bool = False) -> re.Pattern[str]:
    """Return a pattern of parts, each with whether its wildcards count."""
    source = "".join(_glob(text) if wild else re.escape(text) for text, wild in parts)
    return re.compile(f"{source}\\Z", re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _glob(text: str) -> str:
    return "".join(".*" if one == "*" else "." if one == "?" else re.escape(one) for one in text)


def _parse(source: str) -> list[str | _Variable | tuple[str]]:
    parts: list[str | _Variable | tuple[str]] = []
    at = 0
    for found in _VARIABLE.finditer(source):
        if found.start() > at:
            parts.append(source[at : found.start()])
        at = found.end()
        key, comma, default = (part.strip() for part in found.group(1).partition(","))
        if key in _LITERALS and not comma:
            parts.append((key,))
        else:
            parts.append(_Variable(key, default.strip("'") if comma else None))
    if at < len(source):
        parts.append(source[at:])
    return parts
