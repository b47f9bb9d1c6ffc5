"""Types of columns and casts, as Redshift's documentation lists them.

https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html
"""

from __future__ import annotations

from ..errors import StatementError
from .tokens import Reader, names

_LARGEST_VARCHAR = 65535
_LARGEST_CHAR = 4096
_PLAIN = {
    "SMALLINT": "smallint",
    "INT2": "smallint",
    "INTEGER": "integer",
    "INT": "integer",
    "INT4": "integer",
    "BIGINT": "bigint",
    "INT8": "bigint",
    "REAL": "real",
    "FLOAT4": "real",
    "FLOAT8": "double precision",
    "FLOAT": "double precision",
    "BOOLEAN": "boolean",
    "BOOL": "boolean",
    "DATE": "date",
    "TIMESTAMPTZ": "timestamptz",
    "TIMETZ": "timetz",
}
_TEXTS = ("VARCHAR", "NVARCHAR", "CHAR", "NCHAR", "BPCHAR", "CHARACTER", "TEXT")
_DECIMALS = ("DECIMAL", "NUMERIC", "DEC")


def read(reader: Reader, *, of_column: bool) -> tuple[str, int]:
    """Read a type. Return PostgreSQL's, and the bytes that a text may have, 0 for other types or any number.

    A column's VARCHAR without a length is VARCHAR(256), a DECIMAL without digits is DECIMAL(18,0).
    """
    word = reader.next().word
    if word in _PLAIN:
        return _PLAIN[word], 0
    if word == "DOUBLE":
        reader.expect("PRECISION")
        return "double precision", 0
    if word in ("TIMESTAMP", "TIME"):
        with_zone = reader.take("WITH", "TIME", "ZONE")
        if not with_zone:
            reader.take("WITHOUT", "TIME", "ZONE")
        return word.lower() + ("tz" if with_zone else ""), 0
    if word in _DECIMALS:
        return _decimal(reader), 0
    if word in _TEXTS:
        return _text(reader, word, of_column)
    raise StatementError(f'type "{word.lower()}" is not supported here')


def _decimal(reader: Reader) -> str:
    precision, scale = 18, 0
    if reader.peek().text == "(":
        precision, scale = [*whole_numbers(reader, 1, 2), 0][:2]
    if not 1 <= precision <= 38 or not 0 <= scale <= min(precision, 37):
        raise StatementError(f"DECIMAL precision {precision} must be between 1 and 38, and the scale not be larger")
    return f"numeric({precision},{scale})"


def whole_numbers(reader: Reader, least: int, most: int) -> list[int]:
    """Read whole numbers in parentheses."""
    inner = Reader(reader.parenthesized(), reader.source)

    def number() -> str:
        sign = "-" if inner.take("-") else ""
        token = inner.peek()
        if token.kind != "number" or not token.text.isdecimal():
            raise inner.fail("expected a whole number")
        return sign + inner.next().text

    found = [int(one) for one in names(inner, number)]
    inner.end()
    if not least <= len(found) <= most:
        raise StatementError(f"syntax error: {len(found)} numbers in parentheses, expected {least}{'' if least == most else f' to {most}'}")
    return found


def _text(reader: Reader, word: str, of_column: bool) -> tuple[str, int]:
    varies = word in ("VARCHAR", "NVARCHAR", "TEXT") or (word == "CHARACTER" and reader.take("VARYING"))
    largest = _LARGEST_VARCHAR if varies else _LARGEST_CHAR
    length = 256 if word in ("TEXT", "BPCHAR") or varies else 1
    is_given = reader.peek().text == "(" and word not in ("TEXT",)
    if is_given:
        # https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html
        if reader.peek(1).word == "MAX" and reader.peek(2).text == ")":
            reader.parenthesized()
            length = largest
        else:
            [length] = whole_numbers(reader, 1, 1)
    if not 1 <= length <= largest:
        raise StatementError(f"the length {length} of a text is not between 1 and {largest}")
    if varies and not is_given and not of_column:
        return "varchar", 0
    return f"{'varchar' if varies else 'char'}({length})", length
