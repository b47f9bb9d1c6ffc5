"""The oracle on a data set so small that its answers can be computed by hand."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from answers import answers, main
from tables import KAGGLE_FILES, SCHEMAS
from tiny import write


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def result(folder):
    return answers(folder)


def rows(frame):
    return [tuple(row) for row in frame.itertuples(index=False)]


def test_rows_in_are_rows_out_and_rows_quarantined(result):
    assert rows(result["rows"]) == [
        ("order_items", 11, 7, 4),
        ("order_reviews", 7, 6, 1),
        ("closed_deals", 5, 5, 0),
        ("sellers", 2, 1, 1),
    ]


def test_quarantined_rows_by_reason(result):
    assert rows(result["quarantined"]) == [
        ("order_items", "order_item_id is not an int; price is not a double", 1),
        ("order_items", "price is not a double", 1),
        ("order_items", "shipping_limit_date is not a timestamp", 1),
        ("order_items", "wrong number of fields", 1),
        ("order_reviews", "review_score is not an int", 1),
        ("sellers", "wrong number of fields", 1),
    ]


def test_seller_performance_has_every_match_and_every_column_once(result):
    performance = result["seller_performance"]
    # A: o1 2 items x 2 reviews x 3 deals + o2 1 x 1 x 3 = 15. B: o1 1 x 2 x 1 + o3 1 x 1 x 1 = 3.
    assert performance["seller_id"].value_counts().to_dict() == {"A": 15, "B": 3}
    together = [name for table in ("order_items", "order_reviews", "closed_deals") for name in SCHEMAS[table]]
    assert sorted(performance) == sorted(set(together))
    assert rows(result["zones"])[-1] == ("curated", "seller_performance", 18)


def test_a_review_counts_once_for_a_seller(result):
    # A: 5, 2 (o1), 4 (o2). B: 5, 2 (o1), 4 (o3). C has no deal.
    assert rows(result["review_per_seller"]) == [("A", 3, pytest.approx(11 / 3)), ("B", 3, pytest.approx(11 / 3))]


def test_a_review_counts_once_for_an_sdr_and_seller(result):
    # sdr1: A's three, though it won A twice. sdr2: A's three and B's three.
    assert rows(result["review_per_sdr"]) == [("sdr1", 1, 3, pytest.approx(11 / 3)), ("sdr2", 2, 6, pytest.approx(22 / 6))]


def test_how_reviews_are_spread(result):
    assert rows(result["scores_per_seller"]) == [("A", 3, 0, 1, 0, 1, 1), ("B", 3, 0, 1, 0, 1, 1)]


def test_what_is_in_the_raw_zone(result):
    day = "2018-03-09"
    *dated, sellers = rows(result["explore_data"])
    assert dated == [
        ("closed_deals", 5, "mql_id", 5, day, day),
        ("order_items", 7, "order_id", 5, day, day),
        ("order_reviews", 6, "review_id", 5, day, day),
    ]
    assert sellers[:4] == ("sellers", 1, "seller_id", 1)
    assert result["explore_data"].iloc[3][["first_day", "last_day"]].isna().all()


def test_a_deal_counts_once(result):
    assert rows(result["deals_per_seller"]) == [("A", 3, 150.0), ("B", 1, 7.0)]


def test_columns_have_their_types(result):
    types = result["seller_performance"].dtypes.astype(str).to_dict()
    chosen = [types[name] for name in ("price", "review_score", "has_company", "won_date")]
    assert chosen == ["float64", "Int64", "boolean", "datetime64[us]"]
    messages = set(result["seller_performance"]["review_comment_message"].dropna())
    assert messages == {'Chegou, e bem!\r\nO vendedor é "dez".'}


def test_generated_data_has_the_good_and_broken_rows_that_the_generator_says(small):
    folder, expected = small
    result = answers(folder)
    for table, rows_in, rows_out, rows_quarantined in rows(result["rows"]):
        numbers = expected["tables"][table]
        assert (rows_in, rows_out, rows_quarantined) == (numbers["rows"], numbers["good_rows"], numbers["broken_rows"])
    assert len(result["seller_performance"]) > 0


def test_tables_may_be_missing(folder, tmp_path):
    (tmp_path / KAGGLE_FILES["sellers"]).write_bytes((folder / KAGGLE_FILES["sellers"]).read_bytes())
    (tmp_path / "olist_customers_dataset.csv").write_text("ignored")
    result = answers(tmp_path)
    assert list(result) == ["rows", "quarantined", "zones"]
    assert rows(result["zones"]) == [("drop", "sellers", 2), ("raw", "sellers", 1)]


def test_other_columns_are_an_error(tmp_path):
    (tmp_path / KAGGLE_FILES["sellers"]).write_text("id,city\n1,x\n")
    with pytest.raises(ValueError, match=r"olist_sellers_dataset.csv has the columns \['id', 'city'\], expected are \['seller_id'"):
        answers(tmp_path)


def test_runs_by_path(folder):
    program = Path(__file__).resolve().parents[1] / "answers.py"
    done = subprocess.run([sys.executable, str(program), str(folder), "-o", "json"], capture_output=True, check=True, encoding="utf-8")
    deals = json.loads(done.stdout)["deals_per_seller"]
    assert deals == [{"seller_id": "A", "deals": 3, "deal_value": 150.0}, {"seller_id": "B", "deals": 1, "deal_value": 7.0}]


def test_says_the_answers(folder, capsys):
    assert main([str(folder)]) == 0
    assert "seller_performance: 18 rows" in capsys.readouterr().out
