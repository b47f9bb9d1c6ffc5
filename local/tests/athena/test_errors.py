"""What a failed query says: Athena's names and words, nothing of DuckDB, sqlglot or Python."""

from __future__ import annotations

from pathlib import Path

import pytest
from lake_local.cloud.athena.errors import InvalidRequest
from lake_local.cloud.tables.errors import TableError

from .athena_fakes import Lake
from .test_escapes import INTERNALS

CASES = {
    "SELECT CAST('x' AS integer)": "INVALID_CAST_ARGUMENT: Cannot cast 'x' to INTEGER",
    "SELECT CAST('x' AS bigint)": "INVALID_CAST_ARGUMENT: Cannot cast 'x' to BIGINT",
    "SELECT CAST('x' AS double)": "INVALID_CAST_ARGUMENT: Cannot cast 'x' to DOUBLE",
    "SELECT CAST('x' AS boolean)": "INVALID_CAST_ARGUMENT: Cannot cast 'x' to BOOLEAN",
    "SELECT CAST('x' AS date)": "INVALID_CAST_ARGUMENT: Value cannot be cast to date: x",
    "SELECT CAST('x' AS timestamp)": "INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp: x",
    "SELECT CAST(300 AS tinyint)": "NUMERIC_VALUE_OUT_OF_RANGE: Out of range for tinyint: 300",
    "SELECT CAST(9999999999 AS integer)": "NUMERIC_VALUE_OUT_OF_RANGE: Out of range for integer: 9999999999",
    "SELECT 9223372036854775807 + 1": "NUMERIC_VALUE_OUT_OF_RANGE: bigint addition overflow: 9223372036854775807 + 1",
    "SELECT 1 / (n - n) FROM t": "DIVISION_BY_ZERO: Division by zero",
    "SELECT upper(1, 2)": "line 1:18: Unexpected parameters for function upper",
    "SELECT sum('a')": "FUNCTION_NOT_FOUND: Unexpected parameters (varchar) for function sum",
    "SELECT ARRAY[1] + 1": "TYPE_MISMATCH: Cannot apply operator: integer[] + integer",
    "SELECT split_part('a', '-', 0)": "INVALID_FUNCTION_ARGUMENT: Index must be greater than zero",
    "SELECT date_parse('x', '%Y')": 'INVALID_FUNCTION_ARGUMENT: Invalid format: "x"',
    "SELECT sum(sum(n)) FROM t": "NESTED_AGGREGATION: Cannot nest aggregations inside aggregation",
    "SELECT n FROM t WHERE sum(n) > 1": "EXPRESSION_NOT_SCALAR: WHERE clause cannot contain aggregations",
    "SELECT n, count(*) FROM t": "EXPRESSION_NOT_AGGREGATE: line 1:8: 'n' must be an aggregate expression",
    "SELECT n FROM t UNION SELECT 1, 2": "TYPE_MISMATCH: the queries of a set operation have different numbers of fields",
    "SELECT (SELECT x FROM (VALUES 1, 2) AS v(x))": "SUBQUERY_MULTIPLE_ROWS: Scalar sub-query has returned multiple rows",
    "SELECT t.n FROM t AS a": "COLUMN_NOT_FOUND: Column 't' cannot be resolved",
    "SELECT m FROM t": "COLUMN_NOT_FOUND: line 1:8: Column 'm' cannot be resolved",
    "SELECT n FROM t JOIN t AS u ON true": "AMBIGUOUS_NAME: line 1:8: Column 'n' is ambiguous",
    "SELECT CAST(1 AS thing)": "line 1:18: mismatched input 'thing'",
    "SELECT frobnicate(1)": "FUNCTION_NOT_FOUND: line 1:8: Function 'frobnicate' not registered",
    # What would take the memory of the whole lake, Trino refuses: io.trino.operator.scalar.SequenceFunction, RepeatFunction.
    "SELECT sequence(1, 1000000000)": "INVALID_FUNCTION_ARGUMENT: result of sequence function must not have more than 10000 entries",
    "SELECT sequence(0, 10000)": "INVALID_FUNCTION_ARGUMENT: result of sequence function must not have more than 10000 entries",
    "SELECT sequence(-9223372036854775807, 9223372036854775807)": "INVALID_FUNCTION_ARGUMENT: result of sequence function must not",
    "SELECT sequence(date '0001-01-01', date '2020-01-01')": "INVALID_FUNCTION_ARGUMENT: result of sequence function must not have",
    "SELECT sequence(date '2020-01-01', date '2120-01-01', interval '1' day)": "INVALID_FUNCTION_ARGUMENT: result of sequence function",
    "SELECT sequence(timestamp '2020-01-01 00:00:00', timestamp '2030-01-01 00:00:00', interval '1' second)": "INVALID_FUNCTION_ARGUMENT",
    "SELECT sequence(1, 5, -1)": "INVALID_FUNCTION_ARGUMENT: sequence stop value should be greater than or equal to start value if step",
    "SELECT sequence(date '2020-01-02', date '2020-01-01', interval '1' day)": "INVALID_FUNCTION_ARGUMENT: sequence stop value should be",
    "SELECT repeat('x', 99999999999)": "INVALID_FUNCTION_ARGUMENT: count argument of repeat function must be less than or equal to 10000",
    "SELECT lpad('a', 99999999999, 'x')": "INVALID_FUNCTION_ARGUMENT: Target length must be in the range [0..2147483647]",
    "SELECT rpad('a', -1, 'x')": "INVALID_FUNCTION_ARGUMENT: Target length must be in the range [0..2147483647]",
    "SELECT lpad('a', 2147483647, 'x')": "INVALID_FUNCTION_ARGUMENT: a text of more than 16777216 characters is not made here",
    "SELECT regexp_like('a', '(')": "INVALID_FUNCTION_ARGUMENT: missing ): (",
    "SELECT * FROM glob('/*')": "line 1:24: Unexpected parameters for function glob",
    "SELECT n FROM": "line 1:14: mismatched input '<EOF>'",
    "SELECT FROM t WHERE": "line 1:20: mismatched input '<EOF>'",
    "SELECT n FROM t WHERE n ==== 1": "mismatched input",
    "SELECT 'open": "mismatched input",
    "SELECT ((((1)": "mismatched input '<EOF>'",
    "SELECT glob(": "mismatched input '<EOF>'",
    "SELECT " + "(" * 3000 + "1" + ")" * 3000: "statement is too large (stack overflow while parsing)",
    "SELECT ?": "INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected 1 but found 0",
    "CREATE VIEW v AS SELECT m FROM t": "COLUMN_NOT_FOUND: line 1:8: Column 'm' cannot be resolved",
    "EXPLAIN SELECT m FROM t": "COLUMN_NOT_FOUND: line 1:8: Column 'm' cannot be resolved",
}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    made = Lake(tmp_path_factory.mktemp("errors"))
    made.table("t", {"n": "int"})
    return made


