"""Types of columns and casts, as Redshift's documentation lists them.

https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html
"""

from __future__ import annotations

from ..errors import StatementError
from .tokens import Reader

_LARGEST_VARCHAR = 65535
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
    digits = [token.text for token in reader.parenthesized() if token.kind == "number"] if reader.peek().text == "(" else []
    precision = int(digits[0]) if digits else 18
    scale = int(digits[1]) if len(digits) > 1 else 0
    if not 1 <= precision <= 38 or not 0 <= scale <= min(precision, 37):
        raise StatementError(f"DECIMAL precision {precision} must be between 1 and 38, and the scale not be larger")
    return f"numeric({precision},{scale})"


def _text(reader: Reader, word: str, of_column: bool) -> tuple[str, int]:
    varies = word in ("VARCHAR", "NVARCHAR", "TEXT") or (word == "CHARACTER" and reader.take("VARYING"))
    length = 256 if word in ("TEXT", "BPCHAR") or varies else 1
    is_given = reader.peek().text == "(" and word not in ("TEXT",)
    if is_given:
        [token] = reader.parenthesized()
        length = _LARGEST_VARCHAR if token.word == "MAX" else int(token.text) if token.text.isdigit() else 0
    if not 1 <= length <= (_LARGEST_VARCHAR if varies else 4096):
        raise StatementError(f"the length {length} of a text is not between 1 and {_LARGEST_VARCHAR if varies else 4096}")
    if varies and not is_given and not of_column:
        return "varchar", 0
    return f"{'varchar' if varies else 'char'}({length})", length
