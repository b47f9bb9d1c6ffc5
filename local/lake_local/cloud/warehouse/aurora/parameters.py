"""Statements of the RDS Data API: one each, with named parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..errors import ApiError

# What a name or a semicolon within is none: texts, identifiers, dollar quotes, comments, casts.
_PARTS = re.compile(
    r"(?P<kept>'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|--[^\n]*|/\*.*?\*/|::)"
    r"|(?P<end>;)|:(?P<name>[A-Za-z_]\w*)|(?P<percent>%)",
    re.DOTALL,
)


def bound(sql: str, parameters: list[dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    """Return a statement as psycopg takes it, with its values by name. Refuse several statements, and names without a value."""
    values = {one["name"]: _value(one.get("value") or {}) for one in parameters}

    def replaced(match: re.Match[str]) -> str:
        if match["end"]:
            if sql[match.end() :].strip():
                raise ApiError("DatabaseErrorException", "Multistatements aren't supported")
            return ""
        if match["name"]:
            if match["name"] not in values:
                raise ApiError("BadRequestException", f"Cannot find parameter: {match['name']}")
            return f"%({match['name']})s"
        return match[0].replace("%", "%%")

    return _PARTS.sub(replaced, sql), values


def _value(field: Mapping[str, Any]) -> Any:
    if field.get("isNull"):
        return None
    [value] = field.values()
    return value
