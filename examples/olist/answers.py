#!/usr/bin/env python3
"""The answers that the demo must give, computed without the lake: straight from the CSV files, with Python's csv module and pandas.

    python answers.py DIR [-o json]

It shares no code with the jobs and the queries of the lake on purpose: a test compares the two. The rules are the same:

- A row is good if it has as many fields as the header, and each field is empty or a value of its column's type. Others are quarantined.
- `seller_performance` is order_items with order_reviews by order_id, with closed_deals by seller_id; rows without a partner drop out.
- A review is of an order, so for a seller it counts once per (review_id, order_id), however many items of the order the seller sold;
  for an SDR once per (review_id, order_id, seller_id), even if the SDR won the seller twice.
- A deal counts once per mql_id. Only deals with sellers that are in `seller_performance` count.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import re
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

import pandas as pd
from pandas.api.typing import DataFrameGroupBy

sys.path.insert(0, str(Path(__file__).resolve().parent / "data"))

from tables import KAGGLE_FILES, SCHEMAS


def answers(data_dir: Path | str) -> dict[str, pd.DataFrame]:
    """All answers, by name:

    - rows: table, rows_in, rows_out, rows_quarantined
    - quarantined: table, reason, rows
    - zones: zone, table, rows
    - seller_performance: the table itself
    - review_per_seller: seller_id, reviews, average_review
    - review_per_sdr: sdr_id, sellers, reviews, average_review
    - scores_per_seller: seller_id, reviews, one_star, two_stars, three_stars, four_stars, five_stars
    - deals_per_seller: seller_id, deals, deal_value
    - explore_data: table_name, row_count, key_column, distinct_keys, first_day, last_day

    The columns are called as in the queries, the rows are in the order of the ids. A table whose file is not there is left out; without
    one of the first three there is no seller_performance, and nothing after it.
    """
    tables: dict[str, pd.DataFrame] = {}
    counts, reasons, zones = [], [], []
    for table, name in KAGGLE_FILES.items():
        path = Path(data_dir) / name
        if not path.exists():
            continue
        tables[table], refused = read(path, SCHEMAS[table])
        good, bad = len(tables[table]), refused.total()
        counts.append((table, good + bad, good, bad))
        reasons += [(table, reason, rows) for reason, rows in sorted(refused.items())]
        zones += [("drop", table, good + bad), ("raw", table, good)]
    result = {}
    if {"order_items", "order_reviews", "closed_deals"} <= tables.keys():
        result = business_answers(tables["order_items"], tables["order_reviews"], tables["closed_deals"])
        zones.append(("curated", "seller_performance", len(result["seller_performance"])))
    if tables.keys() == KAGGLE_FILES.keys():
        result["explore_data"] = explore_data(tables)
    return {
        "rows": pd.DataFrame(counts, columns=["table", "rows_in", "rows_out", "rows_quarantined"]),
        "quarantined": pd.DataFrame(reasons, columns=["table", "reason", "rows"]),
        "zones": pd.DataFrame(zones, columns=["zone", "table", "rows"]),
        **result,
    }


def business_answers(items: pd.DataFrame, reviews: pd.DataFrame, deals: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The joined table, and the answers; these come from the three tables, not from the join, whose rows repeat deals and reviews."""
    items, deals = items.dropna(subset=["order_id", "seller_id"]), deals.dropna(subset=["seller_id"])
    reviews = reviews.dropna(subset=["order_id"])
    performance = items.merge(reviews, on="order_id").merge(deals, on="seller_id")

    sales = items[["order_id", "seller_id"]].drop_duplicates()
    of_seller = reviews[["review_id", "order_id", "review_score"]].drop_duplicates(["review_id", "order_id"]).merge(sales, on="order_id")
    winners = deals[["seller_id", "sdr_id"]].drop_duplicates()
    of_sdr = of_seller.merge(winners, on="seller_id")
    of_won_seller = of_seller[of_seller["seller_id"].isin(deals["seller_id"])]
    counted = deals[deals["seller_id"].isin(of_seller["seller_id"])].dropna(subset=["mql_id"]).drop_duplicates("mql_id")
    per_seller = counted.groupby("seller_id")
    return {
        "seller_performance": performance,
        "review_per_seller": _averages(of_won_seller.groupby("seller_id")),
        "review_per_sdr": _averages(of_sdr.groupby("sdr_id"), sellers=("seller_id", "nunique")),
        "scores_per_seller": _scores(of_won_seller),
        "deals_per_seller": pd.DataFrame(
            {
                "deals": per_seller["mql_id"].nunique(),
                "deal_value": per_seller["declared_monthly_revenue"].sum(min_count=1),
            }
        ).reset_index(),
    }


