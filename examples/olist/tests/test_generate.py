import csv
import hashlib
import json
import struct
import subprocess
import sys
import zlib
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path

import pytest
from generate import generate, main
from tables import KAGGLE_FILES, REAL_ROWS, SCHEMAS

GENERATOR = Path(__file__).resolve().parents[1] / "data" / "generate.py"

# Of everything that seed 42 makes at a hundredth of the real size. A change here changes the data of every user's demo.
PINNED = "e4c03a204512a4b96f1f437e190ae8fcfd91b2d68cc6a04a9ef84f641c362aec"


def read(folder: Path, table: str) -> tuple[list[str], list[list[str]]]:
    with (folder / KAGGLE_FILES[table]).open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file, strict=True)
    return header, rows


def is_of(value: str, spark_type: str) -> bool:
    parsers = {"string": str, "int": int, "double": float, "boolean": {"True": 1, "False": 0}.__getitem__}
    parsers["timestamp"] = lambda text: datetime.strptime(text, "%Y-%m-%d %H:%M:%S")
    try:
        parsers[spark_type](value)
    except (ValueError, KeyError):
        return value == ""
    return True


def good_rows(folder: Path, table: str) -> list[dict[str, str]]:
    header, rows = read(folder, table)
    types = SCHEMAS[table].values()
    whole = [row for row in rows if len(row) == len(header)]
    return [dict(zip(header, row, strict=True)) for row in whole if all(map(is_of, row, types))]


def fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def test_the_same_seed_makes_the_same_bytes_everywhere(small):
    assert fingerprint(small[0]) == PINNED


def test_another_seed_makes_other_data(small, tmp_path):
    generate(tmp_path, seed=43, scale=0.01)
    assert read(tmp_path, "sellers")[1][0] != read(small[0], "sellers")[1][0]


def test_full_size_has_the_rows_of_the_real_files(tmp_path):
    expected = generate(tmp_path)
    for table, count in REAL_ROWS.items():
        assert expected["tables"][table]["good_rows"] == count
        assert len(good_rows(tmp_path, table)) == count
    items = good_rows(tmp_path, "order_items")
    assert len({item["order_id"] for item in items}) == 98_666
    assert len({item["seller_id"] for item in items}) == 3_095
    stars = Counter(review["review_score"] for review in good_rows(tmp_path, "order_reviews"))
    assert stars["5"] / stars.total() == pytest.approx(0.578, abs=0.03)
    assert stars["1"] / stars.total() == pytest.approx(0.115, abs=0.03)


@pytest.mark.parametrize("table", KAGGLE_FILES)
def test_files_are_what_expected_json_says(small, table):
    folder, expected = small
    assert json.loads((folder / "expected.json").read_text("utf-8")) == expected
    numbers = expected["tables"][table]
    header, rows = read(folder, table)
    assert header == list(SCHEMAS[table])
    assert len(rows) == numbers["rows"] == numbers["good_rows"] + numbers["broken_rows"]
    assert len(good_rows(folder, table)) == numbers["good_rows"]
    assert sum(numbers["reasons"].values()) == numbers["broken_rows"] == len(numbers["broken"]) > 0


@pytest.mark.parametrize("table", KAGGLE_FILES)
def test_each_broken_row_is_broken_for_its_reason(small, table):
    folder, expected = small
    header, rows = read(folder, table)
    for broken in expected["tables"][table]["broken"]:
        [row] = csv.reader([broken["text"]] if "\n" not in broken["text"] else broken["text"].splitlines(keepends=True))
        assert row in rows
        if broken["column"] is None:
            assert broken["reason"] == "wrong number of fields"
            assert len(row) != len(header)
        else:
            spark_type = SCHEMAS[table][broken["column"]]
            assert broken["reason"] == f"{broken['column']} is not {'an' if spark_type == 'int' else 'a'} {spark_type}"
            assert row[header.index(broken["column"])] == broken["value"]
            wrong = [name for name, value in zip(header, row, strict=True) if not is_of(value, SCHEMAS[table][name])]
            assert wrong == [broken["column"]]


