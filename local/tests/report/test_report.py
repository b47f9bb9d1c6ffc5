"""The report is one file that needs nothing else."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from lake_local.demo.report import charts, write_report
from lake_local.demo.report.svg import short_number, ticks

SELLER = {"seller_id": "a" * 32, "reviews": 10, "average_review": 4.5, "deals": 1, "deal_value": 1000.0, "one_star": 1, "two_stars": 0,
          "three_stars": 0, "four_stars": 2, "five_stars": 7}  # fmt: skip


def story(**changes: Any) -> dict[str, Any]:
    step = {"kind": "job", "name": "order_items", "state": "SUCCEEDED", "seconds": 3.0, "started": "2026-01-01T00:00:00+00:00"}
    answers = {
        "average-review-per-sdr": [{"sdr_id": "b" * 32, "sellers": 2, "reviews": 10, "average_review": 4.2}],
        "average-review-per-seller": [SELLER], "review-scores-by-seller": [SELLER], "deals-and-value-per-seller": [SELLER],
    }  # fmt: skip
    return {
        "made": "2026-01-01T00:00:00+00:00",
        "command": "bin/lake",
        "data": {"source": "generated <b>", "bytes": 10, "files": {"order_items": 10}},
        "tables": {"order_items": {"rows_in": 10, "rows_out": 9, "rows_quarantined": 1, "reasons": {"price is not a <double>": 1}}},
        "counts": {"raw": {"order_items": 9}, "curated": {"seller_performance": 5}},
        "zones": [{"zone": "drop", "bucket": "b", "next": "raw", "areas": {"tables": {"objects": 1, "bytes": 10}}}],
        "run": {"seconds": 12.0, "steps": [step, {**step, "kind": "crawler", "name": "raw"}]},
        "streams": {"events": [{"stream": "s", "file": "f.csv", "outcome": "arrived", "seconds": 0.2}], "arrived": 1, "quarantined": 0,
                    "median_seconds": None, "cold_seconds": 0.2},
        "answers": {name: {"rows": rows, "seconds": 0.25} for name, rows in answers.items()},
        "warehouse": {"table": "lake.t", "rows": 5, "answers": {"average-review-per-seller": {"rows": [SELLER], "seconds": 0.5}}},
        "access": [{"persona": "analyst", "what": "write", "allowed": False, "by": "NoOtherWrites"}],
        "denied": [{"who": "lake-as-analyst", "call": "PutObject", "on": "uploads/try.txt", "by": "NoOtherWrites"}],
        "timings": {"up": 1.0},
        "seconds": 2.0,
        **changes,
    }  # fmt: skip


def test_one_file_that_loads_nothing(tmp_path: Path) -> None:
    html = write_report(story(), tmp_path / "deep" / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"<script|<link|src=|url\(|@import", html)
    assert not [address for address in re.findall(r"https?://[^\"' <]+", html) if address != "http://www.w3.org/2000/svg"]
    assert "generated &lt;b&gt;" in html
    assert "price is not a &lt;double&gt;" in html


def test_both_answers_stand_side_by_side(tmp_path: Path) -> None:
    html = write_report(story(), tmp_path / "report.html").read_text(encoding="utf-8")
    cells = "".join(f'<td class="n">{cell}</td>' for cell in ("1", "0.25 s", "0.50 s"))
    assert f"<tr><td>Average review per seller</td>{cells}</tr>" in html


def test_who_may_what_stands_side_by_side(tmp_path: Path) -> None:
    tries = [
        {"persona": persona, "what": what, "allowed": persona == "steward", "by": by}
        for persona, by in (("steward", "Write"), ("analyst", "NoOtherWrites"))
        for what in ("write to raw", "upload")
    ]
    html = write_report(story(access=tries), tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<tr><th></th><th>steward</th><th>analyst</th></tr>" in html
    row = '<td class="yes">yes<small>Write</small></td><td class="no">no<small>NoOtherWrites</small></td>'
    assert html.count(row) == 2


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&"


def hostile(value: Any, name: str = "") -> Any:
    """A story whose every name and text is a script, as a seller could choose its id; numbers, times and the keys of the story stay."""
    if isinstance(value, dict):
        chosen_by_data = name in ("reasons", "tables", "files", "timings", "raw", "curated")
        names = {key: f"area {key}" if name == "areas" else key for key in value}
        return {(key + HOSTILE if chosen_by_data else key): hostile(inner, names[key]) for key, inner in value.items()}
    if isinstance(value, list):
        return [hostile(inner, name) for inner in value]
    return HOSTILE if isinstance(value, str) and name not in ("made", "started", "kind", "zone") else value


def test_no_text_of_the_data_is_markup(tmp_path: Path) -> None:
    html = write_report(hostile(story()), tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<script" not in html and "<img" not in html
    assert html.count("&lt;script&gt;alert(1)") > 15
    for drawing in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        assert {element.tag.rpartition("}")[2] for element in ET.fromstring(drawing).iter()} <= {
            "svg", "path", "rect", "circle", "line", "text", "title"
        }  # fmt: skip


def test_drawings_are_well_formed(tmp_path: Path) -> None:
    html = write_report(story(), tmp_path / "report.html").read_text(encoding="utf-8")
    drawings = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert len(drawings) == 7
    for drawing in drawings:
        assert ET.fromstring(drawing).get("aria-label")


def test_nothing_to_show_is_said() -> None:
    assert "nothing was quarantined" in charts.quarantine_reasons({"t": {"reasons": {}}})
    assert "no reviews" in charts.scores_by_sdr([])
    assert "no reviews" in charts.stars_by_seller([])
    assert "no deals" in charts.deal_values([{**SELLER, "deal_value": 0}])
    assert "no step" in charts.timeline({"steps": []})
    assert charts.score_histogram([]).startswith("<svg")


def test_a_failed_job_is_seen() -> None:
    step = {"kind": "job", "name": "sellers", "state": "FAILED", "seconds": 1.0, "started": "2026-01-01T00:00:00+00:00"}
    assert "#c8553d" in charts.timeline({"steps": [step]})


@pytest.mark.parametrize(
    ("largest", "expected"), [(0, [0, 1]), (10, [0, 2, 4, 6, 8, 10]), (45.5, [0, 10, 20, 30, 40, 50]), (3, [0, 1, 2, 3])]
)
def test_ticks_are_round(largest: float, expected: list[float]) -> None:
    assert ticks(largest) == expected


def test_short_numbers() -> None:
    assert [short_number(value) for value in (950, 1500, 2_000_000)] == ["950", "1.5k", "2M"]
