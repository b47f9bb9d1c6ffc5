"""Ways out of a query: each must fail, whatever the catalog or the user says.

`before` marks the attacks that succeeded when types went unparsed to DuckDB and the connection was locked after its tables were placed.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lake_local.cloud.athena.errors import InvalidRequest
from lake_local.cloud.tables import sql
from lake_local.cloud.tables.errors import TableError
from sqlglot import exp

from .athena_fakes import Lake

SECRET = "s3cr3t"
# What DuckDB, sqlglot and Python say about themselves.
INTERNALS = re.compile(r"Token|<class|INT\d+|duckdb|sqlglot|Traceback|\$table|athena_|Candidate")


class Attack:
    """A lake beside a file that no query may read, and a place where none may write."""

    def __init__(self, folder: Path) -> None:
        self.secret, self.written = folder / "secret.csv", folder / "written.csv"
        self.secret.write_text(f"{SECRET}_column,other\n{SECRET},1\n", encoding="utf-8")
        (folder / "lake").mkdir()
        self.lake = Lake(folder / "lake")

    def fill(self, text: str) -> str:
        return text.replace("SECRET", str(self.secret)).replace("WRITTEN", str(self.written))

    def succeeded(self, rows: Any) -> bool:
        return SECRET in json.dumps([rows, self.lake.glue.tables], default=str) or self.written.exists()


@pytest.fixture
def attack(tmp_path_factory: pytest.TempPathFactory) -> Attack:
    return Attack(tmp_path_factory.mktemp("escape"))


def column(kind: str) -> Callable[[Attack], None]:
    return lambda attack: attack.lake.table("t", {"a": attack.fill(kind)})


def partition(kind: str) -> Callable[[Attack], None]:
    return lambda attack: attack.lake.table("t", {"n": "int"}, {"p": attack.fill(kind)})


def named(name: str) -> Callable[[Attack], None]:
    return lambda attack: attack.lake.table("t", {attack.fill(name): "string"})


def stored(**storage: Any) -> Callable[[Attack], None]:
    def make(attack: Attack) -> None:
        attack.lake.table("t", {"a": "string"}, storage=json.loads(attack.fill(json.dumps(storage))))

    return make


def serde(name: str, value: str) -> Callable[[Attack], None]:
    return stored(SerdeInfo={"SerializationLibrary": TEXT, "Parameters": {name: value}})


def damaged_view(attack: Attack) -> None:
    attack.lake.table("t", {"a": "int"}, TableType="VIRTUAL_VIEW", ViewOriginalText="/* Presto View: bnVsbA== */")


def view(query: str) -> Callable[[Attack], None]:
    def make(attack: Attack) -> None:
        text = base64.b64encode(json.dumps({"originalSql": attack.fill(query), "schema": "shop"}).encode()).decode()
        attack.lake.table("t", {"a": "string"}, TableType="VIRTUAL_VIEW", ViewOriginalText=f"/* Presto View: {text} */")

    return make


READ = "CAST((SELECT content FROM read_text('SECRET')) AS varchar"
COPY = "COPY (SELECT 1 AS x) TO 'WRITTEN'"
STEAL = "CREATE TABLE stolen AS SELECT content AS a FROM read_text('SECRET'); CREATE OR REPLACE VIEW \"$table0\" AS SELECT a FROM stolen"
STEAL_BOTH = STEAL.replace("SELECT a FROM", "SELECT 1 AS n, a AS p FROM")
REST = "SELECT 1 FROM (SELECT CAST(NULL AS varchar"
TEXT = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
RECURSIVE = 'WITH RECURSIVE a AS (SELECT * FROM "SECRET"), "SECRET" AS (SELECT 1 AS x) SELECT * FROM a'
SELECT = "SELECT * FROM t"
before = True
# What prepares the attack, the statement that carries it out, whether it succeeded before.
ESCAPES: dict[str, tuple[Callable[[Attack], None], str, bool]] = {
    "decimal reads a file": (column(f"decimal(1,0)) AS a); {STEAL}; {REST}"), SELECT, before),
    "decimal writes a file": (column(f"decimal(1,0)) AS a); {COPY}; {REST}"), SELECT, before),
    "decimal with a subquery": (column(f"decimal(1,0)), {READ}"), SELECT, False),
    "decimal in an array": (column("array<decimal(1,0)), CAST((SELECT [content] FROM read_text('SECRET')) AS varchar>"), SELECT, False),
    "decimal in a map": (column(f"map<string,decimal(1,0))) AS a); {STEAL}; SELECT 1 FROM (SELECT (CAST(NULL AS varchar>"), SELECT, before),
    "field of a struct": (
        column(f'struct<b" integer)) AS a); {COPY}; SELECT 1 FROM (SELECT CAST(NULL AS struct("c:int>'),
        SELECT,
        before,
    ),
    "partition key reads": (partition(f"decimal(1,0)) AS p FROM (SELECT 1 AS n)); {STEAL_BOTH}; {REST}"), SELECT, before),
    "partition key writes": (partition(f"decimal(1,0)) AS p FROM (SELECT 1 AS n)); {COPY}; {REST}"), SELECT, before),
    "pruning by a partition key": (partition(f"decimal(1,0)), {READ}"), "SELECT * FROM t WHERE p = 1", False),
    "varchar": (column(f"varchar(1)), {READ}"), SELECT, False),
    "name of a column": (named(f'a", {READ}) AS "b'), SELECT, False),
    "name of a column with a NUL": (named(f'a\0", {READ}) AS "b'), SELECT, False),
    "null format": (serde("serialization.null.format", f"') OR 1=1; {COPY}"), SELECT, False),
    "delimiter": (serde("field.delim", f"'), {COPY}; --"), SELECT, False),
    "lines to skip": (serde("skip.header.line.count", f"0); {COPY}; --"), SELECT, False),
    "location on this machine": (stored(Location="file://SECRET"), SELECT, False),
    "location with a quote": (stored(Location="s3://b/t'] || ['SECRET"), SELECT, False),
    "view over a forward name": (view(RECURSIVE), SELECT, False),
    "view that reads a file": (view("SELECT * FROM read_csv('SECRET')"), SELECT, False),
    "view of two statements": (view(f"SELECT 1; {COPY}"), SELECT, False),
    "view that copies": (view(COPY), SELECT, False),
    "view that is damaged": (damaged_view, SELECT, False),
    "forward name into the catalog": (column("int"), f"CREATE VIEW v AS {RECURSIVE}", before),
    "forward name in a query": (column("int"), RECURSIVE, False),
    "forward name in EXPLAIN": (column("int"), f"EXPLAIN {RECURSIVE}", False),
    "forward name written": (column("int"), f"CREATE TABLE c AS {RECURSIVE}", False),
    "file as a table": (column("int"), 'SELECT * FROM "SECRET"', False),
    "file as a quoted text": (column("int"), "SELECT * FROM 'SECRET'", False),
    "type of a new table": (
        column("int"),
        f"CREATE EXTERNAL TABLE c (a decimal(1,0)), {READ}) LOCATION 's3://b/t/'",
        False,
    ),
    "type of a cast": (column("int"), f'SELECT CAST(1 AS "integer); {COPY}; --")', False),
    "unit of an interval": (column("int"), f"SELECT date '2020-01-01' + interval '1' \"day; {COPY}\"", False),
    "comment that closes itself": (column("int"), f"SELECT 1 -- */; {COPY}", False),
}
for function in ("read_csv", "read_text", "read_blob", "read_parquet", "read_json", "glob", "sniff_csv", "parquet_metadata"):
    ESCAPES[f"table function {function}"] = (column("int"), f"SELECT * FROM {function}('SECRET')", False)
STATEMENTS = ("ATTACH 'WRITTEN'", "INSTALL httpfs", "LOAD httpfs", "PRAGMA database_list", "SET threads = 1", "EXPORT DATABASE 'WRITTEN'")
for statement in (COPY, *STATEMENTS):
    ESCAPES[f"statement {statement.split()[0]}"] = (column("int"), statement, False)
    ESCAPES[f"second statement {statement.split()[0]}"] = (column("int"), f"SELECT 1; {statement}", False)


@pytest.mark.parametrize("name", ESCAPES)
def test_no_way_out(attack: Attack, name: str) -> None:
    prepare, statement, _ = ESCAPES[name]
    prepare(attack)
    rows: Any = None
    try:
        rows = attack.lake.run(attack.fill(statement))
    except (TableError, InvalidRequest) as error:
        message = error.reason if isinstance(error, TableError) else error.message
        assert not INTERNALS.search(message) and SECRET not in message, message
    assert not attack.succeeded(rows), rows


def test_a_connection_is_locked_before_anything_is_placed(attack: Attack) -> None:
    """What the other barriers let through would still meet this one."""
    import duckdb
    from lake_local.cloud.tables.session import Session

    folder = attack.lake.folder / "own"
    folder.mkdir()
    session = Session(None, None, folder)  # type: ignore[arg-type]
    session.open()
    for statement in (
        "SELECT * FROM 'SECRET'",
        "SELECT * FROM read_text('SECRET')",
        f"SELECT * FROM read_text('{folder}/../../secret.csv')",
        "SELECT * FROM glob('/*')",
        COPY,
        "ATTACH 'WRITTEN'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "RESET lock_configuration",
    ):
        with pytest.raises(duckdb.Error):
            session.execute(attack.fill(statement))
    with pytest.raises(TableError, match="more than one statement"):
        session.execute("SELECT 1; SELECT 2")
    with pytest.raises(TableError, match="no SELECT"):
        session.query("CREATE TABLE x (a INTEGER)")
    session.close()
    assert not attack.written.exists()


def test_a_parameter_is_a_value(attack: Attack) -> None:
    attack.lake.table("t", {"n": "int"})
    statement = "SELECT n FROM t WHERE n = ? AND n = 2"
    assert attack.lake.run(statement, ["1"]) == []
    for parameter in ("1 --", "1 /*", "1 OR n = 1", "(SELECT n FROM t)", "CAST((SELECT n FROM t) AS integer) --"):
        try:
            assert attack.lake.run(statement, [parameter]) == []
        except (TableError, InvalidRequest) as error:
            assert not INTERNALS.search(str(error))


WORDS = "decimal(1,0) struct<a:int array< map<string, int string AS SELECT COPY FROM read_text('SECRET') 'SECRET' \"SECRET\" 1e5 @x é"
SIGNS = "> ) ( , ; : ' \" ` -- /* */ \\ $1 ? {{ }}"
PIECES = st.sampled_from([*WORDS.split(), *SIGNS.split(), "\0", "\n", " "])
TEXTS = st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=20)
_SETTINGS = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@_SETTINGS
@given(kind=TEXTS, name=TEXTS, key=TEXTS, null=TEXTS, location=TEXTS)
def test_whatever_the_catalog_says(attack: Attack, kind: str, name: str, key: str, null: str, location: str) -> None:
    storage = {
        "Location": f"s3://b/{location}",
        "SerdeInfo": {"SerializationLibrary": TEXT, "Parameters": {"serialization.null.format": null}},
    }
    attack.lake.s3.objects["a'b/x.csv"] = b"1\n"
    for partitions in ({}, {"p": attack.fill(key)}):
        attack.lake.table("t", {attack.fill(name): attack.fill(kind), "n": "int"}, partitions)
        _fails_politely(attack, SELECT)
    attack.lake.table("t", {attack.fill(name): "string"}, storage=storage)
    _fails_politely(attack, SELECT)


@_SETTINGS
@given(text=TEXTS, parameter=TEXTS)
def test_whatever_the_user_says(attack: Attack, text: str, parameter: str) -> None:
    attack.lake.table("t", {"n": "int"})
    for statement in (text, f"SELECT {text}", f"SELECT n FROM t WHERE {text}", f"SELECT 1 AS {text}", f"CREATE VIEW v AS SELECT {text}"):
        attack.lake.glue.tables.pop("v", None)
        _fails_politely(attack, attack.fill(statement))
    _fails_politely(attack, "SELECT n FROM t WHERE n = ?", [attack.fill(parameter)])


def _fails_politely(attack: Attack, statement: str, parameters: list[str] | None = None) -> None:
    """Run a statement: it succeeds without the secret, or fails with an error of ours."""
    rows: Any = None
    try:
        rows = attack.lake.run(statement, parameters)
    except (TableError, InvalidRequest):
        pass
    assert not attack.succeeded(rows)


@_SETTINGS
@given(text=TEXTS.filter(lambda text: text and "\0" not in text))
def test_names_are_quoted_as_sqlglot_quotes_them(text: str) -> None:
    assert sql.identifier(text) == exp.to_identifier(text, quoted=True).sql("duckdb")
    assert sql.literal(text) == exp.Literal.string(text).sql("duckdb")
