import pandas as pd
import pytest
from csv_records import UnreadableData
from transformation import snake_case_names, transform


def test_values_lose_the_white_space_around_them_and_nothing_else():
    frame = pd.DataFrame({"A": [" x ", "\t", "007", "a  b", "NA"]}, dtype=str)
    assert transform(frame)["a"].tolist() == ["x", "", "007", "a  b", "NA"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("order_id", "order_id"),
        ("Order ID", "order_id"),
        ("sellerZip", "seller_zip"),
        (" Preço (R$) ", "preço_r"),
        ("a-b.c", "a_b_c"),
        ("2018", "2018"),
        ("URL", "url"),
        ("", "column_1"),
        ("?!", "column_1"),
    ],
)
def test_names(name, expected):
    assert snake_case_names([name]) == [expected]


def test_names_that_become_the_same_are_refused():
    with pytest.raises(UnreadableData, match="columns 1 and 3 would both be called 'price'"):
        snake_case_names(["Price", "x", "price "])


def test_the_frame_given_is_left_as_it_is():
    frame = pd.DataFrame({"A": [" x "]}, dtype=str)
    transform(frame)
    assert frame.to_dict("list") == {"A": [" x "]}


def test_pieces_give_what_the_whole_gives():
    frame = pd.DataFrame({"A a": [" x", "y ", ""], "B": ["1", " ", "3"]}, dtype=str)
    pieces = pd.concat([transform(frame[start : start + 1]) for start in range(3)])
    assert pieces.equals(transform(frame))


def test_no_rows():
    frame = pd.DataFrame({"A a": [], "B": []}, dtype=str)
    assert list(transform(frame)) == ["a_a", "b"]
