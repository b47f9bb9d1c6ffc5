"""A lake's folder: two commands at once, copies, and a disk that is full."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lake_local.cli.main import explain
from lake_local.lake.assembly.synth import App, synthesize
from lake_local.lake.client import Lake, NoLakeError
from lake_local.store import exclusive


@pytest.fixture(scope="module")
def lake(new_lake: Callable[..., Any]) -> Any:
    """The small app, deployed."""
    command = new_lake()
    command("up")
    return command


def test_a_copy_of_the_folder_is_no_lake_that_runs(lake: Any, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(lake.state, copy, ignore=shutil.ignore_patterns("*.lock"))
    with pytest.raises(NoLakeError, match="no lake is running in .*copy: start one with `lake up`"):
        Lake.find(copy)
    assert "no lake was running" in lake("--state", str(copy), "down").stderr
    assert lake("status").stdout.startswith("lake on")


def test_a_folder_by_another_name_is_the_same(lake: Any, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(lake.state)
    assert Lake.find(tmp_path / "link").endpoint == lake.lake.endpoint


def test_the_second_up_waits_for_the_first(lake: Any) -> None:
    done: list[subprocess.CompletedProcess[str]] = []
    second = threading.Thread(target=lambda: done.append(lake("up")))
    with exclusive(lake.state / ".deploying.lock"):
        second.start()
        second.join(3)
        assert second.is_alive() and not done
    second.join(120)
    assert f"another `lake up` or `lake destroy` works in {lake.state}: waiting" in done[0].stderr
    assert "Small: no changes" in done[0].stderr


def test_two_up_at_once_in_a_new_folder_deploy_once_each(new_lake: Callable[..., Any]) -> None:
    lake = new_lake()
    done: list[subprocess.CompletedProcess[str]] = []
    both = [threading.Thread(target=lambda: done.append(lake("up"))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(120)
    changes = sorted("created" if "Small: created" in one.stderr else "none" if "Small: no changes" in one.stderr else "?" for one in done)
    assert changes == ["created", "none"]


def test_a_synth_that_fails_keeps_the_last_good_assembly(tmp_path: Path) -> None:
    script = tmp_path / "app.py"
    script.write_text(
        "import os, pathlib, sys\n"
        "out = pathlib.Path(os.environ['CDK_OUTDIR'])\n"
        "out.mkdir(exist_ok=True)\n"
        "(out / 'half').touch()\n"
        "sys.exit(4) if os.environ.get('FAIL') else (out / 'manifest.json').write_text(os.environ['CONTENT'])\n"
    )
    output = tmp_path / "cdk.out"

    def run(**environment: str) -> None:
        command = " ".join(f"{name}={value}" for name, value in environment.items()) + f" {sys.executable} {script}"
        synthesize(App(command, tmp_path, {}), output, "000000000000", "us-east-1", lambda _text: None)

    run(CONTENT="first")
    with pytest.raises(Exception, match="exit code 4"):
        run(FAIL="1")
    assert (output / "manifest.json").read_text() == "first"
    run(CONTENT="second")
    assert (output / "manifest.json").read_text() == "second"
    assert sorted(path.name for path in output.iterdir()) == ["half", "manifest.json"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_said_as_such(number: int) -> None:
    text, code = explain(OSError(number, os.strerror(number), "/data/lake.json"))
    assert text == "/data/lake.json: no space left on the device: free some, and repeat the command; what is done stays"
    assert code == 1
