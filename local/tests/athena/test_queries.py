"""Queries through Athena's API, as boto3 sends them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from .athena_shop import BUCKET, DATABASE, Shop


def test_rows_types_and_header(shop: Shop) -> None:
    got = shop.results("SELECT id, price, seller, bought, note FROM orders ORDER BY id LIMIT 2")
    assert [cell["VarCharValue"] for cell in got["ResultSet"]["Rows"][0]["Data"]] == ["id", "price", "seller", "bought", "note"]
    assert [[cell.get("VarCharValue") for cell in row["Data"]] for row in got["ResultSet"]["Rows"][1:]] == [
        ["0", "0.0", "seller0", "2018-01-01 00:00:00.000", None],
        ["1", "1.5", "seller1", "2018-01-02 00:00:00.000", None],
    ]
    columns = got["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert [column["Type"] for column in columns] == ["bigint", "double", "varchar", "timestamp", "varchar"]
    assert got["UpdateCount"] == 0


def test_columns_of_parquet_are_matched_by_name(shop: Shop) -> None:
    assert shop.rows("SELECT id, price, note FROM orders WHERE id >= 9 ORDER BY id") == [["9", "13.5", None], ["10", None, "late"]]


def test_hidden_objects_are_not_read(shop: Shop) -> None:
    assert shop.rows("SELECT count(*) FROM orders") == [["11"]]


def test_csv_is_read_line_by_line_with_quotes_as_text(shop: Shop) -> None:
    assert shop.rows("SELECT * FROM people") == [["Ana", "31", "4.5"], ['"Bo', None, None], [None, "7", None]]


def test_open_csv_knows_quotes_and_no_newlines_in_them(shop: Shop) -> None:
    assert shop.rows("SELECT * FROM quoted") == [["1", 'a, "b"'], ["2", "open"], ['line"', ""]]


def test_json_with_nested_columns(shop: Shop) -> None:
    assert shop.rows("SELECT id, tags, who, who.name FROM events ORDER BY id") == [
        ["1", "[a, b]", "{name=Ana}", "Ana"],
        ["2", "[]", None, None],
    ]


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("SELECT who.session.issuer.name FROM calls", "eve"),
        ("SELECT calls.who.session.issuer.name FROM calls", "eve"),
        ("SELECT c.who.session.issuer.name FROM calls c WHERE c.who.session.issuer.name = 'eve'", "eve"),
        ("SELECT person.address.city.name FROM nested", "Lima"),
        ("SELECT person.address.city FROM nested", "{name=Lima}"),
        (f"SELECT {DATABASE}.nested.other FROM {DATABASE}.nested", "1"),
    ],
)
def test_fields_of_fields(shop: Shop, sql: str, value: str) -> None:
    assert shop.rows(sql) == [[value]]


def test_partitions_are_columns_and_pruned(shop: Shop) -> None:
    assert shop.rows("SELECT n, year, region FROM days ORDER BY n") == [["1", "2017", "br"], ["2", "2018", "br"], ["3", "2018", "pt"]]
    assert shop.rows("SELECT n FROM days WHERE year = 2018 AND region IN ('br')") == [["2"]]
    everything = shop.run("SELECT n FROM days")["Statistics"]["DataScannedInBytes"]
    some = shop.run("SELECT n FROM days WHERE year > 2017 AND region = 'br'")["Statistics"]["DataScannedInBytes"]
    assert 0 < some == everything / 3


def test_path_of_a_row(shop: Shop) -> None:
    assert shop.rows('SELECT DISTINCT "$path" FROM people') == [[f"s3://{BUCKET}/people/a.csv"]]


def test_parquet_scans_only_the_columns_that_are_named(shop: Shop) -> None:
    one = shop.run("SELECT sum(id) FROM orders")["Statistics"]["DataScannedInBytes"]
    everything = shop.run("SELECT * FROM orders")["Statistics"]["DataScannedInBytes"]
    assert 0 < one < everything


def test_unnamed_columns_get_athenas_names(shop: Shop) -> None:
    columns = shop.results("SELECT 1, id, count(*) FROM orders GROUP BY id")["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert [column["Name"] for column in columns] == ["_col0", "id", "_col2"]


def test_result_object(shop: Shop) -> None:
    execution = shop.run("SELECT 'a \"b\"' AS x, CAST(NULL AS varchar) AS y")
    location = execution["ResultConfiguration"]["OutputLocation"]
    assert location == f"s3://{BUCKET}/results/{execution['QueryExecutionId']}.csv"
    body = shop.lake.client("s3").get_object(Bucket=BUCKET, Key=location.split("/", 3)[3])["Body"].read().decode()
    assert body == '"x","y"\n"a ""b""",\n'


