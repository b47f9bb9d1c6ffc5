"""`lake quarantine`: what it lists of an S3 of manifests and notes, and what it starts."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from lake_local.cli import quarantine as command
from lake_local.errors import UserError
from lake_local.lake import runs as runs_module
from lake_local.lake.client import Lake
from lake_local.lake.model import Model, Stream, Table, Zone
from lake_local.lake.quarantine import Quarantine

DROP, RAW = "quarantine-drop", "quarantine-raw"
MODEL = Model(
    zones=[Zone("drop", DROP, 0, "raw"), Zone("raw", RAW, 1, None)],
    tables=[Table(name, "drop", "raw", f"{name}-job") for name in ("orders", "clean", "gone")],
    streams=[Stream("drop", "clicks", "streams/clicks/", ".csv", "queue", None)],
)
CAST, FIELDS = "id is not an int", "wrong number of fields"
MANIFESTS = {
    "orders/1": {"source": f"s3://{DROP}/tables/orders/a b%2F.csv", "rows_quarantined": 12, "reasons": {CAST: 12}, "alarm": True},
    "orders/2": {"source": f"s3://{DROP}/tables/orders/b.csv", "rows_quarantined": 3, "reasons": {CAST: 1, FIELDS: 2}},
    "orders/3": {"source": f"s3://{DROP}/tables/orders/c.csv", "rows_quarantined": 0, "reasons": {}},
    "clean/1": {"source": f"s3://{DROP}/tables/clean/a.csv", "rows_quarantined": 0, "reasons": {}},
    "gone/1": {"source": f"s3://{DROP}/tables/gone/a.csv", "rows_quarantined": 11, "alarm": True},
}


@pytest.fixture(scope="module")
def lake(server: Lake) -> Lake:
    s3 = server.client("s3")
    for bucket in (DROP, RAW):
        s3.create_bucket(Bucket=bucket)
    for key, manifest in MANIFESTS.items():
        s3.put_object(Bucket=RAW, Key=f"manifests/{key}.json", Body=json.dumps(manifest).encode())
    s3.put_object(Bucket=DROP, Key="tables/orders/a b%2F.csv", Body=b"id\nx\n")
    for key, content in {
        "x.csv": b"a,b\n1\n",
        "x.csv.reason.json": json.dumps({"reason": "malformed row", "detail": "1"}).encode(),
    }.items():
        s3.put_object(Bucket=DROP, Key=f"quarantine/clicks/{key}", Body=content)
    return server


def test_reasons_and_rows_of_tables(lake: Lake) -> None:
    orders, gone = Quarantine(lake, MODEL).tables()
    assert (orders.name, orders.objects, orders.rows, orders.failing) == ("orders", 2, 15, True)
    assert orders.reasons == {"id is not an int": 13, "wrong number of fields": 2}
    assert orders.location == f"s3://{DROP}/quarantine/orders/"
    assert (gone.rows, gone.failing) == (11, False), "its object was deleted, so its job does not fail any more"
    assert gone.reasons == {"(reason not recorded)": 11}


def test_files_of_streams(lake: Lake) -> None:
    [clicks] = Quarantine(lake, MODEL).streams("clicks")
    assert (clicks.objects, clicks.rows, clicks.reasons) == (1, None, {"malformed row: 1": 1})


def test_names_that_are_none(lake: Lake) -> None:
    with pytest.raises(UserError, match="no table 'x'"):
        Quarantine(lake, MODEL).tables("x")


@pytest.fixture
def cli(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run the command on this lake; jobs are recorded instead of started."""
    started: list[tuple[str, Any]] = []
    state = {"JobRunState": "SUCCEEDED"}

    class Glue:
        def start_job_run(self, JobName: str, Arguments: dict[str, str]) -> dict[str, str]:
            started.append((JobName, Arguments))
            return {"JobRunId": f"jr_{len(started)}"}

        def get_job_run(self, JobName: str, RunId: str) -> dict[str, Any]:
            return {"JobRun": {"JobName": JobName, "Id": RunId, "ErrorMessage": "RefusedRows: still refused", **state}}

    real = Lake.client
    monkeypatch.setattr(Lake, "client", lambda self, name, **options: Glue() if name == "glue" else real(self, name, **options))
    monkeypatch.setattr(Lake, "model", lambda self: MODEL)
    monkeypatch.setattr(Lake, "find", classmethod(lambda cls, asked=None: lake))
    monkeypatch.setattr(runs_module, "job_result", lambda *_: None)

    def run(action: str = "list", table: str | None = None, stream: str | None = None, output: str = "text") -> int:
        return command.run(
            SimpleNamespace(state=None, profile=None, region=None, stack=None, action=action, table=table, stream=stream, output=output)
        )

    return SimpleNamespace(run=run, started=started, state=state)


def test_the_list_is_a_table_or_json(cli: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run() == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["KIND", "NAME", "REASON", "ROWS", "OR", "FILES", "JOB"]
    assert lines[1].split() == ["table", "orders", "id", "is", "not", "an", "int", "13", "fails", "until", "settled"]
    assert any(line.startswith("stream  clicks  malformed row: 1") for line in lines)
    assert cli.run(table="orders", output="json") == 0
    [orders] = json.loads(capsys.readouterr().out)
    assert orders["reasons"] == {"id is not an int": 13, "wrong number of fields": 2}
    assert cli.run(table="clean") == 0
    assert capsys.readouterr().out == "nothing is in quarantine\n"


@pytest.mark.parametrize(
    ("action", "table", "jobs", "arguments"),
    [
        ("retry", "clean", ["clean-job"], {"--reprocess": "true"}),
        ("retry", None, ["orders-job", "gone-job"], {"--reprocess": "true"}),
        ("acknowledge", "orders", ["orders-job"], {"--acknowledge": "true"}),
    ],
)
def test_actions_run_the_jobs_of_the_tables(cli: Any, action: str, table: str | None, jobs: list[str], arguments: dict[str, str]) -> None:
    assert cli.run(action, table) == 0
    assert cli.started == [(job, arguments) for job in jobs]


def test_a_job_that_still_fails_is_named(cli: Any, capsys: pytest.CaptureFixture[str]) -> None:
    cli.state["JobRunState"] = "FAILED"
    assert cli.run("retry", "orders") == 1
    assert "orders: RefusedRows: still refused; see `lake logs orders --run jr_1`" in capsys.readouterr().err


def test_streams_are_not_read_again(cli: Any) -> None:
    with pytest.raises(UserError, match="lake drop FILE --stream clicks"):
        cli.run("retry", stream="clicks")
