"""The whole demo, and that its answers are those of an independent computation from the same files."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from lake_local.lake_file import state_directory

from .conftest import can_have_own_network

ROOT = Path(__file__).resolve().parents[2]
WATCH = Path(__file__).with_name("network_watch.py")
SCALE = "0.05"
SQL_OF_REDSHIFT = {path.stem for path in (ROOT / "glue-assets" / "sql" / "redshift").glob("*.sql")}
# The lake is stopped in the network in which it was started.
DEMO_AND_DOWN = """story="$1"; shift
"$@" demo --scale "$SCALE" -o json > "$story" && "$@" demo --scale "$SCALE" --report "$story.html" -o json > "$story.again"
code=$?; "$@" down >&2; exit $code"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What `lake demo -o json` says, once, and what it did off loopback: it runs without any other network where that is possible."""
    folder = tmp_path_factory.mktemp("demo")
    state, story, report = folder / ".lake", folder / "story.json", folder / "network.json"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "local"), "LAKE_PACKAGE_ROOT": str(ROOT), "SCALE": SCALE}
    lake = [sys.executable, "-m", "lake_local", "--state", str(state)]
    watched = [sys.executable, str(WATCH), "--report", str(report), *(["--namespace"] if can_have_own_network() else [])]
    command = [*watched, "sh", "-c", DEMO_AND_DOWN, "demo", str(story), *lake]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, env=environment)
        assert done.returncode == 0, done.stderr[-5000:]
        again = json.loads((folder / "story.json.again").read_text())
        yield {
            **json.loads(story.read_text()),
            "again": again,
            "said": done.stderr,
            "state": state,
            "network": json.loads(report.read_text()),
        }
    finally:
        subprocess.run([*lake, "down", "--purge"], capture_output=True, timeout=600, check=False, env=environment)


@pytest.fixture(scope="module")
def oracle(demo: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    folder = next((state_directory(demo["state"]) / "demo-data").iterdir())
    return {
        name: json.loads(frame.to_json(orient="records", date_format="iso")) for name, frame in answers_module().answers(folder).items()
    }


def answers_module() -> ModuleType:
    path = ROOT / "examples" / "olist" / "answers.py"
    specification = importlib.util.spec_from_file_location("olist_answers", path)
    assert specification and specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize("asked", ["answers", "warehouse"])
@pytest.mark.parametrize(
    ("query", "expected", "key"),
    [
        ("average-review-per-seller", "review_per_seller", "seller_id"),
        ("average-review-per-sdr", "review_per_sdr", "sdr_id"),
        ("review-scores-by-seller", "scores_per_seller", "seller_id"),
        ("deals-and-value-per-seller", "deals_per_seller", "seller_id"),
        ("explore-data", "explore_data", "table_name"),
    ],
)
def test_answers_are_those_of_pandas(demo: dict[str, Any], oracle: dict[str, Any], query: str, expected: str, key: str, asked: str) -> None:
    answers = demo["answers"] if asked == "answers" else demo["warehouse"]["answers"]
    if asked == "warehouse" and query not in SQL_OF_REDSHIFT:
        assert query not in answers
        return
    got = sorted(answers[query]["rows"], key=lambda row: row[key])
    wanted = sorted(oracle[expected], key=lambda row: row[key])
    assert len(wanted) > 3
    assert [row[key] for row in got] == [row[key] for row in wanted]
    for ours, theirs in zip(got, wanted, strict=True):
        assert set(ours) == set(theirs)
        for name, value in theirs.items():
            assert same(ours[name], value), (query, ours, theirs)


def same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, float) or isinstance(theirs, float):
        return math.isclose(ours or 0, theirs or 0, rel_tol=1e-9)
    return ours == theirs


def test_rows_in_are_rows_out_and_quarantined(demo: dict[str, Any], oracle: dict[str, Any]) -> None:
    numbers = {name: (table["rows_in"], table["rows_out"], table["rows_quarantined"]) for name, table in demo["tables"].items()}
    assert numbers == {row["table"]: (row["rows_in"], row["rows_out"], row["rows_quarantined"]) for row in oracle["rows"]}
    reasons = {(name, reason): count for name, table in demo["tables"].items() for reason, count in table["reasons"].items()}
    assert reasons == {(row["table"], row["reason"]): row["rows"] for row in oracle["quarantined"]}
    assert demo["counts"]["curated"]["seller_performance"] == len(oracle["seller_performance"])


def test_a_second_run_changes_nothing(demo: dict[str, Any]) -> None:
    assert set(demo["warehouse"]["answers"]) == SQL_OF_REDSHIFT
    curated = [next(step for step in story["run"]["steps"] if step["name"] == "seller_performance") for story in (demo, demo["again"])]
    assert curated[0]["run_id"] != curated[1]["run_id"], "the table was made, and loaded, a second time"
    assert demo["again"]["counts"] == demo["counts"]
    assert demo["again"]["warehouse"]["rows"] == demo["warehouse"]["rows"] == demo["counts"]["curated"]["seller_performance"]
    for query, answer in demo["warehouse"]["answers"].items():
        for first, second in zip(answer["rows"], demo["again"]["warehouse"]["answers"][query]["rows"], strict=True):
            assert set(first) == set(second) and all(same(second[name], value) for name, value in first.items()), query


def test_streams_and_report(demo: dict[str, Any]) -> None:
    assert demo["streams"]["arrived"] == 9
    assert demo["streams"]["quarantined"] == 1
    report = Path(demo["report"]).read_text(encoding="utf-8")
    assert "Volume through the zones" in report
    assert "Athena and the warehouse say the same" in report
    assert "<script" not in report
    assert " query 'select" in demo["said"]


def test_nothing_listens_off_loopback_and_nothing_is_fetched(demo: dict[str, Any]) -> None:
    assert demo["network"]["looks"] > 100
    assert demo["network"]["findings"] == []


def test_jobs_all_succeeded(demo: dict[str, Any]) -> None:
    assert {step["state"] for step in demo["run"]["steps"]} == {"SUCCEEDED"}
    assert sum(step["kind"] == "job" for step in demo["run"]["steps"]) == 5


def test_each_persona_gets_the_answers_of_the_matrix(demo: dict[str, Any]) -> None:
    found = {(one["what"], one["persona"]): (one["allowed"], one["by"]) for one in demo["access"]}
    personas = ("steward", "engineer", "scientist", "analyst")
    allowed = {what: [persona for persona in personas if found[what, persona][0]] for what, _ in found}
    assert allowed == {
        "read what arrived": ["steward", "engineer", "scientist"],
        "write to the raw zone": ["steward", "engineer"],
        "read the curated table": list(personas),
        "upload to the sandbox": ["steward", "engineer", "analyst"],
    }
    assert found["write to the raw zone", "scientist"][1] == found["upload to the sandbox", "scientist"][1] == "NoOtherWrites"
    assert found["read what arrived", "analyst"][1] == "NoOtherReads"
    assert sorted((one["who"], one["call"], one["by"]) for one in demo["denied"]) == [
        ("lake-as-analyst", "GetObject", "NoOtherReads"),
        ("lake-as-analyst", "PutObject", "NoOtherWrites"),
        ("lake-as-scientist", "PutObject", "NoOtherWrites"),
        ("lake-as-scientist", "PutObject", "NoOtherWrites"),
    ]