def test_pages(shop: Shop) -> None:
    identity = shop.run("SELECT i FROM unnest(sequence(1, 2500)) AS t(i)")["QueryExecutionId"]
    pages = list(shop.lake.client("athena").get_paginator("get_query_results").paginate(QueryExecutionId=identity))
    values = [row["Data"][0]["VarCharValue"] for page in pages for row in page["ResultSet"]["Rows"]]
    assert [len(page["ResultSet"]["Rows"]) for page in pages] == [1000, 1000, 501]
    assert values == ["i", *map(str, range(1, 2501))]


def test_parameters(shop: Shop) -> None:
    assert shop.rows("SELECT id FROM orders WHERE seller = ? AND id > ? ORDER BY id", ExecutionParameters=["'seller0'", "5"]) == [
        ["6"],
        ["9"],
        ["10"],
    ]
    assert "Incorrect number of parameters" in shop.error("SELECT ?", ExecutionParameters=["1", "2"])


def test_prepared_statement(shop: Shop) -> None:
    shop.lake.client("athena").create_prepared_statement(
        StatementName="one", WorkGroup="primary", QueryStatement="SELECT id FROM orders WHERE id = ?"
    )
    assert shop.rows("EXECUTE one USING 3") == [["3"]]


def test_client_request_token(shop: Shop) -> None:
    token = "t" * 40
    first = shop.start("SELECT 1", ClientRequestToken=token)
    assert shop.start("SELECT 1", ClientRequestToken=token) == first
    with pytest.raises(ClientError, match="Idempotent parameters do not match"):
        shop.start("SELECT 2", ClientRequestToken=token)


def test_errors_are_athenas(shop: Shop) -> None:
    assert "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.shop.nothing' does not exist" in shop.error("SELECT * FROM nothing")
    assert "SCHEMA_NOT_FOUND" in shop.error("SELECT * FROM nowhere.nothing")
    assert "COLUMN_NOT_FOUND: line 1:8: Column 'oops' cannot be resolved" in shop.error("SELECT oops FROM orders")
    assert "DIVISION_BY_ZERO" in shop.error("SELECT 1 / (id - id) FROM orders")
    assert "FUNCTION_NOT_FOUND" in shop.error("SELECT frobnicate(1)")
    with pytest.raises(ClientError, match="line 1:"):
        shop.start("SELEC 1")
    with pytest.raises(ClientError, match="not found"):
        shop.lake.client("athena").get_query_execution(QueryExecutionId="0" * 36)


def test_work_group_keeps_its_configuration_and_enforces_it(shop: Shop) -> None:
    athena = shop.lake.client("athena")
    athena.create_work_group(
        Name="team",
        Configuration={
            "EnforceWorkGroupConfiguration": True,
            "BytesScannedCutoffPerQuery": 10_000_000,
            "ResultConfiguration": {"OutputLocation": f"s3://{BUCKET}/team/", "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"}},
        },
    )
    execution = shop.run("SELECT 1", WorkGroup="team", ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/elsewhere/"})
    assert execution["ResultConfiguration"]["OutputLocation"].startswith(f"s3://{BUCKET}/team/")
    assert execution["ResultConfiguration"]["EncryptionConfiguration"] == {"EncryptionOption": "SSE_S3"}
    assert athena.list_query_executions(WorkGroup="team")["QueryExecutionIds"] == [execution["QueryExecutionId"]]
    with pytest.raises(ClientError, match="not found"):
        shop.start("SELECT 1", WorkGroup="nobody")


def test_stop(shop: Shop) -> None:
    identity = shop.start(
        "SELECT count(*) FROM unnest(sequence(1, 10000)) AS a(x) CROSS JOIN unnest(sequence(1, 10000)) AS b(y) "
        "CROSS JOIN unnest(sequence(1, 1000)) AS c(z) WHERE x * y % 7 = z"
    )
    shop.lake.client("athena").stop_query_execution(QueryExecutionId=identity)
    assert shop.wait(identity)["Status"]["State"] == "CANCELLED"
    assert shop.rows("SELECT 1") == [["1"]]


def test_archived_objects_are_passed_over(shop: Shop) -> None:
    shop.put("people/old.csv", "h\nOld,99,1\n", StorageClass="GLACIER")
    try:
        assert shop.rows("SELECT count(*) FROM people") == [["3"]]
    finally:
        shop.lake.client("s3").delete_object(Bucket=BUCKET, Key="people/old.csv")


def test_information_schema(shop: Shop) -> None:
    assert shop.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'shop' AND table_name LIKE 'o%'") == [
        ["orders"]
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        'SELECT * FROM "/etc/passwd"',
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT getenv('HOME')",
        "SELECT * FROM duckdb_settings()",
        'SELECT * FROM "main"."duckdb_settings"',
    ],
)
def test_no_way_to_this_machine(shop: Shop, sql: str) -> None:
    reason = shop.error(sql)
    assert "root:" not in reason


