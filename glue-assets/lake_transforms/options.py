"""The arguments of the jobs, as Glue passes them, and what they may hold."""

from __future__ import annotations

import codecs
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


def job_arguments(required: list[str], optional: list[str], argv: list[str] | None = None) -> dict[str, str]:
    """`getResolvedOptions` for arguments that may be absent, too: it refuses every name that it does not find."""
    from awsglue.utils import getResolvedOptions  # only there where a job runs

    argv = sys.argv if argv is None else argv
    given = [name for name in optional if any(word == f"--{name}" or word.startswith(f"--{name}=") for word in argv)]
    found: dict[str, str] = getResolvedOptions(argv, ["JOB_NAME", *required, *given])
    return found


def is_true(text: str | None) -> bool:
    return (text or "").strip().lower() in ("true", "1", "yes")


def share(text: str | None, default: float = 0.5) -> float:
    """Return a share between 0 and 1."""
    try:
        value = float(text) if text else default
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise ValueError(f"--refused_share must be a number from 0 to 1, got {text!r}")
    return value


COMPACT_ABOVE = 1000
"""Files of less than 16 MiB that a folder of a table may have."""


def compact_above(text: str | None) -> int:
    """Return the number of small files above which a table is compacted; 0 is never."""
    if not text:
        return COMPACT_ABOVE
    if not text.isdecimal():
        raise ValueError(f"--compact_above must be a number of files, or 0 for never, got {text!r}")
    return int(text)


@dataclass(frozen=True)
class CsvOptions:
    """How the CSV files of a table are written. The defaults are RFC 4180 with a header, in UTF-8."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""  # the quote itself
    encoding: str = "UTF-8"
    header: bool = True
    null_value: str = ""
    date_format: str | None = None
    timestamp_format: str | None = None

    def __post_init__(self) -> None:
        if not self.escape:
            object.__setattr__(self, "escape", self.quote)
        try:
            codecs.lookup(self.encoding)
        except LookupError:
            raise ValueError(f"csv_options: encoding {self.encoding!r} is not known; use UTF-8, ISO-8859-1 or windows-1252") from None
        for name in ("delimiter", "quote", "escape"):
            value = getattr(self, name)
            if len(value) != 1:
                raise ValueError(f"csv_options: {name} must be one character, got {value!r}")

    _NAMES = {
        "delimiter": "delimiter",
        "sep": "delimiter",
        "quote": "quote",
        "escape": "escape",
        "encoding": "encoding",
        "header": "header",
        "nullValue": "null_value",
        "dateFormat": "date_format",
        "timestampFormat": "timestamp_format",
    }

    @classmethod
    def parse(cls, text: str | None) -> CsvOptions:
        given = _json_object(text, "csv_options") if text else {}
        unknown = sorted(set(given) - set(cls._NAMES))
        if unknown:
            raise ValueError(f"unknown csv_options {unknown}; known are {sorted(cls._NAMES)}")
        values = {cls._NAMES[name]: value for name, value in given.items() if value is not None}
        if "header" in values:
            values["header"] = values["header"] if isinstance(values["header"], bool) else is_true(str(values["header"]))
        return cls(**values)


@dataclass(frozen=True)
class TableColumn:
    name: str
    type: str
    source: str | None = None  # the column's name in the files, where it is another
    format: str | None = None  # Spark's pattern of its dates or timestamps
    required: bool = False  # whether files without it are refused
    inferred: bool = False  # whether its type is what an earlier run has found, which is to keep all texts as they are


@dataclass(frozen=True)
class TableSchema:
    columns: tuple[TableColumn, ...] = field(default=())

    @classmethod
    def parse(cls, text: str) -> TableSchema:
        """Return the schema of the `--schema` argument: a JSON object of column name to type, in the order of the columns.

        Instead of the type there may be an object of `type` and, each if wanted, `source`, `format` and `required`.
        """
        return cls.of(_json_object(text, "schema"))

    @classmethod
    def of(cls, types: Mapping[str, Any]) -> TableSchema:
        return cls(tuple(_column(name, given) for name, given in types.items()))

    def as_dict(self) -> dict[str, str]:
        return {column.name: column.type for column in self.columns}

    def with_columns(self, columns: Iterable[TableColumn]) -> TableSchema:
        """Return this schema with further columns at its end; those that it has already are left out."""
        present = {column.name.lower() for column in self.columns}
        return TableSchema((*self.columns, *[column for column in columns if column.name.lower() not in present]))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def _column(name: str, given: Any) -> TableColumn:
    if not isinstance(given, Mapping):
        return TableColumn(name, str(given))
    known = ("type", "source", "format", "required")
    if unknown := sorted(set(given) - set(known)):
        raise ValueError(f"--schema: column {name!r} has unknown settings {unknown}; known are {list(known)}")
    if "type" not in given:
        raise ValueError(f"--schema: column {name!r} has no type")
    required = is_true(str(given.get("required", False)))
    return TableColumn(name, str(given["type"]), given.get("source") or None, given.get("format") or None, required)


def _json_object(text: str, name: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ValueError(f"--{name} is not JSON: {error}") from None
    if not isinstance(value, dict) or not value:
        raise ValueError(f"--{name} must be a JSON object that is not empty, got {text!r}")
    return value
