"""COPY and UNLOAD: where from, where to, under which role.

https://docs.aws.amazon.com/redshift/latest/dg/r_COPY.html https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import StatementError
from .expressions import translate
from .tokens import Reader, folded, names


@dataclass
class Copy:
    """Files of a prefix into a table; columns by position."""

    table: list[str]
    columns: list[str]
    source: str
    role: str


@dataclass
class Unload:
    """A query's rows into files below a prefix."""

    query: str
    target: str
    role: str
    partitions: list[str]
    overwrites: bool
    cleans: bool


def copy(reader: Reader) -> Copy:
    """Read a COPY, behind that word."""
    reader.take("#")
    parts = [folded(part).lstrip("#") for part in reader.qualified()]
    columns: list[str] = []
    if reader.peek().text == "(":
        inner = Reader(reader.parenthesized(), reader.source)
        columns = names(inner, lambda: folded(inner.name()))
    reader.expect("FROM")
    source = reader.text()
    _check_uri(source)
    role, form = "", ""
    while not reader.is_done:
        if reader.take("IAM_ROLE"):
            role = _role(reader)
        elif reader.take("FORMAT"):
            reader.take("AS")
            form = reader.next().word
        elif reader.take("STATUPDATE") or reader.take("COMPUPDATE"):
            reader.next()
        else:
            raise reader.fail("this parameter of COPY is not supported here")
    if form != "PARQUET":
        raise StatementError("COPY is supported here with FORMAT AS PARQUET only")
    if not role:
        raise StatementError("COPY needs IAM_ROLE")
    return Copy(parts, columns, source, role)


def unload(reader: Reader) -> Unload:
    """Read an UNLOAD, behind that word."""
    inner = Reader(reader.parenthesized(), reader.source)
    query = inner.text()
    inner.end()
    reader.expect("TO")
    target = reader.text()
    _check_uri(target)
    role, form, partitions, overwrites, cleans = "", "", [], False, False
    while not reader.is_done:
        if reader.take("IAM_ROLE"):
            role = _role(reader)
        elif reader.take("FORMAT"):
            reader.take("AS")
            form = reader.next().word
        elif reader.take("PARQUET"):
            form = "PARQUET"
        elif reader.take("PARTITION", "BY"):
            listed = Reader(reader.parenthesized(), reader.source)
            partitions = names(listed, lambda listed=listed: folded(listed.name()))  # type: ignore[misc]
        elif reader.take("ALLOWOVERWRITE"):
            overwrites = True
        elif reader.take("CLEANPATH"):
            cleans = True
        elif reader.take("PARALLEL"):
            reader.next()
        else:
            raise reader.fail("this parameter of UNLOAD is not supported here")
    if form != "PARQUET":
        raise StatementError("UNLOAD is supported here with FORMAT AS PARQUET only")
    if not role:
        raise StatementError("UNLOAD needs IAM_ROLE")
    if overwrites and cleans:
        raise StatementError("CLEANPATH and ALLOWOVERWRITE can not be specified together")
    return Unload(translate(query), target, role, partitions, overwrites, cleans)


def _role(reader: Reader) -> str:
    if reader.take("DEFAULT"):
        return "default"
    role = reader.text()
    if "," in role:
        raise StatementError("chained roles are not supported here")
    return role


def _check_uri(uri: str) -> None:
    if not uri.startswith("s3://") or not uri[5:].split("/")[0]:
        raise StatementError(f"{uri!r} is no address in S3")
