"""The warehouse's queries give the same answers as those of Athena on the same joined table."""

from pathlib import Path

import duckdb
import pytest
import sqlglot

SQL = Path(__file__).resolve().parents[1] / "sql"

# item x review x deal: a deal and a review are repeated, one deal has no value, one review no score
ROWS = """
    ('o1', 1, 's1', 'r1', 5, 'm1', 'd1', 100.0), ('o1', 2, 's1', 'r1', 5, 'm1', 'd1', 100.0),
    ('o1', 1, 's1', 'r2', 1, 'm1', 'd1', 100.0), ('o1', 1, 's1', 'r1', 5, 'm2', 'd1', 50.0),
    ('o2', 1, 's2', 'r3', cast(null as int), 'm3', 'd2', cast(null as double)), ('o2', 1, 's1', 'r3', 4, 'm1', 'd1', 100.0)
"""


@pytest.fixture(scope="module")
def tables():
    columns = "order_id, order_item_id, seller_id, review_id, review_score, mql_id, sdr_id, declared_monthly_revenue"
    with duckdb.connect() as connection:
        connection.execute(f"""
            create schema lake;
            create table lake.seller_performance as from (values {ROWS}) t({columns});
            create view curated_seller_performance as from lake.seller_performance;
        """)
        yield connection


def run(connection, dialect, name):
    statements = sqlglot.transpile((SQL / dialect / f"{name}.sql").read_text(), read=dialect, write="duckdb")
    assert len(statements) == 1
    return connection.execute(statements[0]).fetchall()


NAMES = sorted(path.stem for path in (SQL / "redshift").glob("*.sql"))


def test_the_queries_that_there_are():
    assert NAMES == ["average-review-per-sdr", "average-review-per-seller", "deals-and-value-per-seller"]


@pytest.mark.parametrize("name", NAMES)
def test_redshift_and_athena_answer_the_same(tables, name):
    assert run(tables, "redshift", name) == run(tables, "athena", name)


def test_nothing_counts_twice(tables):
    assert run(tables, "redshift", "average-review-per-seller") == [("s1", 3, pytest.approx(10 / 3)), ("s2", 0, None)]
    assert run(tables, "redshift", "average-review-per-sdr") == [("d1", 1, 3, pytest.approx(10 / 3)), ("d2", 1, 0, None)]
    assert run(tables, "redshift", "deals-and-value-per-seller") == [("s1", 2, 150.0), ("s2", 1, 0.0)]
