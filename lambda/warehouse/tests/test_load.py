"""The load of a table, against botocore's own models of Glue and the Data API."""

import hashlib
import json

import pytest
from botocore.stub import ANY

TABLE = {
    "job": "curate",
    "name": "seller_performance",
    "database": "curated",
    "catalogTable": "curated_seller_performance",
    "distribution": "EVEN",
    "usualSortKey": ["seller_id", "sr_id"],
    "views": {"best": "SELECT seller_id FROM lake.seller_performance"},
}
LOCATION = "s3://curated/tables/seller_performance/20260101T000000Z-00000001/"
COLUMNS = [{"Name": "order_id", "Type": "string"}, {"Name": "seller_id", "Type": "string"}, {"Name": "price", "Type": "double"}]
TYPED = '"order_id" varchar(65535), "seller_id" varchar(65535), "price" double precision'
LISTED = '"order_id", "seller_id", "price"'
ROLE = "arn:aws:iam::111122223333:role/copy"
NAME = 'lake."seller_performance"'
EXPECTED = [
    f'CREATE TABLE IF NOT EXISTS {NAME} ({TYPED}) DISTSTYLE EVEN COMPOUND SORTKEY ("seller_id")',
    f'CREATE TEMP TABLE "seller_performance_load" ({TYPED}) DISTSTYLE EVEN',
    f"COPY \"seller_performance_load\" FROM '{LOCATION}' IAM_ROLE '{ROLE}' FORMAT AS PARQUET",
    f"LOCK TABLE {NAME}",
    f"DELETE FROM {NAME}",
    f'INSERT INTO {NAME} ({LISTED}) SELECT {LISTED} FROM "seller_performance_load"',
    'DROP TABLE "seller_performance_load"',
    f"GRANT SELECT ON {NAME} TO GROUP lake_readers",
    'CREATE OR REPLACE VIEW lake."best" AS SELECT seller_id FROM lake.seller_performance',
    'GRANT SELECT ON lake."best" TO GROUP lake_readers',
]
TARGET = {"WorkgroupName": "lake-wg", "Database": "lake"}


@pytest.fixture
def module(load, monkeypatch):
    for name, value in {
        "TABLES": json.dumps([TABLE, {**TABLE, "job": "other", "name": "other"}]),
        "TARGET": '{"WorkgroupName": "lake-wg"}',
        "DATABASE": "lake",
        "COPY_ROLE": ROLE,
        "STATEMENT_NAME": "Lake-Load/",
    }.items():
        monkeypatch.setenv(name, value)
    return load("load")


def event(job="curate", run="jr_1"):
    return {"detail": {"jobName": job, "jobRunId": run, "state": "SUCCEEDED"}}


def has(stubs, columns=COLUMNS, location=LOCATION):
    answer = {"Table": {"Name": "curated_seller_performance", "StorageDescriptor": {"Columns": columns, "Location": location}}}
    stubs("glue").add_response("get_table", answer, {"DatabaseName": "curated", "Name": "curated_seller_performance"})


def describes(stubs, columns=()):
    answer = {"TableName": "seller_performance", "ColumnList": [{"name": name, "typeName": kind} for name, kind in columns]}
    stubs("redshift-data").add_response("describe_table", answer, {**TARGET, "Schema": "lake", "Table": "seller_performance"})


def starts(stubs, sqls=ANY, run="jr_1"):
    token = hashlib.sha256(f"seller_performance {run}".encode()).hexdigest()
    expected = {**TARGET, "Sqls": sqls, "StatementName": "Lake-Load/seller_performance", "WithEvent": True, "ClientToken": token}
    stubs("redshift-data").add_response("batch_execute_statement", {"Id": "one"}, expected)


def test_the_first_load_makes_the_table_and_what_reads_it(module, stubs):
    has(stubs)
    describes(stubs)
    starts(stubs, EXPECTED)
    assert module.handler(event(), None) == ["one"]


def test_it_loads_what_the_catalog_names_at_that_moment(module, stubs):
    has(stubs, location="s3://curated/tables/seller_performance/20260202T000000Z-00000002")
    describes(stubs)
    # With its slash: another run could begin with the same characters.
    starts(stubs, [sql.replace("20260101T000000Z-00000001", "20260202T000000Z-00000002") for sql in EXPECTED])
    module.handler(event(), None)


def test_an_event_that_comes_twice_has_one_token_and_another_run_another(module, stubs):
    for run in ("jr_1", "jr_1", "jr_2"):
        has(stubs)
        describes(stubs)
        starts(stubs, run=run)
        module.handler(event(run=run), None)


def test_nothing_truncates(module):
    assert not any("TRUNCATE" in sql for sql in EXPECTED)
    assert not any(sql in ("BEGIN", "COMMIT", "END") for sql in EXPECTED), "a batch is one transaction"


def test_a_new_column_is_added_before_the_load(module, stubs):
    has(stubs)
    describes(stubs, [("order_id", "varchar"), ("seller_id", "varchar")])
    starts(stubs, [*EXPECTED[:1], f'ALTER TABLE {NAME} ADD COLUMN "price" double precision', *EXPECTED[1:]])
    module.handler(event(), None)


def test_a_column_of_another_type_starts_no_load(module, stubs):
    has(stubs)
    describes(stubs, [("order_id", "varchar"), ("seller_id", "varchar"), ("price", "int4")])
    with pytest.raises(Exception, match="price from int4 to double precision"):
        module.handler(event(), None)


def test_a_table_that_no_run_has_published_is_refused(module, stubs):
    has(stubs, columns=[])
    with pytest.raises(ValueError, match="the catalog has no columns of curated_seller_performance"):
        module.handler(event(), None)


def test_a_job_that_makes_no_table_of_the_warehouse_is_refused(module):
    with pytest.raises(ValueError, match="job somebody makes no table"):
        module.handler(event(job="somebody"), None)


@pytest.mark.parametrize(
    ("settings", "attributes"),
    [
        ({"distribution": "EVEN"}, "DISTSTYLE EVEN"),
        ({"distribution": "ALL", "sortKey": ["price", "order_id"]}, 'DISTSTYLE ALL COMPOUND SORTKEY ("price", "order_id")'),
        ({"distribution": "KEY", "distributionKey": "seller_id", "sortKey": []}, 'DISTSTYLE KEY DISTKEY ("seller_id")'),
        ({"distribution": "AUTO", "usualSortKey": ["sr_id"]}, "DISTSTYLE AUTO"),
        ({"distribution": "EVEN", "usualSortKey": ["seller_id"], "sortKey": []}, "DISTSTYLE EVEN"),
    ],
)
def test_distribution_and_sort_key(module, settings, attributes):
    columns = {"order_id": "varchar(10)", "seller_id": "varchar(10)", "price": "real"}
    assert module.attributes({"name": "t", **settings}, columns) == attributes


@pytest.mark.parametrize("settings", [{"sortKey": ["nothing"]}, {"distributionKey": "nothing"}])
def test_a_key_that_the_table_has_not_is_refused(module, settings):
    with pytest.raises(ValueError, match="table t has no column nothing, which its sort or distribution key names; it has a"):
        module.attributes({"name": "t", "distribution": "EVEN", **settings}, {"a": "real"})


def test_whatever_is_in_a_name_stays_in_it(load):
    data_api = load("data_api")
    assert data_api.quoted('a"; DROP TABLE x; --') == '"a""; DROP TABLE x; --"'
    assert data_api.literal("it's \\") == "'it''s \\\\'"
