"""COPY and UNLOAD: Parquet files of the embedded S3, under the role that the statement names."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from lake_local.config import Config

from ..clients import client_as
from ..identity import AssumeRoleError, Credentials, role_credentials
from ..tables.formats.parquet_schema import COLUMNS, Field, columns
from ..tables.session import Session
from ..tables.sql import identifier as duck_identifier
from ..tables.sql import literal as duck_literal
from ..tables.storage import ObjectCache, split_uri
from .access import Login
from .errors import StatementError
from .sql.files import Copy, Unload
from .sql.tokens import table
from .warehouses import Warehouses

_SERVICES = ("redshift.amazonaws.com", "redshift-serverless.amazonaws.com")
# What a column of the table is in the file. https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html
_READABLE: dict[str, frozenset[str]] = {
    "boolean": frozenset({"BOOLEAN"}),
    "smallint": frozenset({"INT32", "INT32 integer"}),
    "integer": frozenset({"INT32", "INT32 integer"}),
    "bigint": frozenset({"INT64", "INT64 integer"}),
    "real": frozenset({"FLOAT"}),
    "double precision": frozenset({"DOUBLE"}),
    "date": frozenset({"INT32 date"}),
    "timestamp without time zone": frozenset({"INT96", "INT64 timestamp"}),
    "character varying": frozenset({"BINARY"}),
    "character": frozenset({"BINARY"}),
}
# DuckDB's types of what an UNLOAD writes. Decimals have their own; those that the database gives no size have the digits of their values.
_WRITTEN = {
    "int2": "SMALLINT",
    "int4": "INTEGER",
    "int8": "BIGINT",
    "float4": "FLOAT",
    "float8": "DOUBLE",
    "bool": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "varchar": "VARCHAR",
    "bpchar": "VARCHAR",
}


class Transfer:
    """Moves files for one lake."""

    def __init__(self, config: Config, warehouses: Warehouses) -> None:
        self.config = config
        self.warehouses = warehouses
        self._folder = warehouses.folder / "moving"
        self._lock = threading.Lock()
        shutil.rmtree(self._folder, ignore_errors=True)

    def copy(self, connection: Any, login: Login, wanted: Copy) -> int:
        """Load the files below a prefix into a table. Return the number of rows."""
        s3 = self._client(login, wanted.role)
        target = _target(connection, wanted)
        name = table(wanted.table)
        count = 0
        with self._session(s3) as session:
            for uri, path in _fetched(s3, wanted.source, session.folder.parent):
                count += self._load(connection, session, name, target, uri, session.add(path))
        return count

    def unload(self, connection: Any, login: Login, wanted: Unload) -> int:
        """Write a query's rows as files below a prefix. Return their number."""
        s3 = self._client(login, wanted.role)
        _make_room(s3, wanted)
        with self._session(s3) as session:
            rows = session.folder.parent / "rows.csv"
            kinds = _described(connection, wanted.query)
            with (
                rows.open("wb") as file,
                connection.cursor().copy(f"COPY ({wanted.query}) TO STDOUT (FORMAT csv, NULL '\\N', FORCE_QUOTE *)") as out,
            ):
                for block in out:
                    file.write(block)
            return _write(session, s3, session.add(rows), kinds, wanted)

    def _load(self, connection: Any, session: Session, name: str, target: list[tuple[str, str, str]], uri: str, path: Path) -> int:
        import duckdb

        out = session.folder / f"{path.stem}.csv"
        try:
            _to_csv(session, path, out, lambda found: _check_columns(target, found, uri, name))
        except duckdb.Error as error:
            reason = str(error).splitlines()[0].replace(str(path), uri)
            raise StatementError(f"Spectrum Scan Error. File '{uri}' is no Parquet file that can be read: {reason}") from error
        listed = ", ".join('"' + one[0].replace('"', '""') + '"' for one in target)
        cursor = connection.cursor()
        with cursor.copy(f"COPY {name} ({listed}) FROM STDIN (FORMAT csv, NULL '\\N')") as into, out.open("rb") as file:
            while block := file.read(1 << 20):
                into.write(block)
        out.unlink()
        return int(cursor.rowcount)

    def _client(self, login: Login, role: str) -> Any:
        """Return S3 as the role sees it, if the warehouse has the role and may assume it."""
        credentials = self._assumed(login, self._attached(login, role))
        return client_as(credentials, "s3", self.config.endpoint, self.config.region)

    def _attached(self, login: Login, role: str) -> str:
        kind, _, name = login.warehouse.partition(":")
        if kind == "namespace":
            record = self.warehouses.state.read("namespaces", {}).get(name, {})
            roles, default = record.get("iamRoles") or [], record.get("defaultIamRoleArn")
        else:
            record = self.warehouses.state.read("clusters", {}).get(name, {})
            roles, default = [one["IamRoleArn"] for one in record.get("IamRoles") or []], record.get("DefaultIamRoleArn")
        if role == "default":
            if not default:
                raise StatementError("there is no default IAM role set for this warehouse")
            return str(default)
        if role not in roles and role != default:
            raise StatementError(
                f"User {login.arn} is not authorized to assume IAM Role {role}. Detail: the role is not associated with it"
            )
        return role

    def _assumed(self, login: Login, role: str) -> Credentials:
        refused = ""
        for service in _SERVICES:
            try:
                return role_credentials(role, "RedshiftIamRoleSession", service, login.arn)
            except AssumeRoleError as error:
                refused = refused or str(error)
        raise StatementError(f"User {login.arn} is not authorized to assume IAM Role {role}. Detail: {refused}")

    def _session(self, s3: Any) -> Any:
        return _Opened(s3, self._folder)


