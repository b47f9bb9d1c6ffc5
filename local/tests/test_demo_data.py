"""Which files the demo takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from lake_local.cli.main import build_parser
from lake_local.demo.data import find_tables
from lake_local.errors import UserError

NAMES = {"a": "olist_a.csv", "b": "olist_b.csv"}


def test_files_that_are_not_needed_do_not_matter(tmp_path: Path) -> None:
    for name in (*NAMES.values(), "olist_geolocation_dataset.csv"):
        (tmp_path / name).touch()
    assert find_tables(tmp_path, NAMES) == {"a": tmp_path / "olist_a.csv", "b": tmp_path / "olist_b.csv"}


def test_missing_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "olist_a.csv").touch()
    with pytest.raises(UserError, match=r"missing olist_b\.csv\. .*kaggle"):
        find_tables(tmp_path, NAMES)
    with pytest.raises(UserError, match="no such folder"):
        find_tables(tmp_path / "nothing", NAMES)


@pytest.mark.parametrize("scale", ["0", "-1", "101"])
def test_scale_is_checked(scale: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build_parser().parse_args(["demo", "--scale", scale])
    assert "is no size: give a number over 0 and up to 100" in capsys.readouterr().err