def explore_data(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Rows, different keys and days of each table."""
    keys = {
        "closed_deals": ("mql_id", "won_date"),
        "order_items": ("order_id", "shipping_limit_date"),
        "order_reviews": ("review_id", "review_creation_date"),
        "sellers": ("seller_id", None),
    }
    rows = []
    for table, (key, date) in keys.items():
        frame = tables[table]
        days = [str(frame[date].min().date()), str(frame[date].max().date())] if date else [None, None]
        rows.append((table, len(frame), key, frame[key].nunique(), *days))
    return pd.DataFrame(rows, columns=["table_name", "row_count", "key_column", "distinct_keys", "first_day", "last_day"])


def _averages(reviews: DataFrameGroupBy, **more: tuple[str, str]) -> pd.DataFrame:
    return reviews.agg(**more, reviews=("review_score", "count"), average_review=("review_score", "mean")).reset_index()


def _scores(reviews: pd.DataFrame) -> pd.DataFrame:
    stars = pd.get_dummies(reviews["review_score"]).reindex(columns=range(1, 6), fill_value=False).astype(int)
    stars.columns = ["one_star", "two_stars", "three_stars", "four_stars", "five_stars"]
    stars.insert(0, "reviews", reviews["review_score"].notna().astype(int))
    return stars.groupby(reviews["seller_id"]).sum().reset_index()


def read(path: Path, schema: dict[str, str]) -> tuple[pd.DataFrame, Counter[str]]:
    """The good rows of a file with typed columns, and how many others there are for which reason."""
    refused: Counter[str] = Counter()
    good = []
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.reader(file)
        header = next(rows)
        if sorted(header) != sorted(schema):
            raise ValueError(f"{path.name} has the columns {header}, expected are {list(schema)}")
        casts = [CASTS[schema[name]] for name in header]
        for row in filter(None, rows):
            if len(row) != len(header):
                refused["wrong number of fields"] += 1
                continue
            try:
                good.append([None if field == "" else cast(field) for cast, field in zip(casts, row, strict=True)])
            except ValueError:
                refused[_reason(header, row, schema)] += 1
    frame = pd.DataFrame(good, columns=header)[list(schema)]
    return frame.astype({name: PANDAS_TYPES[kind] for name, kind in schema.items()}), refused


def _reason(header: list[str], row: list[str], schema: dict[str, str]) -> str:
    """In the words of the job."""
    wrong = []
    for name, field in zip(header, row, strict=True):
        try:
            if field:
                CASTS[schema[name]](field)
        except ValueError:
            wrong.append(f"{name} is not {'an' if schema[name] == 'int' else 'a'} {schema[name]}")
    return "; ".join(wrong)


def _int(field: str) -> int | None:
    if not field.strip():
        return None
    if not re.fullmatch(r"\s*[+-]?\d+(\.0*)?\s*", field) or not -(2**31) <= float(field) < 2**31:
        raise ValueError(field)
    return int(float(field))


def _double(field: str) -> float | None:
    if not field.strip():
        return None
    if "_" in field or not math.isfinite(number := float(field)):
        raise ValueError(field)
    return number


def _timestamp(field: str) -> datetime | None:
    if not field.strip():
        return None
    if not re.fullmatch(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?", field.strip()):
        raise ValueError(field)
    return datetime.fromisoformat(field.strip())


def _boolean(field: str) -> bool | None:
    words = {"true": True, "t": True, "yes": True, "y": True, "1": True, "false": False, "f": False, "no": False, "n": False, "0": False}
    if not field.strip():
        return None
    if field.strip().lower() not in words:
        raise ValueError(field)
    return words[field.strip().lower()]


CASTS = {"string": str, "int": _int, "double": _double, "timestamp": _timestamp, "boolean": _boolean}
PANDAS_TYPES = {"string": "str", "int": "Int64", "double": "float64", "timestamp": "datetime64[us]", "boolean": "boolean"}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Computes the demo's answers without the lake.")
    parser.add_argument("data", type=Path, metavar="DIR", help="folder with the CSV files as Kaggle names them")
    parser.add_argument("-o", "--output", choices=["text", "json"], default="text")
    options = parser.parse_args(arguments)
    result = answers(options.data)
    performance = result.pop("seller_performance", None)
    if options.output == "json":
        records = {name: json.loads(frame.to_json(orient="records", double_precision=15)) for name, frame in result.items()}
        print(json.dumps(records, ensure_ascii=False))
    else:
        for name, frame in result.items():
            print(f"{name} ({len(frame)} rows)\n{frame.head(10).to_string(index=False)}\n")
        if performance is not None:
            print(f"seller_performance: {len(performance)} rows, columns {', '.join(performance)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
