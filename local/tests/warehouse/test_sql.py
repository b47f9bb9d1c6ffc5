"""Redshift's SQL: what is run gives the answer of AWS's documentation, and what is not known to is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lake_local.cloud.warehouse.errors import StatementError
from lake_local.cloud.warehouse.execution import Executor
from lake_local.cloud.warehouse.sql.statements import bound, translated
from lake_local.cloud.warehouse.warehouses import Warehouses
from lake_local.config import Config

from .sql_cases import CHANGES, DATA, QUERIES, REFUSED

NAME = "namespace:trial"


class Database:
    """A warehouse without the lake around it, as its admin sees it."""

    def __init__(self, warehouses: Warehouses) -> None:
        self.warehouses = warehouses
        self.executor = Executor(None)  # type: ignore[arg-type]

    def connect(self, user: str = "admin") -> Any:
        return closing(self.warehouses.open(NAME, "dev", user))

    def run(self, *sqls: str, user: str = "admin", parameters: list[dict[str, str]] | None = None) -> list[list[Any]]:
        """Run statements on one connection. Return the last one's rows."""
        with self.connect(user) as connection:
            return [self.executor.run(connection, None, sql, parameters or []).rows for sql in sqls][-1]  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    warehouses = Warehouses(Config(4566, tmp_path_factory.mktemp("lake"), "key", "secret"))
    warehouses.create(NAME, "admin", "Passw0rd1", "dev")
    found = Database(warehouses)
    found.run(*DATA)
    yield found
    warehouses.stop()


def test_there_are_enough() -> None:
    assert len(QUERIES) + len(CHANGES) + len(REFUSED) >= 80


@pytest.mark.parametrize(("page", "query", "rows"), QUERIES, ids=[f"{page}-{i}" for i, (page, *_) in enumerate(QUERIES)])
def test_query(database: Database, page: str, query: str, rows: list[list[Any]]) -> None:
    assert database.run(query) == rows


@pytest.mark.parametrize(("page", "sqls", "query", "rows"), CHANGES, ids=[f"{page}-{i}" for i, (page, *_) in enumerate(CHANGES)])
def test_change(database: Database, page: str, sqls: list[str], query: str, rows: list[list[Any]]) -> None:
    schema = f"s{abs(hash((page, query, *sqls)))}"
    try:
        assert database.run(f"CREATE SCHEMA {schema}", f"SET search_path TO {schema}", *sqls, query) == rows
    finally:
        database.run(f"DROP SCHEMA {schema} CASCADE")


@pytest.mark.parametrize(("page", "sql", "message"), REFUSED, ids=[f"{page}-{i}" for i, (page, *_) in enumerate(REFUSED)])
def test_refused(database: Database, page: str, sql: str, message: str) -> None:
    with pytest.raises((StatementError, psycopg.Error)) as error:
        database.run(sql)
    assert message in str(error.value)


@pytest.mark.parametrize(
    "sql",
    [
        "COPY mart.users FROM PROGRAM 'id'",
        "COPY mart.users TO '/tmp/x'",
        "CREATE EXTENSION plpgsql",
        "CREATE FUNCTION f() RETURNS int AS 'select 1' LANGUAGE sql",
        "DO $$ BEGIN END $$",
        "SET ROLE lake",
        "SET SESSION AUTHORIZATION lake",
        "RESET ROLE",
        "SHOW ALL",
        "LOAD 'x'",
        "\\! id",
        "SELECT 1; DROP TABLE mart.users",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_sleep(9)",
        "SELECT lo_import('/etc/passwd')",
        "SELECT set_config('role', 'lake', false)",
        "SELECT * FROM pg_authid",
        "SELECT * FROM pg_catalog.pg_authid",
        "SELECT * FROM rs.pg_user",
        "SELECT rs.count_of(1)",
        "SELECT 'pg_authid'::regclass",
        "SELECT query_to_xml('select 1', true, true, '')",
        "SELECT * FROM generate_series(1, 9)",
        "SELECT 1 INTO mart.x",
        "SELECT * FROM mart.users FOR UPDATE",
        "WITH d AS (DELETE FROM mart.users RETURNING userid) SELECT * FROM d",
        "INSERT INTO mart.users VALUES (1, 'x') ON CONFLICT DO NOTHING",
        'CREATE USER "api:admin" PASSWORD DISABLE',
        "GRANT ROLE lake TO admin",
        "GRANT ROLE pg_read_server_files TO admin",
        "EXPLAIN ANALYZE SELECT 1",
        "COMMENT ON TABLE mart.users IS 'x'",
        "SELECT U&'\\0061'",
    ],
)
def test_no_way_out(database: Database, sql: str) -> None:
    with pytest.raises((StatementError, psycopg.Error)):
        database.run(sql)
    assert database.run("SELECT count(*) FROM mart.users") == [[3]]


