"""The queries for Athena give the oracle's answers: run on DuckDB, on tables that pandas made."""

from pathlib import Path

import duckdb
import pandas as pd
import pytest
import sqlglot
from answers import answers, read
from pandas.testing import assert_frame_equal
from tables import KAGGLE_FILES, SCHEMAS
from tiny import write

SQL = Path(__file__).resolve().parents[3] / "glue-assets" / "sql" / "athena"

# Query: the answer, and the columns that tell its rows apart.
QUERIES = {
    "average-review-per-seller": ("review_per_seller", "seller_id"),
    "average-review-per-sdr": ("review_per_sdr", "sdr_id"),
    "deals-and-value-per-seller": ("deals_per_seller", "seller_id"),
    "review-scores-by-seller": ("scores_per_seller", "seller_id"),
    "explore-data": ("explore_data", "table_name"),
}


@pytest.fixture(scope="module", params=["tiny", "generated"])
def lake(request, tmp_path_factory):
    """A database with the raw tables and the curated one, and the answers that are expected of it."""
    from generate import generate

    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "tiny":
        write(folder)
    else:
        generate(folder, scale=0.05)
    expected = answers(folder)
    database = duckdb.connect()
    for table, name in KAGGLE_FILES.items():
        register(database, f"raw_{table}", read(folder / name, SCHEMAS[table])[0])
    register(database, "curated_seller_performance", expected["seller_performance"])
    yield database, expected
    database.close()


def register(database, name, frame):
    """The frame as a table, with the types that the lake's have."""
    types = {column: kind for schema in SCHEMAS.values() for column, kind in schema.items()}
    database.register("plain", frame.astype(object).where(frame.notna(), None))
    columns = ", ".join(f'cast("{column}" AS {types[column].replace("string", "varchar")}) AS "{column}"' for column in frame)
    database.execute(f"CREATE TABLE {name} AS SELECT {columns} FROM plain")
    database.unregister("plain")


@pytest.mark.parametrize("query", QUERIES)
def test_query_gives_the_answer(lake, query):
    database, expected = lake
    answer, key = QUERIES[query]
    [statement] = sqlglot.transpile((SQL / f"{query}.sql").read_text("utf-8"), read="athena", write="duckdb")
    got = database.execute(statement).df()
    wanted = expected[answer]
    assert list(got) == list(wanted)
    assert len(got) > 0
    assert_frame_equal(plainly(got, key), plainly(wanted, key), check_dtype=False, rtol=1e-12)


def test_every_query_is_tested():
    assert {path.stem for path in SQL.glob("*.sql")} == set(QUERIES)


def plainly(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    frame = frame.sort_values(key, ignore_index=True)
    for column in frame:
        if pd.api.types.is_numeric_dtype(frame[column]):
            frame[column] = frame[column].astype(float)
        else:
            frame[column] = frame[column].astype(object).where(frame[column].notna(), None)
    return frame
