"""Athena's SQL on DuckDB: the answers that Athena's documentation, and Trino's, give."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from lake_local.cloud.athena import macros, parsing, references, translate
from lake_local.cloud.athena.errors import AthenaError, InvalidRequest
from lake_local.cloud.tables.types import duckdb_type
from lake_local.cloud.tables.values import double_text, text


@pytest.fixture(scope="module")
def connection() -> Any:
    made = duckdb.connect()
    made.execute("SET TimeZone = 'UTC'")
    macros.install(made)
    made.execute("""CREATE TABLE t AS SELECT * FROM (VALUES (1, 'a', 1.5e0, [3, 1, 3], MAP {'m': 1}), (2, 'b', 2.5e0, [4], MAP {'n': 2}))
                    v(id, s, v, arr, mp)""")
    return made


def answer(connection: Any, sql: str) -> list[str | None]:
    cursor = connection.execute(translate.translate(parsing.parse(sql)).sql())
    kinds = [description[1] for description in cursor.description]
    return [text(value, kind) for value, kind in zip(cursor.fetchone(), kinds, strict=True)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # Numbers
        ("7/2", "3"),
        ("-7/2", "-3"),
        ("7.0/2", "3.5"),
        ("1.0/3", "0.3"),
        ("7e0/2", "3.5"),
        ("1/0e0", "Infinity"),
        ("mod(-7, 3)", "-1"),
        ("1.0*7/2", "3.5"),
        ("CAST(2.5e0 AS integer)", "3"),
        ("CAST(-2.5e0 AS integer)", "-3"),
        ("round(2.5e0)", "3.0"),
        ("round(1.2345, 2)", "1.2300"),
        ("1e7", "1.0E7"),
        ("1e-4", "1.0E-4"),
        ("0.1e0", "0.1"),
        ("truncate(1.97e0)", "1.0"),
        ("sum(x) / count(*) FROM (VALUES 1, 2, 4) AS q(x)", "2"),
        ("avg(x) FROM (VALUES 1, 2) AS q(x)", "1.5"),
        ("greatest(1, NULL)", None),
        ("try_cast('2.5' AS integer)", None),
        ("try(1/0)", None),
        ("try(CAST('x' AS integer))", None),
        ("try_cast('7' AS integer)", "7"),
        # Text
        ("split_part('a-b', '-', 2)", "b"),
        ("split_part('a-b', '-', 3)", None),
        ("substr('hello', 2, 3)", "ell"),
        ("substr('hello', -3)", "llo"),
        ("substr('hello', 0)", ""),
        ("substr('hello', 9)", ""),
        ("concat('a', NULL)", None),
        ("'a' || 'b'", "ab"),
        ("trim('  a\t')", "a"),
        ("regexp_replace('2020-01', '(\\d+)-(\\d+)', '$2-$1')", "01-2020"),
        ("regexp_extract('abc', 'z')", None),
        ("regexp_extract('a12', '([a-z])(\\d+)', 2)", "12"),
        ("regexp_like('abc', 'b')", "true"),
        ("CAST('abc' AS varchar(2))", "ab"),
        ("format('%,.2f%% %s %d', 1234.5, 'x', 5)", "1,234.50% x 5"),
        ("CAST(1e7 AS varchar)", "1.0E7"),
        ("CAST(true AS varchar)", "true"),
        ("length('é')", "1"),
        ("lpad('7', 3, '0')", "007"),
        ("strpos('abc', 'c')", "3"),
        ("to_hex(md5(to_utf8('a')))", "0CC175B9C0F1B6A831C399E269772661"),
        # Dates
        ("date_diff('month', date '2020-01-15', date '2020-02-14')", "0"),
        ("date_diff('day', date '2020-01-01', date '2020-02-01')", "31"),
        ("date_diff('day', timestamp '2020-01-01 23:00:00', timestamp '2020-01-02 01:00:00')", "0"),
        ("date_add('day', 3, date '2020-01-01')", "2020-01-04"),
        ("date_add('month', 1, date '2020-01-31')", "2020-02-29"),
        ("date '2020-01-31' + interval '1' month", "2020-02-29"),
        ("date_add('hour', 1, timestamp '2020-01-01 00:00:00')", "2020-01-01 01:00:00.000"),
        ("date_trunc('month', date '2020-02-15')", "2020-02-01"),
        ("day_of_week(date '2020-01-05')", "7"),
        ("extract(dow FROM date '2020-01-05')", "7"),
        ("week(date '2020-12-31')", "53"),
        ("date_format(timestamp '2020-01-05 10:20:00', '%Y/%m/%d %H:%i')", "2020/01/05 10:20"),
        ("date_parse('05/01/2020', '%d/%m/%Y')", "2020-01-05 00:00:00.000"),
        ("format_datetime(timestamp '2020-01-05 10:00:00', 'yyyy-MM-dd''T''HH')", "2020-01-05T10"),
        ("CAST(timestamp '2020-01-01 00:00:00' AS varchar)", "2020-01-01 00:00:00.000"),
        ("from_unixtime(1500000000)", "2017-07-14 02:40:00.000 UTC"),
        ("to_unixtime(timestamp '2020-01-01 00:00:00')", "1.5778368E9"),
        # JSON
        ("json_extract_scalar('{\"a\": {\"b\": 1}}', '$.a.b')", "1"),
        ("json_extract_scalar('{\"a\": [1]}', '$.a')", None),
        ("json_extract_scalar('not json', '$.a')", None),
        ("json_extract('{\"a\": [1, 2]}', '$.a')", "[1,2]"),
        ("json_array_length('[1, 2]')", "2"),
        ("CAST(json_extract('{\"a\": [1, 2]}', '$.a') AS array(integer))", "[1, 2]"),
        ("json_extract_scalar('{\"a b\": 1}', '$[\"a b\"]')", "1"),
        # Arrays, maps, rows
        ("array_distinct(arr) FROM t WHERE id = 1", "[3, 1]"),
        ("array_sort(ARRAY[3, 1, NULL])", "[1, 3, null]"),
        ("cardinality(mp) FROM t", "1"),
        ("element_at(arr, 9) FROM t", None),
        ("array_join(ARRAY[1, NULL, 2], ',')", "1,2"),
        ("array_join(ARRAY[1, NULL], ',', 'x')", "1,x"),
        ("slice(ARRAY[1, 2, 3], 2, 2)", "[2, 3]"),
        ("slice(ARRAY[1, 2, 3], -2, 1)", "[2]"),
        ("transform(ARRAY[1, 2], x -> x * 2)", "[2, 4]"),
        ("reduce(ARRAY[1, 2], 0, (s, x) -> s + x, s -> s)", "3"),
        ("any_match(ARRAY[1, 2], x -> x > 1)", "true"),
        ("row(1, 'a')", "{field0=1, field1=a}"),
        ("CAST(row(1, 'a') AS row(a integer, b varchar))", "{a=1, b=a}"),
        ("map(ARRAY['a'], ARRAY[1])", "{a=1}"),
        ("array_position(ARRAY[1], 2)", "0"),
        ("sequence(date '2020-01-01', date '2020-01-02')", "[2020-01-01, 2020-01-02]"),
        ("sequence(date '2020-01-02', date '2020-01-01')", "[2020-01-02, 2020-01-01]"),
        ("sequence(3, 1)", "[3, 2, 1]"),
        ("sequence(1, 9, 4)", "[1, 5, 9]"),
        ("sequence(9, 1, -4)", "[9, 5, 1]"),
        ("sequence(date '2020-01-03', date '2020-01-01', interval '-1' day)", "[2020-01-03, 2020-01-02, 2020-01-01]"),
        ("cardinality(sequence(timestamp '2020-01-01 00:00:00', timestamp '2020-01-02 00:00:00', interval '6' hour))", "5"),
        ("sequence(date '2020-01-31', date '2020-03-31', interval '1' month)", "[2020-01-31, 2020-02-29, 2020-03-31]"),
        ("cardinality(sequence(1, 10000))", "10000"),
        # https://trino.io/docs/current/functions/array.html: an array, not a longer text.
        ("repeat('ab', 2)", "[ab, ab]"),
        ("lpad('7', 3, '0')", "007"),
        ("rpad('abc', 2, 'x')", "ab"),
        ("ARRAY[1, 2][1]", "1"),
        # Aggregates
        ("max_by(s, v) FROM t", "b"),
        ("approx_distinct(id) FROM t", "2"),
        ("approx_percentile(v, 0.5) FROM t", "1.5"),
        ("count_if(id = 2) FROM t", "1"),
        ("listagg(s, ',') WITHIN GROUP (ORDER BY s DESC) FROM t", "b,a"),
        ("array_agg(s ORDER BY s DESC) FILTER (WHERE id < 9) FROM t", "[b, a]"),
    ],
)
def test_answers(connection: Any, expression: str, expected: str | None) -> None:
    assert answer(connection, f"SELECT {expression}") == [expected]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT typeof(1)",
        "SELECT frobnicate(1)",
        "SELECT athena_text(1)",
        "SELECT * FROM read_csv('/x')",
        "SELECT array_sort(ARRAY[1], (a, b) -> 1)",
        "SELECT format('%e', 1.0)",
        "SELECT approx_percentile(v, 1, 0.5) FROM t",
        "SELECT regexp_replace('a', 'b', x -> x[1])",
    ],
)
def test_what_is_not_known_is_refused(connection: Any, sql: str) -> None:
    with pytest.raises((AthenaError, InvalidRequest)):
        answer(connection, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1::integer",
        "SELECT DISTINCT ON (id) id FROM t",
        "SELECT * EXCLUDE (id) FROM t",
        "SELECT s ILIKE 'A' FROM t",
        "SELECT id FROM t QUALIFY row_number() OVER () = 1",
    ],
)
def test_other_dialects_are_refused(connection: Any, sql: str) -> None:
    with pytest.raises((AthenaError, InvalidRequest)):
        answer(connection, sql)


def test_subtracting_dates_says_what_to_use(connection: Any) -> None:
    with pytest.raises(duckdb.Error, match="use date_diff"):
        answer(connection, "SELECT date '2020-01-02' - date '2020-01-01'")


def test_tables_are_not_the_names_of_with() -> None:
    tree = parsing.parse("WITH a AS (SELECT * FROM a), b AS (SELECT * FROM a) SELECT * FROM b JOIN x.c ON true")
    assert sorted(table.sql() for table in references.real_tables(tree)) == ["a", "x.c"]


def test_parameters_are_values() -> None:
    assert parsing.bind_parameters("SELECT '?' WHERE a = ? AND b = ?", ["'x'", "1"]) == "SELECT '?' WHERE a = 'x' AND b = 1"
    assert parsing.bind_parameters("SELECT ?", ["1; DROP TABLE x"]) == "SELECT '1; DROP TABLE x'"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1e7, "1.0E7"),
        (9999999.0, "9999999.0"),
        (0.001, "0.001"),
        (1.5e-7, "1.5E-7"),
        (float("nan"), "NaN"),
        (123456789.125, "1.23456789125E8"),
        (4.25, "4.25"),
        (-1e22, "-1.0E22"),
    ],
)
def test_doubles_are_written_as_java_does(value: float, expected: str) -> None:
    assert double_text(value) == expected


def test_types_of_the_catalog() -> None:
    assert duckdb_type("array<struct<a:int,b:map<string,decimal(10,2)>>>") == 'STRUCT("a" INTEGER, "b" MAP(VARCHAR, DECIMAL(10,2)))[]'
