"""Rows of a query as files of a table: DuckDB writes them here, the caller's credentials put them in S3."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from botocore.exceptions import ClientError

from .errors import TableError
from .formats.base import Format
from .prune import DEFAULT_PARTITION
from .session import Session
from .sql import identifier, literal
from .storage import denied, split_uri
from .types import duckdb_type, hive_type


@dataclass(frozen=True)
class Target:
    """Where rows go, and how they are laid out there."""

    location: str
    form: Format
    partitions: list[str] = field(default_factory=list)
    delimiter: str = "\x01"


@dataclass(frozen=True)
class Written:
    """What was written: the columns with their catalog types, the number of rows, the objects, the partitions' locations."""

    columns: list[tuple[str, str]]
    rows: int
    files: list[str]
    places: dict[tuple[str, ...], str]


def table_input(
    name: str,
    columns: list[dict[str, str]],
    partitions: list[dict[str, str]],
    location: str,
    form: Format,
    serde_parameters: dict[str, str] | None = None,
    parameters: dict[str, str] | None = None,
    serde: str | None = None,
) -> dict[str, Any]:
    """Return the TableInput of an external table."""
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": partitions,
        "Parameters": {"EXTERNAL": "TRUE", **(parameters or {})},
        "StorageDescriptor": {
            "Columns": columns,
            "Location": location if location.endswith("/") else location + "/",
            "InputFormat": form.input,
            "OutputFormat": form.output,
            "SerdeInfo": {
                "SerializationLibrary": serde or form.serde,
                "Parameters": {"serialization.format": "1", **(serde_parameters or {})},
            },
        },
    }


def must_be_empty(session: Session, location: str) -> None:
    """Refuse a location that holds objects."""
    bucket, prefix = split_uri(location.rstrip("/") + "/")
    try:
        there = session.s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1).get("KeyCount")
    except ClientError as error:
        raise denied(error, location) from None
    if there:
        raise TableError(f"HIVE_PATH_ALREADY_EXISTS: Target directory for table '{location}' already exists: it must be empty")


def write(
    session: Session, sql: str, target: Target, columns: list[tuple[str, str]] | None = None, names: list[str] | None = None
) -> Written:
    """Write a query's rows under a location.

    `columns` are those of an existing table, `names` the ones of them that the query gives, in its order; without `names` it gives all.
    """
    session.execute(f'CREATE TEMP TABLE "$written" AS {sql}')
    if columns is not None:
        _cast_to(session, columns, names or [name for name, _ in columns])
    described = session.execute('SELECT * FROM "$written" LIMIT 0').description
    out = session.folder / "out"
    out.mkdir()
    _copy(session, out, target)
    rows = session.execute('SELECT count(*) FROM "$written"').fetchone()[0]
    return Written([(column[0], hive_type(column[1])) for column in described], rows, *_upload(session, out, target))


def _cast_to(session: Session, columns: list[tuple[str, str]], names: list[str]) -> None:
    given = [column[0] for column in session.execute('SELECT * FROM "$written" LIMIT 0').description]
    if len(names) != len(given):
        raise TableError(
            f"TYPE_MISMATCH: line 1:1: Insert query has mismatched column types: Table: {len(names)} columns, Query: {len(given)} columns"
        )
    sources = dict(zip(names, given, strict=True))
    selected = ", ".join(
        f"CAST({identifier(sources[name]) if name in sources else 'NULL'} AS {duckdb_type(kind)}) AS {identifier(name)}"
        for name, kind in columns
    )
    session.execute(f'CREATE OR REPLACE TEMP TABLE "$written" AS SELECT {selected} FROM "$written"')


def _copy(session: Session, out: Path, target: Target) -> None:
    form = target.form
    assert form.copy is not None
    options, to = form.copy(target.delimiter), out / f"data{form.extension}"
    if target.partitions:
        keys = ", ".join(identifier(name) for name in target.partitions)
        options, to = f"{options}, PARTITION_BY ({keys}), WRITE_PARTITION_COLUMNS false, OVERWRITE_OR_IGNORE true", out
    session.execute(f'COPY "$written" TO {literal(str(to))} ({options})')


def _upload(session: Session, folder: Path, target: Target) -> tuple[list[str], dict[tuple[str, ...], str]]:
    """Put the files under the target's location. Return their addresses, and the partitions' locations by values."""
    bucket, prefix = split_uri(target.location.rstrip("/") + "/")
    files: list[str] = []
    places: dict[tuple[str, ...], str] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        parts = path.relative_to(folder).parts[:-1]
        values = tuple(unquote(part.split("=", 1)[1]) for part in parts)
        values = tuple(DEFAULT_PARTITION if value in ("NULL", "") else value for value in values)
        inner = "".join(f"{name}={quote(value, safe=' ')}/" for name, value in zip(target.partitions, values, strict=True))
        key = f"{prefix}{inner}{uuid.uuid4().hex}{''.join(path.suffixes)}"
        try:
            session.s3.upload_file(str(path), bucket, key)
        except Exception as error:
            raise TableError(
                f"Access denied when writing output to url: s3://{bucket}/{key} . Please ensure you are allowed to access the S3 bucket. "
                f"({error})"
            ) from None
        files.append(f"s3://{bucket}/{key}")
        if target.partitions:
            places[values] = f"s3://{bucket}/{prefix}{inner}"
    return files, places
