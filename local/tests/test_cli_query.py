"""`lake query`: what it sends, and how it shows what comes back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lake_local.cli.query import render
from lake_local.lake.client import Lake
from lake_local.lake.queries import Answer, split_statements, tables_without_database, value_of

LOCAL = Path(__file__).resolve().parents[1]


def answer(columns: dict[str, str], rows: list[list[str | None]]) -> Answer:
    execution = {"Statistics": {"TotalExecutionTimeInMillis": 1500, "DataScannedInBytes": 10}}
    return Answer("SELECT", execution, [{"Name": name, "Type": kind} for name, kind in columns.items()], rows)


def test_semicolons_in_quotes_and_comments_end_nothing() -> None:
    sql = "-- a; b\nSELECT ';' AS \"x;y\"; /* c; */ SELECT 2;\n-- the end;\n"
    assert split_statements(sql) == ["-- a; b\nSELECT ';' AS \"x;y\"", "/* c; */ SELECT 2"]
    assert split_statements(" ;; -- nothing") == []


def test_numbers_to_the_right() -> None:
    shown = render(answer({"name": "varchar", "n": "bigint"}, [["a", "1"], [None, None], ["bb", "200"]]))
    assert shown.splitlines() == ["name    n", "────  ───", "a       1", "", "bb    200"]


def test_only_a_terminal_cuts() -> None:
    wide = answer({"a": "varchar", "n": "integer"}, [["x" * 100, "1"]])
    assert "x" * 100 in render(wide)
    cut = render(wide, width=40)
    assert max(len(line) for line in cut.splitlines()) <= 40
    assert "…" in cut


def test_newlines_stay_in_their_row() -> None:
    assert len(render(answer({"a": "varchar"}, [["one\ntwo"]])).splitlines()) == 3


def test_values_for_json() -> None:
    assert value_of("5", "bigint") == 5
    assert value_of("1.5", "double") == 1.5
    assert value_of("NaN", "double") == "NaN"
    assert value_of("true", "boolean") is True
    assert value_of(None, "varchar") is None
    assert value_of("5", "varchar") == "5"


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT * FROM a JOIN b USING (x)", {"a", "b"}),
        ("WITH a AS (SELECT 1 AS x) SELECT * FROM a, c", {"c"}),
        ("WITH A AS (SELECT 1 AS x) SELECT * FROM a", set()),
        ("WITH a AS (SELECT * FROM b), c AS (SELECT * FROM a) SELECT * FROM c WHERE x IN (SELECT x FROM d)", {"b", "d"}),
        ("WITH RECURSIVE a(n) AS (SELECT n FROM b UNION ALL SELECT n + 1 FROM a) SELECT * FROM a", {"b"}),
        ("WITH b AS (SELECT * FROM b) SELECT * FROM b", {"b"}),
        ("SELECT * FROM one.a, UNNEST(sequence(1, 2)) AS t(n), A AS again", {"a"}),
        ("SELECT (SELECT max(x) FROM a) AS m FROM b UNION SELECT 1 FROM c", {"a", "b", "c"}),
        ("DESCRIBE a", {"a"}),
        ("SHOW PARTITIONS a", {"a"}),
        ("SHOW TABLES", set()),
        ("not sql at all (", set()),
    ],
)
def test_tables_that_a_statement_names(sql: str, names: set[str]) -> None:
    assert tables_without_database(sql) == names


@pytest.fixture(scope="module")
def shop(server: Lake) -> Lake:
    """Two databases: `one` has people, both have twins."""
    server.client("s3").create_bucket(Bucket="query-data")
    server.client("s3").put_object(Bucket="query-data", Key="people/a.csv", Body="Ana,31\nBo,7\n")
    server.client("athena").update_work_group(
        WorkGroup="primary", ConfigurationUpdates={"ResultConfigurationUpdates": {"OutputLocation": "s3://query-data/results/"}}
    )
    glue = server.client("glue")
    serde = {"SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", "Parameters": {"field.delim": ","}}
    columns = [{"Name": "name", "Type": "string"}, {"Name": "age", "Type": "int"}]
    storage = {"Columns": columns, "Location": "s3://query-data/people/", "SerdeInfo": serde}
    for database, tables in {"one": ("people", "twins"), "two": ("twins", "others")}.items():
        glue.create_database(DatabaseInput={"Name": database})
        for name in tables:
            glue.create_table(DatabaseName=database, TableInput={"Name": name, "StorageDescriptor": storage})
    return server


def lake(shop: Lake, *arguments: str, code: int = 0, stdin: str = "") -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "lake_local", "--state", str(shop.state_dir), "query", *arguments],
        capture_output=True, text=True, timeout=600, check=False, input=stdin, env={**os.environ, "PYTHONPATH": str(LOCAL)},
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done


def test_table_json_csv(shop: Lake) -> None:
    sql = "SELECT name, age FROM people ORDER BY age"
    done = lake(shop, sql)
    assert done.stdout.splitlines() == ["name  age", "────  ───", "Bo      7", "Ana    31"]
    assert "2 rows" in done.stderr and "scanned" in done.stderr
    records: Any = json.loads(lake(shop, sql, "-o", "json").stdout)
    assert records == [{"name": "Bo", "age": 7}, {"name": "Ana", "age": 31}]
    assert lake(shop, "-", "-o", "csv", stdin=sql).stdout == "name,age\nBo,7\nAna,31\n"


def test_file_of_statements_and_parameters(shop: Lake, tmp_path: Path) -> None:
    file = tmp_path / "two.sql"
    file.write_text("SELECT count(*) AS n FROM people; SELECT 2 AS m;", encoding="utf-8")
    assert lake(shop, "-f", str(file), "-o", "csv").stdout == "n\n2\nm\n2\n"
    assert lake(shop, "SELECT age FROM people WHERE name = ?", "--param", "'Bo'", "-o", "csv").stdout == "age\n7\n"


def test_helpful_errors(shop: Lake) -> None:
    assert "tables are: others, people, twins" in lake(shop, "SELECT * FROM nobody", code=1).stderr
    assert "several databases have it (one, two): name one with --database" in lake(shop, "SELECT * FROM twins", code=2).stderr
    assert "people in one" in lake(shop, "SELECT * FROM people, others", code=2).stderr
    assert lake(shop, "SELECT * FROM twins", "--database", "two", "-o", "csv").stdout.startswith("name,age")
    assert "COLUMN_NOT_FOUND" in (said := lake(shop, "SELECT oops FROM people", code=1).stderr) and "describe" in said
    assert "line 1:" in lake(shop, "SELEC 1", code=1).stderr
    assert "no SQL" in lake(shop, " ; ", code=2).stderr