@pytest.mark.parametrize("user", ["admin", "IAMR:someone"])
def test_users_are_no_superusers(database: Database, user: str) -> None:
    with database.connect(user) as connection:
        for escape in (
            "SET ROLE lake",
            "RESET ROLE; CREATE ROLE x SUPERUSER",
            "SELECT pg_read_file('/etc/passwd')",
            "COPY (SELECT 1) TO PROGRAM 'id'",
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(escape)
        connection.execute("RESET ROLE")
        with pytest.raises(psycopg.Error):
            connection.execute("SELECT * FROM mart.users")


def test_grants_are_enforced(database: Database) -> None:
    database.run(
        "CREATE GROUP readers",
        "CREATE ROLE analyst",
        "CREATE USER joe PASSWORD 'Passw0rd1' IN GROUP readers",
        'CREATE USER "IAMR:Bi" PASSWORD DISABLE',
        'GRANT ROLE analyst TO "IAMR:Bi"',
        "GRANT USAGE ON SCHEMA mart TO GROUP readers",
        "GRANT USAGE ON SCHEMA mart TO ROLE analyst",
        "GRANT SELECT ON mart.users TO GROUP readers",
        "GRANT SELECT (salesid, sellerid) ON mart.sales TO ROLE analyst",
    )
    assert database.run("SELECT count(*) FROM mart.users", user="joe") == [[3]]
    assert database.run("SELECT max(sellerid) FROM mart.sales", user="IAMR:Bi") == [[3]]
    database.run("GRANT SELECT ON mart.users TO PUBLIC", user="joe")  # grants nothing: it is not his to grant
    for user, sql in (
        ("joe", "SELECT * FROM mart.sales"),
        ("joe", "DELETE FROM mart.users"),
        ("joe", "INSERT INTO mart.users VALUES (4, 'x')"),
        ("joe", "CREATE TABLE mart.mine (a INT)"),
        ("joe", "CREATE USER other PASSWORD 'Passw0rd1'"),
        ("IAMR:Bi", "SELECT pricepaid FROM mart.sales"),
        ("IAMR:Bi", "SELECT * FROM mart.users"),
    ):
        with pytest.raises(psycopg.Error, match="permission denied|no privileges|must be"):
            database.run(sql, user=user)
    database.run("ALTER GROUP readers DROP USER joe")
    with pytest.raises(psycopg.Error, match="permission denied"):
        database.run("SELECT * FROM mart.users", user="joe")
    assert database.run("SELECT usename FROM pg_user ORDER BY 1") == [["IAMR:Bi"], ["IAMR:someone"], ["admin"], ["joe"]]
    assert database.run("SELECT groname FROM pg_group ORDER BY 1") == [["analyst"], ["readers"]]


def test_the_admin_owns_what_others_made(database: Database) -> None:
    database.run("CREATE TABLE public.hers (a INT)", user="IAMR:someone")
    database.run("INSERT INTO public.hers VALUES (1)", "ALTER TABLE public.hers ADD COLUMN b INT", "DROP TABLE public.hers")
    database.run("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    with pytest.raises(psycopg.Error, match="permission denied"):
        database.run("CREATE TABLE public.hers (a INT)", user="IAMR:someone")


def test_a_user_signs_in_with_the_password(database: Database) -> None:
    # As PostgreSQL and Redshift take it: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html
    database.run("CREATE USER hashed PASSWORD 'md5153c434b4b77c89e6b94f12c5393af5b'", "CREATE USER plain PASSWORD 'Passw0rd1'")
    with closing(database.warehouses.open_with_password(NAME, "dev", "plain", "Passw0rd1")) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("plain",)
    with pytest.raises(StatementError, match="password authentication failed"):
        database.warehouses.open_with_password(NAME, "dev", "plain", "Passw0rd2")


@pytest.mark.parametrize("value", ["x", "it's", "'; DROP TABLE mart.users; --", "back\\", "\\' OR 1=1 --", "$1", ":b", "ç✓\n"])
def test_a_parameter_is_a_text(database: Database, value: str) -> None:
    assert database.run("SELECT :v", parameters=[{"name": "v", "value": value}]) == [[value]]
    assert database.run("SELECT count(*) FROM mart.users") == [[3]]


def test_parameters_are_named(database: Database) -> None:
    assert database.run("SELECT username FROM mart.users WHERE userid = :id", parameters=[{"name": "id", "value": "2"}]) == [["bo"]]
    with pytest.raises(StatementError, match="Parameter id is not given"):
        bound("SELECT :id", [])
    with pytest.raises(StatementError, match="unused parameters: other"):
        bound("SELECT 1", [{"name": "other", "value": "1"}])


@given(st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_text_is_translated_or_refused(text: str) -> None:
    try:
        translated(text, [])
    except StatementError:
        pass


_PIECES = [token for sql in DATA + [sql for _, sqls, *_ in CHANGES for sql in sqls] for token in sql.replace("(", " ( ").split()]


@given(
    st.sampled_from(DATA + [sql for _, sqls, *_ in CHANGES for sql in sqls]), st.integers(0, 40), st.sampled_from(_PIECES), st.booleans()
)
@settings(max_examples=500, deadline=None)
def test_a_changed_statement_is_translated_or_refused(sql: str, place: int, piece: str, replaces: bool) -> None:
    words = sql.replace("(", " ( ").replace(")", " ) ").replace(",", " , ").split()
    at = place % len(words)
    try:
        translated(" ".join([*words[:at], piece, *words[at + replaces :]]), [])
    except StatementError:
        pass


def test_a_char_has_characters_of_one_byte(database: Database) -> None:
    database.run("CREATE TABLE mart.chars (a CHAR(4))")
    with pytest.raises(psycopg.errors.CheckViolation):
        database.run("INSERT INTO mart.chars VALUES ('é')")
    assert database.run("SELECT count(*) FROM mart.chars") == [[0]]


def test_a_truncate_commits(database: Database) -> None:
    database.run("CREATE TABLE mart.gone AS SELECT 1 AS a")
    with database.connect() as connection:
        connection.execute("BEGIN")
        database.executor.run(connection, None, "TRUNCATE mart.gone", [])  # type: ignore[arg-type]
        database.executor.run(connection, None, "INSERT INTO mart.gone VALUES (2)", [])  # type: ignore[arg-type]
        connection.execute("ROLLBACK")
    assert database.run("SELECT count(*) FROM mart.gone") == [[0]]


def test_a_warehouse_survives(database: Database, tmp_path: Path) -> None:
    """A restart, and the death of the process that holds it."""
    warehouses = Warehouses(Config(4566, tmp_path, "key", "secret"))
    warehouses.create("cluster:kept", "admin", "Passw0rd1", "dev")
    trial = Database(warehouses)

    def run(held: Warehouses, sql: str) -> list[list[Any]]:
        with closing(held.open("cluster:kept", "dev", "admin")) as connection:
            return trial.executor.run(connection, None, sql, []).rows  # type: ignore[arg-type]

    assert not list(tmp_path.rglob("pgdata"))
    run(warehouses, "CREATE TABLE kept AS SELECT 1 AS a")
    folder = tmp_path / "warehouse" / "cluster-kept"
    assert folder.stat().st_mode & 0o77 == 0
    warehouses.stop()
    assert not (folder / "pgdata" / "postmaster.pid").exists()
    again = Warehouses(Config(4566, tmp_path, "key", "secret"))
    assert run(again, "SELECT a FROM kept") == [[1]]
    # What a killed lake leaves behind is ended by the next one.
    after = Warehouses(Config(4566, tmp_path, "key", "secret"))
    assert run(after, "SELECT a FROM kept") == [[1]]
    after.remove("cluster:kept")
    assert not folder.exists()
    again.stop()