@pytest.mark.parametrize(
    "sql",
    [
        "COPY orders TO '/tmp/x'",
        "ATTACH '/tmp/x.db'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "PRAGMA version",
        "SELECT * FROM glob('/*')",
        "CALL pragma_version()",
        "SELECT 1; SELECT 2",
    ],
)
def test_only_athenas_statements(shop: Shop, sql: str) -> None:
    with pytest.raises(ClientError, match="line 1:"):
        shop.start(sql)


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        (
            "SELECT price * 2 AS double_price FROM orders WHERE double_price > 3",
            "COLUMN_NOT_FOUND: line 1:52: Column 'double_price' cannot be resolved",
        ),
        ("SELECT upper(seller) AS who, count(*) FROM orders GROUP BY who", "COLUMN_NOT_FOUND"),
        ("SELECT * FROM orders WHERE bought > '2018-01-01'", "TYPE_MISMATCH: line 1:28: Cannot apply operator: timestamp > varchar(10)"),
        ("SELECT * FROM orders WHERE id = '1'", "Cannot apply operator: bigint = varchar(1)"),
        ("SELECT * FROM orders WHERE seller IN ('a', 5)", "Cannot apply operator: varchar IN integer"),
        ("SELECT * FROM days WHERE year = '2018'", "Cannot apply operator: integer = varchar(4)"),
    ],
)
def test_what_athena_refuses_is_refused(shop: Shop, sql: str, reason: str) -> None:
    assert reason in shop.error(sql)


def test_what_athena_takes_is_taken(shop: Shop) -> None:
    assert shop.rows(
        "SELECT count(*) AS n, seller AS s FROM orders WHERE bought > timestamp '2018-01-02 00:00:00' AND id > 1.5 GROUP BY seller "
        "HAVING count(*) > 1 ORDER BY s, n"
    ) == [["3", "seller0"], ["2", "seller1"], ["3", "seller2"]]
    assert shop.rows("SELECT seller AS id FROM orders o WHERE o.id = 1 AND o.id BETWEEN 0 AND 2") == [["seller1"]]


def test_queries_leave_nothing_open(shop: Shop) -> None:
    """The server keeps neither a client nor a session for each query: it had four open sockets more after each."""
    descriptors = Path(f"/proc/{shop.lake.pid}/fd")
    if not descriptors.exists():
        pytest.skip("needs Linux, to count open files")
    athena = shop.lake.client("athena")

    def ask(sql: str) -> int:
        """Ask with one client, and return how many files the server has open then."""
        output = {"OutputLocation": f"s3://{BUCKET}/results/"}
        context = {"Database": shop.database}
        started = athena.start_query_execution(QueryString=sql, QueryExecutionContext=context, ResultConfiguration=output)
        identity = started["QueryExecutionId"]
        while athena.get_query_execution(QueryExecutionId=identity)["QueryExecution"]["Status"]["State"] in ("QUEUED", "RUNNING"):
            time.sleep(0.02)
        return len(list(descriptors.iterdir()))

    before = max(ask("SELECT count(*) FROM people") for _ in range(4))
    assert ask("SELECT 1") < before + 20
    assert max(ask(f"SELECT count(*) + {number} FROM people") for number in range(20)) < before + 20
