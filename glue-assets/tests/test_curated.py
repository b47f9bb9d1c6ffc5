"""The curated table: the join, and the switch from one run's files to the next."""

import pytest
from lake_transforms import Catalog, Location, ObjectStore, join_once, publish_table, read_parquet, seller_performance


@pytest.fixture(scope="module")
def frames(spark):
    return {
        "order_items": spark.createDataFrame(
            [("o1", 1, "s1", 10.0), ("o1", 2, "s1", 5.0), ("o2", 1, "s2", 7.0), ("o3", 1, "s1", 1.0), ("o4", 1, None, 2.0)],
            "order_id string, order_item_id int, seller_id string, price double",
        ),
        "order_reviews": spark.createDataFrame(
            [("r1", "o1", 5), ("r1", "o2", 3), ("r2", "o1", 1), ("r9", "o9", 1), ("r4", "o4", 4)],
            "review_id string, order_id string, review_score int",
        ),
        "closed_deals": spark.createDataFrame(
            [("m1", "s1", "sdr1", 100.0), ("m2", "s1", "sdr2", None), ("m9", "s9", "sdr9", 9.0), ("m0", None, "sdr0", 0.0)],
            "mql_id string, seller_id string, sdr_id string, declared_monthly_revenue double",
        ),
    }


def test_seller_performance_has_every_column_once_and_only_rows_with_partners(frames):
    rows = seller_performance(**frames)
    assert sorted(rows.columns) == [
        "declared_monthly_revenue",
        "mql_id",
        "order_id",
        "order_item_id",
        "price",
        "review_id",
        "review_score",
        "sdr_id",
        "seller_id",
    ]
    found = sorted(tuple(row) for row in rows.select("order_id", "order_item_id", "review_id", "mql_id", "seller_id").collect())
    assert found == [("o1", item, review, deal, "s1") for item in (1, 2) for review in ("r1", "r2") for deal in ("m1", "m2")]


def test_columns_on_both_sides_get_the_name_of_their_table(spark):
    left = spark.sql("select 1 as k, 2 as Note")
    assert join_once(left, spark.sql("select 1 as k, 3 as note"), "k", "other").columns == ["k", "Note", "other_note"]
    with pytest.raises(ValueError, match="rename one of them"):
        join_once(left, spark.sql("select 1 as k, 3 as note, 4 as other_note"), "k", "other")
    with pytest.raises(ValueError, match="other has no column 'k' to join on"):
        join_once(left, spark.sql("select 3 as note"), "k", "other")


def test_publishing_replaces_and_keeps_the_run_before(aws, spark, lake, database):
    catalog, target = Catalog(), Location(lake.raw, "tables/seller_performance/")

    def publish(count):
        return publish_table(
            spark.range(count).selectExpr("id", "cast(id as decimal(9,2)) Value", "timestamp'2017-01-01 00:00:00' at"),
            ObjectStore(),
            catalog,
            target=target,
            database=database,
            table="curated_seller_performance",
        )

    def read():
        return spark.read.parquet(catalog.location(database, "curated_seller_performance").uri).count()

    first = publish(3)
    assert (first.rows_out, read()) == (3, 3)
    table = catalog.table(database, "curated_seller_performance")
    assert table["TableType"] == "EXTERNAL_TABLE"
    assert table["Parameters"]["classification"] == "parquet"
    assert [(c["Name"], c["Type"]) for c in table["StorageDescriptor"]["Columns"]] == [
        ("id", "bigint"),
        ("value", "decimal(9,2)"),
        ("at", "timestamp"),
    ]

    second, third = publish(5), publish(0)
    assert (second.rows_out, second.removed, third.rows_out, read()) == (5, [], 0, 0)
    assert third.removed == [first.location.rstrip("/").rsplit("/", 1)[1]]
    assert {key.rsplit("/", 1)[0] for key in lake.keys(lake.raw)} == {
        location.location[len(f"s3://{lake.raw}/") : -1] for location in (second, third)
    }


def test_a_run_that_dies_before_the_switch_changes_nothing_for_readers(aws, spark, lake, database, monkeypatch):
    catalog, target = Catalog(), Location(lake.raw, "tables/x/")

    def publish(count):
        publish_table(spark.range(count).toDF("n"), ObjectStore(), catalog, target=target, database=database, table="x")

    publish(3)
    before = catalog.location(database, "x")
    with monkeypatch.context() as patch, pytest.raises(ConnectionError):
        patch.setattr(Catalog, "point", lambda *_: (_ for _ in ()).throw(ConnectionError))
        publish(4)
    assert catalog.location(database, "x") == before
    assert spark.read.parquet(before.uri).count() == 3
    publish(5)
    assert spark.read.parquet(catalog.location(database, "x").uri).count() == 5


def test_sources_without_data_are_named(lake, spark):
    uris = {name: f"s3://{lake.raw}/tables/{name}/" for name in ("order_items", "order_reviews")}
    with pytest.raises(ValueError, match=r"no data in order_items \(s3://.*, order_reviews \(s3://"):
        read_parquet(spark, ObjectStore(), uris)
