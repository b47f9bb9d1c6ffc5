"""The queries give the right answers although the joined table repeats deals and reviews."""

from pathlib import Path

import duckdb
import pytest
import sqlglot

QUERIES = Path(__file__).resolve().parents[1] / "sql" / "athena"

ITEMS = (
    "('o1', 1, 's1', 10.0, timestamp '2017-01-02 10:00:00'), ('o1', 2, 's1', 5.0, timestamp '2017-01-03 10:00:00'), "
    "('o2', 1, 's1', 1.0, timestamp '2017-02-01 00:00:00'), ('o2', 2, 's2', 1.0, timestamp '2017-02-01 00:00:00')"
)
REVIEWS = (
    "('r1', 'o1', 5, timestamp '2017-01-05 00:00:00'), ('r2', 'o1', 1, timestamp '2017-01-05 00:00:00'), "
    "('r1', 'o2', 5, timestamp '2017-02-05 00:00:00')"
)
DEALS = (
    "('m1', 's1', 'd1', 100.0, timestamp '2016-01-01 00:00:00'), ('m2', 's1', 'd1', 50.0, timestamp '2016-06-01 00:00:00'), "
    "('m3', 's2', 'd2', cast(null as double), timestamp '2016-06-02 00:00:00')"
)


@pytest.fixture(scope="module")
def lake_tables():
    with duckdb.connect() as connection:
        connection.execute(f"""
            create table raw_order_items as from (values {ITEMS}) t(order_id, order_item_id, seller_id, price, shipping_limit_date);
            create table raw_order_reviews as from (values {REVIEWS}) t(review_id, order_id, review_score, review_creation_date);
            create table raw_closed_deals as from (values {DEALS}) t(mql_id, seller_id, sdr_id, declared_monthly_revenue, won_date);
            create table raw_sellers as from (values ('s1'), ('s2')) t(seller_id);
            create table curated_seller_performance as from raw_order_items join raw_order_reviews using (order_id)
                join raw_closed_deals using (seller_id);
        """)
        yield connection


def run(connection, name):
    statements = sqlglot.transpile((QUERIES / f"{name}.sql").read_text(), read="athena", write="duckdb")
    assert len(statements) == 1, "Athena takes one statement at a time"
    return connection.execute(statements[0]).fetchall()


def test_every_query_is_tested():
    assert {path.stem for path in QUERIES.glob("*.sql")} == {
        "explore-data",
        "review-scores-by-seller",
        "average-review-per-seller",
        "average-review-per-sdr",
        "deals-and-value-per-seller",
    }


def test_explore_data(lake_tables):
    assert run(lake_tables, "explore-data") == [
        ("closed_deals", 3, "mql_id", 3, "2016-01-01", "2016-06-02"),
        ("order_items", 4, "order_id", 2, "2017-01-02", "2017-02-01"),
        ("order_reviews", 3, "review_id", 2, "2017-01-05", "2017-02-05"),
        ("sellers", 2, "seller_id", 2, None, None),
    ]


def test_review_scores_by_seller(lake_tables):
    assert run(lake_tables, "review-scores-by-seller") == [("s1", 3, 1, 0, 0, 0, 2), ("s2", 1, 0, 0, 0, 0, 1)]


def test_averages(lake_tables):
    assert run(lake_tables, "average-review-per-seller") == [("s2", 1, 5.0), ("s1", 3, pytest.approx(11 / 3))]
    assert run(lake_tables, "average-review-per-sdr") == [("d2", 1, 1, 5.0), ("d1", 1, 3, pytest.approx(11 / 3))]


def test_deals_and_value(lake_tables):
    assert run(lake_tables, "deals-and-value-per-seller") == [("s1", 2, 150.0), ("s2", 1, 0.0)]
