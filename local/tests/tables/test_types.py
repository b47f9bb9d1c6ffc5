"""The grammar of catalog types: what it takes comes out the same, everything else is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lake_local.cloud.tables.errors import TableError
from lake_local.cloud.tables.types import duckdb_type, parse

NAMES = st.text(st.characters(blacklist_characters="<>(),:`\0", blacklist_categories=["Z", "C"]), min_size=1, max_size=8)
SIMPLE = st.sampled_from(["string", "boolean", "tinyint", "int", "bigint", "float", "double", "date", "timestamp", "binary"])
SIZED = (
    st.integers(1, 38).flatmap(lambda p: st.integers(0, p).map(lambda s: f"decimal({p},{s})"))
    | st.integers(1, 255).map(lambda n: f"char({n})")
    | st.integers(1, 65535).map(lambda n: f"varchar({n})")
)


def _struct(fields: dict[str, str]) -> str:
    return "struct<" + ",".join(f"{name}:{kind}" for name, kind in fields.items()) + ">"


TYPES = st.recursive(
    SIMPLE | SIZED,
    lambda inner: (
        inner.map(lambda kind: f"array<{kind}>")
        | st.tuples(SIMPLE, inner).map(lambda pair: f"map<{pair[0]},{pair[1]}>")
        | st.dictionaries(NAMES.map(str.lower), inner, min_size=1, max_size=3).map(_struct)
    ),
    max_leaves=6,
)


@given(TYPES)
def test_a_type_comes_out_as_it_went_in(text: str) -> None:
    assert parse(text).hive == text
    assert parse(text.replace("<", " < ").replace(",", " , ")).hive == text


@pytest.mark.parametrize(
    ("text", "hive", "duckdb"),
    [
        ("INT", "int", "INTEGER"),
        ("integer", "int", "INTEGER"),
        ("decimal", "decimal(10,0)", "DECIMAL(10,0)"),
        ("decimal(5)", "decimal(5,0)", "DECIMAL(5,0)"),
        ("Decimal( 5 , 2 )", "decimal(5,2)", "DECIMAL(5,2)"),
        ("varchar", "string", "VARCHAR"),
        ("timestamp with time zone", "timestamp with time zone", "TIMESTAMPTZ"),
        ("struct<2018:int,`a b`:string>", "struct<2018:int,a b:string>", 'STRUCT("2018" INTEGER, "a b" VARCHAR)'),
        ('struct<a"b:int>', 'struct<a"b:int>', 'STRUCT("a""b" INTEGER)'),
    ],
)
def test_forms(text: str, hive: str, duckdb: str) -> None:
    assert (parse(text).hive, duckdb_type(text)) == (hive, duckdb)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text",
        "int int",
        "int;",
        "decimal(39,0)",
        "decimal(0,0)",
        "decimal(5,6)",
        "decimal(5,2",
        "decimal(5,2))",
        "decimal(٣,0)",
        "decimal(1e1,0)",
        "decimal(-1,0)",
        "decimal(5,2,1)",
        "char",
        "char(256)",
        "varchar(65536)",
        "varchar(0)",
        "array",
        "array<>",
        "array<int",
        "array<int>>",
        "map<int>",
        "map<int,int,int>",
        "struct<>",
        "struct<a>",
        "struct<a:>",
        "struct<:int>",
        "struct<a:int,>",
        "struct<a:int,A:int>",
        "struct<a:int b:int>",
        "array<" * 40 + "int" + ">" * 40,
        "struct<" + ",".join(f"f{i}:string" for i in range(20_000)) + ">",
    ],
)
def test_what_is_not_a_type_is_refused(text: str) -> None:
    with pytest.raises(TableError, match="HIVE_INVALID_METADATA: column type .* is not valid"):
        parse(text)


@given(st.text(st.sampled_from("decimalstructryxp<>(),:;`'\" \0019")))
def test_nothing_but_an_error_of_ours(text: str) -> None:
    try:
        parse(text)
    except TableError as error:
        assert len(error.reason) < 400