@pytest.mark.parametrize("statement", CASES, ids=lambda statement: statement[:60])
def test_what_a_failed_query_says(lake: Lake, statement: str) -> None:
    with pytest.raises((TableError, InvalidRequest)) as raised:
        lake.run(statement)
    said = raised.value.reason if isinstance(raised.value, TableError) else raised.value.message
    assert CASES[statement] in said
    assert not INTERNALS.search(said), said


def test_a_broken_object_is_named_without_its_copy_here(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.table("t", {"n": "int"})
    lake.s3.objects["t/b.parquet"] = b"not parquet"
    with pytest.raises(TableError) as raised:
        lake.run("SELECT * FROM t")
    assert raised.value.reason.startswith("HIVE_CANNOT_OPEN_SPLIT: s3://b/t/") and str(tmp_path) not in raised.value.reason


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("int", "x", "integer"),
        ("bigint", "1.5", "bigint"),
        ("decimal(5,2)", "1e3", "decimal(5,2)"),
        ("date", "20200101", "date"),
        ("boolean", "yes", "boolean"),
    ],
)
def test_a_partition_value_of_another_type(kind: str, value: str, shown: str, tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.table("t", {"n": "int"}, {"p": kind})
    lake.glue.listed["t"][0]["Values"] = [value]
    with pytest.raises(TableError) as raised:
        lake.run("SELECT * FROM t")
    assert raised.value.reason == f"HIVE_INVALID_PARTITION_VALUE: Invalid partition value '{value}' for {shown} partition key: p"


@pytest.mark.parametrize(
    ("kind", "value"), [("int", "07"), ("decimal(5,2)", "1.50"), ("date", "2020-01-02"), ("string", "a\nb"), ("boolean", "TRUE")]
)
def test_a_partition_value_of_its_type(kind: str, value: str, tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.table("t", {"n": "int"}, {"p": kind})
    lake.glue.listed["t"][0]["Values"] = [value]
    assert len(lake.run("SELECT p FROM t")) == 1