def test_reviews_have_the_troubles_of_the_real_ones(small):
    folder, _ = small
    reviews = good_rows(folder, "order_reviews")
    comments = [review["review_comment_message"] for review in reviews]
    assert any("\r\n" in comment for comment in comments)
    assert any("\n" in comment.replace("\r\n", "") for comment in comments)
    assert any('"' in comment for comment in comments)
    assert any("," in comment for comment in comments)
    assert any(comment.endswith("\\") for comment in comments)
    assert any("ã" in comment for comment in comments)
    assert sum(not comment for comment in comments) > len(comments) / 2
    assert (folder / KAGGLE_FILES["order_reviews"]).read_bytes().count(b"\r\n") >= len(reviews)

    pairs = {(review["review_id"], review["order_id"]) for review in reviews}
    assert len(pairs) == len(reviews)
    orders_of = defaultdict(set)
    reviews_of = defaultdict(set)
    for review_id, order_id in pairs:
        orders_of[review_id].add(order_id)
        reviews_of[order_id].add(review_id)
    assert any(len(orders) > 1 for orders in orders_of.values())
    assert any(len(several) > 1 for several in reviews_of.values())
    ordered = {item["order_id"] for item in good_rows(folder, "order_items")}
    assert ordered - set(reviews_of)
    assert set(reviews_of) - ordered


def test_orders_have_several_items_and_sellers(small):
    items = good_rows(small[0], "order_items")
    sellers_of = defaultdict(list)
    for item in items:
        sellers_of[item["order_id"]].append(item["seller_id"])
    assert any(len(sellers) > 1 for sellers in sellers_of.values())
    assert any(len(set(sellers)) > 1 for sellers in sellers_of.values())
    assert {item["seller_id"] for item in items} == {seller["seller_id"] for seller in good_rows(small[0], "sellers")}


def test_some_deals_are_with_sellers_that_sell_and_some_sellers_have_two(tmp_path):
    generate(tmp_path, scale=0.1)
    deals = good_rows(tmp_path, "closed_deals")
    known = {seller["seller_id"] for seller in good_rows(tmp_path, "sellers")}
    with_sales = [deal["seller_id"] for deal in deals if deal["seller_id"] in known]
    assert 0 < len(with_sales) < len(deals)
    assert max(Counter(with_sales).values()) > 1
    assert len({deal["mql_id"] for deal in deals}) == len(deals)
    revenues = [float(deal["declared_monthly_revenue"]) for deal in deals]
    assert revenues.count(0.0) > len(deals) / 2
    assert max(revenues) > 0
    assert any("," in deal["lead_behaviour_profile"] for deal in deals)


def test_clicks(small):
    folder, expected = small
    for file in expected["streams"]["clickstream"]["files"]:
        data = (folder / "streams" / "clickstream" / file["file"]).read_bytes()
        if file["readable"]:
            header, *rows = csv.reader(data.decode("utf-8").splitlines(), strict=True)
            assert header[0] == "Event ID"
            assert len(rows) == file["rows"]
            assert {len(row) for row in rows} == {len(header)}
        else:
            with pytest.raises(UnicodeDecodeError):
                data.decode("utf-8")


def test_images_are_real_png_files(small):
    folder, expected = small
    for file in expected["streams"]["images"]["files"]:
        data = (folder / "streams" / "images" / file["file"]).read_bytes()
        assert data.startswith(b"\x89PNG\r\n\x1a\n")
        chunks, at = {}, 8
        while at < len(data):
            length, kind = struct.unpack(">I4s", data[at : at + 8])
            body = data[at + 8 : at + 8 + length]
            assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + body)
            chunks[kind] = body
            at += 12 + length
        assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
        width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
        assert (width, height) == (file["width"], file["height"])
        assert len(zlib.decompress(chunks[b"IDAT"])) == height * (1 + 3 * width)


def test_smallest_data_set_is_whole(tmp_path):
    expected = generate(tmp_path, scale=0.0001)
    assert all(table["good_rows"] == 20 for table in expected["tables"].values())


def test_runs_by_path(small, tmp_path):
    command = [sys.executable, str(GENERATOR), "--out", str(tmp_path), "--scale", "0.01", "-o", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8", cwd=tmp_path)
    assert json.loads(done.stdout) == small[1]
    assert fingerprint(tmp_path) == fingerprint(small[0])


def test_says_what_it_wrote(tmp_path, capsys):
    assert main(["--out", str(tmp_path), "--scale", "0.001"]) == 0
    assert "113 rows and 9 broken ones  olist_order_items_dataset.csv  (order_items)" in capsys.readouterr().out


def test_refuses_a_scale_of_nothing(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["--out", str(tmp_path), "--scale", "0"])
    assert "--scale must be greater than 0, not 0.0" in capsys.readouterr().err
