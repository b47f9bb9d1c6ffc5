"""The `lake` command itself: help, mistakes, what a start loads."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from lake_local.cli.console import table
from lake_local.cli.main import COMMANDS, build_parser, explain, main
from lake_local.errors import OperationFailed, UserError
from lake_local.text import seconds, size


@pytest.fixture(scope="module")
def empty(new_lake: Callable[..., Any]) -> Any:
    """A lake that runs, with nothing deployed."""
    command = new_lake()
    command("up", "--no-deploy")
    return command


def test_every_command_has_help_with_examples(capsys: pytest.CaptureFixture[str]) -> None:
    for name in build_parser()._subparsers._group_actions[0].choices:
        with pytest.raises(SystemExit) as ended:
            main([name, "--help"])
        assert ended.value.code == 0
        printed = capsys.readouterr().out
        assert "--state" in printed and f"lake {name}" in printed.split("\n\n", 1)[1], name


def test_the_commands_of_the_issue_are_there() -> None:
    assert set(COMMANDS) >= {"up", "drop", "run", "query", "status", "logs", "quarantine", "env", "down", "demo", "layers", "destroy"}


def test_a_command_starts_fast_because_it_loads_only_what_it_needs(empty: Any) -> None:
    loads = "import sys; from lake_local.cli.main import main; main(['env']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True, env=empty.environ())
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert not loaded & {"boto3", "duckdb", "hypercorn", "ministack", "numpy", "pandas", "psycopg", "pyarrow", "pyspark", "sqlglot"}


def test_env_is_for_shells_scripts_and_containers(empty: Any) -> None:
    lake = empty.lake
    shell = subprocess.check_output(["bash", "-c", f'{empty("env").stdout}\necho "$AWS_ENDPOINT_URL $AWS_ACCESS_KEY_ID"'], text=True)
    assert shell.split() == [lake.endpoint, lake.access_key]
    assert json.loads(empty("env", "-o", "json").stdout) == lake.environment()
    assert f"AWS_SECRET_ACCESS_KEY={lake.secret_key}\n" in empty("env", "-o", "docker").stdout


def test_mistakes_are_one_line_and_exit_code_2(empty: Any) -> None:
    done = empty("destroy", "Nothing", code=2)
    assert done.stderr == "lake: there is no stack Nothing, only: none\n"
    assert empty("nonsense", code=2).stderr.startswith("usage: lake")
    assert "Traceback" in empty("destroy", "Nothing", code=None, LAKE_DEBUG="1").stderr


def test_status_of_an_empty_lake(empty: Any) -> None:
    assert "none deployed" in empty("status").stdout
    assert json.loads(empty("status", "-o", "json").stdout)["zones"] == []


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (UserError("do this"), 2, "do this"),
        (OperationFailed("it failed"), 1, "it failed"),
        (FileNotFoundError(2, "No such file or directory", "x.csv"), 2, "x.csv: No such file or directory"),
        (RuntimeError("odd"), 1, "unexpected RuntimeError: odd (LAKE_DEBUG=1 shows where)"),
    ],
)
def test_errors_in_the_users_words(error: Exception, code: int, text: str) -> None:
    assert explain(error) == (text, code)


def test_a_refusal_of_aws_keeps_its_code() -> None:
    from botocore.exceptions import ClientError

    refused = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetObject")
    assert explain(refused) == ("AccessDenied: no", 1)


def test_tables_put_numbers_right() -> None:
    assert table([("a", 5), ("long", 123)], ("NAME", "N")) == "NAME    N\na       5\nlong  123"
    assert table([], ("NAME", "N")) == "NAME  N"


def test_sizes_and_times_for_people() -> None:
    assert [size(n) for n in (0, 1023, 1536, 5 * 1024**2, 3 * 1024**4)] == ["0 B", "1023 B", "1.5 KB", "5.0 MB", "3072.0 GB"]
    assert [seconds(n) for n in (0.04, 59.9, 61)] == ["0.0 s", "59.9 s", "1 min 1 s"]
