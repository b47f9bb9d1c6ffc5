"""Random tables in random dialects, encodings and compressions come back value by value; damaged ones are counted row by row."""

from __future__ import annotations

import io
import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lake_transforms import CsvOptions, Location, ObjectStore, TableSchema
from lake_transforms.progress import Reading
from lake_transforms.reading import Reader
from lake_transforms.s3 import StoredObject
from lake_transforms.sources import Source
from lake_transforms.text_rows import TextWriter
from random_tables import File, files

QUICK = settings(max_examples=120, deadline=None, database=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
LONG = settings(QUICK, max_examples=20_000, derandomize=False)


class Memory:
    """What of S3 the reader uses, in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put_object(self, Key: str, Body: bytes, **_: Any) -> None:
        self.objects[Key] = Body

    def get_object(self, Key: str, **_: Any) -> dict[str, Any]:
        body = self.objects[Key]
        return {"Body": io.BytesIO(body), "ETag": '"x"', "ContentLength": len(body)}


def read(content: bytes, options: CsvOptions, schema: TableSchema | None = None) -> tuple[Reading, list[list[str]]]:
    """Return what the reader says of an object, and the lines that it wrote: source, line number, reason, record, values."""
    memory = Memory()
    store = ObjectStore(memory)
    memory.objects["tables/t/a.csv"] = content
    below, staging = Location("b", "tables/t/"), Location("b", "staging/")
    reader = Reader(store, TextWriter(store, staging), below, options, schema, declared=schema is not None)
    [reading] = reader.read_all([Source(StoredObject("b", "tables/t/a.csv", "x", len(content)))])
    text = "".join(body.decode() for key, body in sorted(memory.objects.items()) if key.startswith("staging/"))
    return reading, [[_unescaped(value) for value in line.split("\x1f")] for line in text.split("\n")[:-1]]


def _unescaped(text: str) -> str:
    for code, character in (("\x1e3", "\x1f"), ("\x1e2", "\r"), ("\x1e1", "\n"), ("\x1e0", "\x1e")):
        text = text.replace(code, character)
    return text


def one_line(name: str) -> str:
    return " ".join(name.split()).lower()


def check_values(file: File) -> None:
    reading, lines = read(file.content, file.options)
    assert reading.unreadable is None, file
    assert [one_line(name) for name in file.table.columns] == list(reading.columns) or not file.table.rows
    assert [line[4:] for line in lines] == file.table.rows, file
    assert [line[2] for line in lines] == [""] * len(lines)
    assert reading.rows == len(file.table.rows)


def check_damage(content: bytes, options: CsvOptions) -> None:
    reading, lines = read(content, options)
    if reading.unreadable:
        assert not reading.rows
        return
    assert reading.rows == len(lines)
    width = len(reading.columns)
    for line in lines:
        assert line[2] or len(line) == 4 + width, line


damaged = st.tuples(files(), st.randoms(use_true_random=False), st.integers(1, 4))


def damage(file: File, choose: random.Random, times: int) -> bytes:
    content = bytearray(file.content)
    for _ in range(times):
        at = choose.randrange(len(content) + 1)
        content[at : at + choose.randint(0, 3)] = choose.choice([b'"', b",", b"\n", b"\r", b"\0", b"\xff", b"", b"\\"])
    return bytes(content[: choose.randint(0, len(content))] if choose.random() < 0.3 else content)


@QUICK
@given(files())
def test_values_come_back(file):
    check_values(file)


@QUICK
@given(damaged)
def test_damaged_files_are_counted(drawn):
    check_damage(damage(*drawn), drawn[0].options)


@QUICK
@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_counted(content):
    check_damage(content, CsvOptions())


@pytest.mark.soak
@LONG
@given(files())
def test_values_come_back_for_long(file):
    check_values(file)


@pytest.mark.soak
@LONG
@given(damaged)
def test_damaged_files_are_counted_for_long(drawn):
    check_damage(damage(*drawn), drawn[0].options)


def keeps(value: Any, text: str, kind: str) -> bool:
    """Whether the typed value is what the text says. An empty text is NULL, and so are blanks that are no string."""
    if kind == "string":
        return (value or "") == text
    number = text.strip(" ")
    return value is None if not number else value is not None and Decimal(repr(value)) == Decimal(number)


def check_lake(lake: Any, drawn: list[File]) -> None:
    """One table of many files, whose columns are inferred: every value is in it, row for row."""
    names = sorted({one_line(name) for file in drawn for name in file.table.columns if file.table.rows})
    wanted = []
    for number, file in enumerate(drawn):
        lake.put(f"{number}.csv", file.content)
        columns = [one_line(name) for name in file.table.columns]
        wanted += [dict(zip(columns, row, strict=True)) for row in file.table.rows]
    result = lake.land(None)
    assert (result.rows_in, result.rows_out) == (len(wanted), len(wanted))
    assert set(result.inferred) == set(names)
    if not wanted:
        return
    frame = lake.spark.read.option("mergeSchema", True).parquet(f"s3://{lake.raw}/tables/{lake.table}/")
    rows = frame.select(*(f"`{name}`" for name in names)).collect()
    assert len(rows) == len(wanted)
    for row in wanted:
        found = next((other for other in rows if all(keeps(other[name], row.get(name, ""), result.inferred[name]) for name in names)), None)
        assert found is not None, row
        rows.remove(found)


SPARK = settings(QUICK, max_examples=2, phases=[Phase.generate], suppress_health_check=list(HealthCheck))


@SPARK
@given(st.lists(files(alike=True), min_size=12, max_size=12))
def test_a_table_of_random_files_has_every_value(new_lake, drawn):
    check_lake(new_lake(), drawn)


@pytest.mark.soak
@settings(SPARK, max_examples=30, derandomize=False)
@given(st.lists(files(alike=True), min_size=1, max_size=12))
def test_tables_of_random_files_have_every_value(new_lake, drawn):
    check_lake(new_lake(), drawn)
