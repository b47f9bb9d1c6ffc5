"""What is printed for people cannot steer their terminal."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from lake_local.cli import logs, main, query, status
from lake_local.cli.console import Console, printable, table
from lake_local.errors import UserError

# Clears the screen, sets the title, starts a hyperlink, ends a line early, in one byte of C1, turned writing, delete.
HOSTILE = "a\x1b[2J\x1b]0;title\x07\x1b]8;;http://x\x07b\rc\x9b31m\u202edcba\u2066\x7f\x00"
SHOWN = r"a\u001b[2J\u001b]0;title\u0007\u001b]8;;http://x\u0007b\u000dc\u009b31m\u202edcba\u2066\u007f\u0000"


@pytest.mark.parametrize("text", ["plain", "Zürich 東京 🙂", "a\tb\nc", "e\u0301", "\u200d"])
def test_text_stays(text: str) -> None:
    assert printable(text) == text


def test_controls_are_text() -> None:
    assert printable(HOSTILE) == SHOWN
    assert json.loads(printable(json.dumps(HOSTILE, ensure_ascii=False))) == HOSTILE


def answer() -> query.Answer:
    columns = [{"Name": "id" + HOSTILE, "Type": "varchar"}]
    return query.Answer("select 1", {"Statistics": {}}, columns, [[HOSTILE]])


@pytest.mark.parametrize("output", ["table", "json", "csv"])
def test_rows_of_a_query(output: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    query.print_answer(answer(), output, Console())
    assert harmless(capsys)


def test_a_file_gets_the_rows_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    query.print_answer(answer(), "csv", Console())
    assert HOSTILE in capsys.readouterr().out


def test_logs(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    lake = SimpleNamespace(request_log=None, client=lambda _name: None, model=lambda: None)
    monkeypatch.setattr(logs, "find", lambda _args: lake)
    monkeypatch.setattr("lake_local.lake.logs.find_sources", lambda *_: lambda: [("group", "")])
    monkeypatch.setattr("lake_local.lake.logs.events", lambda *_: [(0, HOSTILE)])
    monkeypatch.setattr("lake_local.lake.logs.sessions", lambda *_: ["a function's"])
    monkeypatch.setattr("lake_local.lake.denials.of_session", lambda *_: [(datetime.now(UTC), HOSTILE)])
    logs.run(argparse.Namespace(state=None, name="x", run=None, times=True, follow=False))
    assert harmless(capsys)


def test_status(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, Any] = {
        "endpoint": "http://127.0.0.1:1", "pid": 1, "started": "now", "state": HOSTILE, "stacks": [HOSTILE], "queues": [], "jobs": [],
        "zones": [{"name": "drop", "prefixes": [{"prefix": HOSTILE, "objects": 1, "bytes": 1}], "more": False}],
        "tables": [{"name": HOSTILE, "zone": "raw", "columns": 1, "location": HOSTILE}],
        "workflow": {"name": HOSTILE, "last_run": None}, "recorded": [],
    }  # fmt: skip
    monkeypatch.setattr(status, "find", lambda _args: None)
    monkeypatch.setattr(status, "collect", lambda _lake: found)
    for output in ("text", "json"):
        status.run(argparse.Namespace(state=None, output=output))
        assert harmless(capsys)


def test_errors_and_progress(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_args: Any) -> int:
        raise UserError(f"no table {HOSTILE}")

    monkeypatch.setattr(status, "run", failing)
    assert main.main(["status"]) == 2
    console = Console()
    console.say(HOSTILE)
    assert harmless(capsys)


def test_columns_stay_aligned() -> None:
    lines = table([(HOSTILE, "x"), ("b", "y")], ("A", "B")).splitlines()
    assert [len(line) for line in lines] == [len(SHOWN) + 3] * 3


def harmless(capsys: pytest.CaptureFixture[str]) -> bool:
    """Whether what was printed shows the hostile text, and obeys nothing of it."""
    captured = capsys.readouterr()
    text = captured.out + captured.err
    return r"\u001b[2J" in text and not set(text) & set("\x1b\x07\x9b\r\x7f\x00\u202e\u2066")