def _to_csv(session: Session, path: Path, out: Path, check: Callable[[tuple[Field, ...]], None]) -> None:
    """Write a Parquet file's rows as CSV, once its columns have been checked."""
    source = duck_literal(str(path))
    check(columns(session.execute(f"SELECT {COLUMNS} FROM parquet_schema({source})").fetchall()))
    names = [row[0] for row in session.execute(f"DESCRIBE SELECT * FROM read_parquet({source})").fetchall()]
    chosen = ", ".join(duck_identifier(one) for one in names)
    options = "FORMAT csv, HEADER false, NULLSTR '\\N', FORCE_QUOTE *"
    session.execute(f"COPY (SELECT {chosen} FROM read_parquet({source})) TO {duck_literal(str(out))} ({options})")


class _Opened:
    """A session of DuckDB in a folder that goes with it."""

    def __init__(self, s3: Any, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._temporary = tempfile.TemporaryDirectory(dir=folder)
        data = Path(self._temporary.name) / "data"
        data.mkdir()
        self._session = Session(s3, ObjectCache(folder / "objects"), data)

    def __enter__(self) -> Session:
        self._session.open()
        return self._session

    def __exit__(self, *error: object) -> None:
        self._session.close()
        self._temporary.cleanup()


def _target(connection: Any, wanted: Copy) -> list[tuple[str, str, str]]:
    """Return the columns that are loaded, in order: name, type, type with its parameters."""
    query = """SELECT attname, split_part(format_type(atttypid, NULL), '(', 1), format_type(atttypid, atttypmod) FROM pg_attribute
               WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"""
    known = {row[0]: row for row in connection.execute(query, (table(wanted.table),)).fetchall()}
    if missing := [name for name in wanted.columns if name not in known]:
        raise StatementError(f'column "{missing[0]}" of relation "{wanted.table[-1]}" does not exist')
    return [known[name] for name in wanted.columns or known]


def _check_columns(target: list[tuple[str, str, str]], found: tuple[Field, ...], uri: str, name: str) -> None:
    if len(target) != len(found):
        raise StatementError(
            f"Spectrum Scan Error. Unmatched number of columns between table and file. Table columns: {len(target)}, "
            f"Data columns: {len(found)}, File name: {uri}"
        )
    for (column, kind, full), given in zip(target, found, strict=True):
        if not _reads(kind, full, given):
            raise StatementError(
                f"Spectrum Scan Error. File '{uri}' has an incompatible Parquet schema for column '{name}.{column}'. "
                f"Column type: {full.upper()}, Parquet schema: {given.kind.lower()} {given.name}"
            )


def _reads(kind: str, full: str, given: Field) -> bool:
    if given.children or given.repeated:
        return False
    if kind == "numeric":
        return given.annotation == "decimal" and full.endswith(f",{given.scale})")
    return given.kind in _READABLE.get(kind, frozenset())


def _fetched(s3: Any, source: str, folder: Path) -> Any:
    """Yield the objects whose keys begin so, each with its copy here."""
    bucket, prefix = split_uri(source)
    try:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [one["Key"] for page in pages for one in page.get("Contents", []) if one["Size"] and not _is_hidden(one["Key"], prefix)]
        if not keys:
            raise StatementError(f"The specified S3 prefix '{prefix}' does not exist")
        for number, key in enumerate(keys):
            path = folder / f"{number}.parquet"
            s3.download_file(bucket, key, str(path))
            yield f"s3://{bucket}/{key}", path
            path.unlink()
    except ClientError as error:
        raise _denied(error, source) from None


def _is_hidden(key: str, prefix: str) -> bool:
    inner = key[prefix.rfind("/") + 1 :]
    return any(part.startswith(("_", ".")) for part in inner.split("/"))


def _denied(error: ClientError, what: str) -> StatementError:
    details = error.response.get("Error", {})
    message, code = details.get("Message") or "Access Denied", details.get("Code")
    return StatementError(f"S3ServiceException:{message},Status {_status(error)},Error {code} ({what})")


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)


