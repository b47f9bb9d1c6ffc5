"""Which answers of Athena and the warehouse are the same."""

from __future__ import annotations

from typing import Any

import pytest
from lake_local.demo.warehouse import Comparison
from lake_local.lake.queries import Answer

EXECUTION = {"Statistics": {}}
Rows = list[list[str | None]]


def answer(names: list[str], rows: Rows, kind: str = "double") -> Answer:
    columns: list[dict[str, Any]] = [{"Name": names[0], "Type": "varchar"}, *({"Name": name, "Type": kind} for name in names[1:])]
    return Answer("", EXECUTION, columns, rows)


@pytest.mark.parametrize(
    ("rows", "difference"),
    [
        ([["a", "1.5"], ["b", None]], ""),
        ([["a", "1.5000000000000002"], ["b", None]], ""),
        ([["a", "1.5"]], "Athena gives 2 rows, the warehouse 1"),
        ([["b", None], ["a", "1.5"]], "row 1 is {'id': 'a', 'n': 1.5} in Athena, {'id': 'b', 'n': None} in the warehouse"),
        ([["a", "1.5001"], ["b", None]], "row 1 is {'id': 'a', 'n': 1.5} in Athena, {'id': 'a', 'n': 1.5001} in the warehouse"),
        ([["a", "1.5"], ["b", "0"]], "row 2 is {'id': 'b', 'n': None} in Athena, {'id': 'b', 'n': 0.0} in the warehouse"),
    ],
)
def test_rows(rows: Rows, difference: str) -> None:
    assert Comparison(answer(["id", "n"], [["a", "1.5"], ["b", None]]), answer(["id", "n"], rows)).difference == difference


def test_columns() -> None:
    found = Comparison(answer(["id", "n"], []), answer(["id", "m"], [])).difference
    assert found == "Athena has the columns id, n, the warehouse id, m"
