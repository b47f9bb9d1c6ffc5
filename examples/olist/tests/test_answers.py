"""The oracle on a data set so small that its answers can be computed by hand."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from answers import answers, main
from tables import KAGGLE_FILES, SCHEMAS

DATE = "2018-03-09 11:15:22"

# Order o1 has two items of seller A and one of B, and two reviews: 5 and 2. Order o2 has one item of A; its review 4 is the same review
# as that of o3, of seller B. o4 has no review, o5 no item. C sells o6 but has no deal. D has a deal but sells nothing.
ITEMS = f"""\
order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value
o1,1,p1,A,{DATE},10.00,1.50
o1,2,p1,A,{DATE},10.00,1.50
o1,3,p2,B,{DATE},20.00,1.50
o2,1,p1,A,{DATE},10.00,1.50
o3,1,p2,B,{DATE},20.00,1.50
o4,1,p2,B,{DATE},20.00,1.50
o6,1,p3,C,{DATE},30.00,1.50
o7,1,p3,A,{DATE},"58,90",1.50
o8,1,p3,A,2018-13-45 00:00:00,30.00,1.50
o9,1,p3,A,{DATE},30.00
o9,x,p3,A,{DATE},y,1.50
"""
REVIEWS = f"""\
review_id,order_id,review_score,review_comment_title,review_comment_message,review_creation_date,review_answer_timestamp\r
r1,o1,5,"Ótimo","Chegou, e bem!\r\nO vendedor é ""dez"".",{DATE},{DATE}\r
r2,o1,2,,,{DATE},{DATE}\r
r3,o2,4,,,{DATE},{DATE}\r
r3,o3,4,,,{DATE},{DATE}\r
r5,o5,1,,,{DATE},{DATE}\r
r6,o6,1,,,{DATE},{DATE}\r
r7,o2,cinco,,,{DATE},{DATE}\r
"""
# A was won twice by sdr1 (100 and 50) and once by sdr2 (no value given), B once by sdr2 (7).
DEALS = f"""\
{",".join(SCHEMAS["closed_deals"])}
m1,A,sdr1,sr1,{DATE},pet,,"cat, wolf",True,,,reseller,,100.0
m2,A,sdr1,sr2,{DATE},pet,,,,,,,,50.0
m3,A,sdr2,sr2,{DATE},pet,,,,,,,20.0,
m4,B,sdr2,sr1,{DATE},,,,False,,,,,7.0
m5,D,sdr3,sr1,{DATE},,,,,,,,,9.0
"""
SELLERS = """\
seller_id,seller_zip_code_prefix,seller_city,seller_state
A,01310,sao paulo,SP
B,20081,rio de janeiro, centro,RJ
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    for table, text in {"order_items": ITEMS, "order_reviews": REVIEWS, "closed_deals": DEALS, "sellers": SELLERS}.items():
        (folder / KAGGLE_FILES[table]).write_bytes(text.encode("utf-8"))
    return folder


@pytest.fixture(scope="module")
def result(folder):
    return answers(folder)


def rows(frame):
    return [tuple(row) for row in frame.itertuples(index=False)]


def test_rows_in_are_rows_out_and_rows_quarantined(result):
    assert rows(result["rows"]) == [
        ("order_items", 11, 7, 4), ("order_reviews", 7, 6, 1), ("closed_deals", 5, 5, 0), ("sellers", 2, 1, 1),
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
    assert rows(result["review_per_sdr"]) == [("sdr1", 3, pytest.approx(11 / 3)), ("sdr2", 6, pytest.approx(22 / 6))]


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
