"""Values and columns of a result, as the Data API writes them."""

from __future__ import annotations

from typing import Any

# PostgreSQL's types by number: Redshift's name, and how the Data API writes a value of it.
_TYPES: dict[int, tuple[str, str]] = {
    16: ("bool", "booleanValue"),
    17: ("varbyte", "stringValue"),
    20: ("int8", "longValue"),
    21: ("int2", "longValue"),
    23: ("int4", "longValue"),
    25: ("varchar", "stringValue"),
    19: ("name", "stringValue"),
    26: ("oid", "longValue"),
    700: ("float4", "doubleValue"),
    701: ("float8", "doubleValue"),
    1042: ("bpchar", "stringValue"),
    1043: ("varchar", "stringValue"),
    1082: ("date", "stringValue"),
    1083: ("time", "stringValue"),
    1114: ("timestamp", "stringValue"),
    1184: ("timestamptz", "stringValue"),
    1266: ("timetz", "stringValue"),
    1186: ("interval", "stringValue"),
    1700: ("numeric", "stringValue"),
    3802: ("super", "stringValue"),
}
_DIGITS = {20: 19, 21: 5, 23: 10, 700: 8, 701: 17}
_LARGEST_TEXT = 65535


def type_name(code: int) -> str:
    """Return Redshift's name of a type."""
    return _TYPES.get(code, ("varchar", ""))[0]


def column(name: str, code: int, modifier: int) -> dict[str, Any]:
    """Return the metadata of a result's column. `modifier` is PostgreSQL's, -1 for none."""
    kind = type_name(code)
    precision, scale, length = _DIGITS.get(code, 0), 0, 0
    if kind == "numeric":
        precision, scale = ((modifier - 4) >> 16 & 0xFFFF, (modifier - 4) & 0x7FF) if modifier >= 4 else (38, 0)
    elif kind in ("varchar", "bpchar"):
        precision = length = modifier - 4 if modifier >= 4 else _LARGEST_TEXT
    is_text = kind in ("varchar", "bpchar", "name")
    return {
        "isCaseSensitive": is_text,
        "isCurrency": False,
        "isSigned": kind in ("int2", "int4", "int8", "numeric", "float4", "float8"),
        "label": name,
        "name": name,
        "nullable": 1,
        "precision": precision,
        "scale": scale,
        "length": length,
        "schemaName": "",
        "tableName": "",
        "typeName": kind,
    }


def value(raw: bytes | None, code: int) -> Any:
    """Return a value from PostgreSQL's text: None, a truth value, a number or a text."""
    if raw is None:
        return None
    text = raw.decode("utf-8")
    member = _TYPES.get(code, ("", "stringValue"))[1]
    if member == "booleanValue":
        return text == "t"
    if member == "longValue":
        return int(text)
    if member == "doubleValue":
        return float(text)
    return text


def field(found: Any) -> dict[str, Any]:
    """Return a value as the Data API writes it."""
    if found is None:
        return {"isNull": True}
    if isinstance(found, bool):
        return {"booleanValue": found}
    if isinstance(found, int):
        return {"longValue": found}
    return {"doubleValue": found} if isinstance(found, float) else {"stringValue": found}