def _make_room(s3: Any, wanted: Unload) -> None:
    """Refuse a place that holds objects, or empty it, as the statement says."""
    bucket, prefix = split_uri(wanted.target)
    if wanted.overwrites:
        return
    try:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            found = [{"Key": one["Key"]} for one in page.get("Contents", [])]
            if found and not wanted.cleans:
                raise StatementError(
                    f"Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, manually removing the "
                    f"target files in S3, or using the ALLOWOVERWRITE option. Detail: {wanted.target}"
                )
            if found:
                s3.delete_objects(Bucket=bucket, Delete={"Objects": found})
    except ClientError as error:
        raise _denied(error, wanted.target) from None


def _read_rows(session: Session, rows: Path, kinds: list[tuple[str, str]]) -> None:
    """Make the table of what the database gave, each column of its type."""
    described = ", ".join(f"{duck_literal(name)}: 'VARCHAR'" for name, _ in kinds)
    options = "header=false, nullstr='\\N', allow_quoted_nulls=false, delim=',', quote='\"', escape='\"'"
    session.execute(f'CREATE TEMP TABLE "$rows" AS SELECT * FROM read_csv({duck_literal(str(rows))}, {options}, columns={{{described}}})')
    typed = ", ".join(f"{_typed(session, duck_identifier(name), kind)} AS {duck_identifier(name)}" for name, kind in kinds)
    session.execute(f'CREATE TEMP TABLE "$unloaded" AS SELECT {typed} FROM "$rows"')


def _typed(session: Session, column: str, kind: str) -> str:
    if kind == "DECIMAL":
        [[scale]] = session.execute(f"""SELECT coalesce(max(length(split_part({column}, '.', 2))), 0) FROM "$rows" """).fetchall()
        kind = f"DECIMAL(38,{scale})"
    if kind in ("DATE", "TIMESTAMP"):
        # Of the years before the first one, PostgreSQL says so at the end, DuckDB behind the day.
        column = f"regexp_replace({column}, '^(\\S+)( \\S+)? BC$', '\\1 (BC)\\2')"
    return f"CAST({column} AS {kind})"


def _described(connection: Any, query: str) -> list[tuple[str, str]]:
    """Return a query's columns with DuckDB's types."""
    from . import values

    cursor = connection.execute(f"SELECT * FROM ({query}) AS unloaded LIMIT 0")
    found = []
    for index, one in enumerate(cursor.description):
        column = values.column(one.name, one.type_code, cursor.pgresult.fmod(index))
        kind = column["typeName"]
        if kind == "numeric":
            is_sized = cursor.pgresult.fmod(index) >= 0
            found.append((one.name, f"DECIMAL({column['precision']},{column['scale']})" if is_sized else "DECIMAL"))
        elif kind in _WRITTEN:
            found.append((one.name, _WRITTEN[kind]))
        else:
            raise StatementError(f"UNLOAD of a column of type {kind} is not supported here")
    names = [name for name, _ in found]
    if doubled := [name for name in names if names.count(name) > 1]:
        raise StatementError(f'UNLOAD of two columns of the name "{doubled[0]}" is not supported here: give them other names')
    return found


def _write(session: Session, s3: Any, rows: Path, kinds: list[tuple[str, str]], wanted: Unload) -> int:
    import duckdb

    try:
        _read_rows(session, rows, kinds)
    except duckdb.Error as error:
        raise StatementError(f"UNLOAD cannot write these values as Parquet: {str(error).splitlines()[0]}") from error
    out = session.folder / "out"
    out.mkdir()
    if missing := [one for one in wanted.partitions if one not in dict(kinds)]:
        raise StatementError(f'column "{missing[0]}" of PARTITION BY does not exist')
    if wanted.partitions:
        keys = ", ".join(duck_identifier(one) for one in wanted.partitions)
        options, to = f"FORMAT parquet, PARTITION_BY ({keys}), FILENAME_PATTERN '0000_part_{{i}}', OVERWRITE_OR_IGNORE true", out
    else:
        options, to = "FORMAT parquet", out / "0000_part_00.parquet"
    session.execute(f'COPY "$unloaded" TO {duck_literal(str(to))} ({options})')
    bucket, prefix = split_uri(wanted.target)
    for path in sorted(one for one in out.rglob("*") if one.is_file()):
        try:
            s3.upload_file(str(path), bucket, f"{prefix}{path.relative_to(out).as_posix()}")
        except Exception as error:
            raise StatementError(f"S3ServiceException:{error} ({wanted.target})") from error
    return int(session.execute('SELECT count(*) FROM "$unloaded"').fetchone()[0])
