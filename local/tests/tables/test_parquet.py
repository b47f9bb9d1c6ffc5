"""What a Parquet file holds against what the catalog declares: read as Athena reads it, or refused as Athena refuses it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from lake_local.cloud.tables import readers
from lake_local.cloud.tables.catalog import CatalogTable
from lake_local.cloud.tables.errors import TableError
from lake_local.cloud.tables.formats.parquet import PARQUET
from lake_local.cloud.tables.session import Session
from lake_local.cloud.tables.storage import Stored

# A value as DuckDB writes it, the physical type that it gets, the declared types that read it, all others being refused.
INTEGERS = ("tinyint", "smallint", "int", "bigint")
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "true": ("BOOLEAN", {"boolean": True}),
    "7::TINYINT": ("INT32", {**dict.fromkeys(INTEGERS, 7), "decimal(10,2)": 7}),
    "7::INTEGER": ("INT32", {**dict.fromkeys(INTEGERS, 7), "decimal(10,2)": 7}),
    "7::BIGINT": ("INT64", {"bigint": 7}),
    "DATE '2020-01-02'": ("INT32", {"date": "2020-01-02"}),
    "TIMESTAMP '2020-01-02 03:04:05'": ("INT64", {"timestamp": "2020-01-02 03:04:05"}),
    "TIMESTAMP_MS '2020-01-02 03:04:05'": ("INT64", {"timestamp": "2020-01-02 03:04:05"}),
    "TIME '10:00:00'": ("INT64", {}),
    "1.5::FLOAT": ("FLOAT", {"float": 1.5, "double": 1.5}),
    "1.5::DOUBLE": ("DOUBLE", {"double": 1.5}),
    "'x'": ("BINARY", {"string": "x", "varchar(5)": "x", "char(1)": "x", "binary": b"x"}),
    "'x'::BLOB": ("BINARY", {"string": "x", "varchar(5)": "x", "char(1)": "x", "binary": b"x"}),
    "1.50::DECIMAL(9,2)": ("INT32", {"decimal(10,2)": "1.50"}),
    "1.50::DECIMAL(18,2)": ("INT64", {"decimal(10,2)": "1.50"}),
    "1.50::DECIMAL(30,2)": ("FIXED_LEN_BYTE_ARRAY", {"decimal(10,2)": "1.50"}),
    "3::DECIMAL(9,0)": ("INT32", {**dict.fromkeys(INTEGERS, 3), "decimal(10,2)": "3.00"}),
    "3::DECIMAL(18,0)": ("INT64", {"bigint": 3, "decimal(10,2)": "3.00"}),
    "[1]::INTEGER[]": ("group", {"array<int>": [1], "array<bigint>": [1]}),
    "[1]::BIGINT[]": ("group", {"array<bigint>": [1]}),
    "[{'a': 1}]": ("group", {"array<struct<a:int>>": [{"a": 1}]}),
    "{'a': 1, 'b': 'x'}": ("group", {"struct<a:int>": {"a": 1}, "struct<b:string,a:bigint>": {"b": "x", "a": 1}}),
    "MAP {'k': 1}": ("group", {"map<string,int>": {"k": 1}}),
}
DECLARED = sorted({kind for _, readable in CASES.values() for kind in readable} - {"struct<a:int>"})


class File:
    """One Parquet file of one column, read as it is declared."""

    def __init__(self, folder: Path, expression: str) -> None:
        duckdb.sql(f"COPY (SELECT {expression} AS c) TO '{folder / 'one.parquet'}' (FORMAT parquet)")
        own = folder / "own"
        own.mkdir()
        self.session = Session(None, None, own)  # type: ignore[arg-type]
        self.session.open()
        self.stored = Stored("s3://b/one.parquet", 1, self.session.add(folder / "one.parquet"))

    def read(self, kind: str) -> list[Any]:
        table = CatalogTable("db", {"Name": "t", "StorageDescriptor": {"Columns": [{"Name": "c", "Type": kind}]}})
        return [row[0] for row in self.session.execute(PARQUET.read(self.session, table, [self.stored])).fetchall()]


@pytest.mark.parametrize("expression", CASES)
def test_read_or_refused(expression: str, tmp_path: Path) -> None:
    physical, readable = CASES[expression]
    file = File(tmp_path, expression)
    for kind, value in readable.items():
        [found] = file.read(kind)
        assert (str(found) if isinstance(value, str) else found) == value, kind
    for kind in set(DECLARED) - set(readable):
        with pytest.raises(TableError) as raised:
            file.read(kind)
        assert raised.value.reason.startswith(f"HIVE_BAD_DATA: Field c's type {physical} in parquet file s3://b/one.parquet"), kind


def test_the_message_is_athenas(tmp_path: Path) -> None:
    with pytest.raises(TableError) as raised:
        File(tmp_path, "7::BIGINT").read("string")
    assert raised.value.reason == (
        "HIVE_BAD_DATA: Field c's type INT64 in parquet file s3://b/one.parquet is incompatible with type varchar defined in table schema"
    )


def test_a_field_that_a_struct_lacks_is_null(tmp_path: Path) -> None:
    assert File(tmp_path, "{'a': 1}").read("struct<a:int,b:string>") == [{"a": 1, "b": None}]


def test_a_broken_file_is_said_without_its_path_here() -> None:
    assert readers._reason(ValueError("No magic bytes found in file '/home/me/.lake/x.parquet'")) == "No magic bytes found in file the file"
