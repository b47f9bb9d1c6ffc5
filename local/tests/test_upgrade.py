"""A lake that the first version made, with its data, becomes one of today: the path of docs/operations.md, deployed and run."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Command

ROOT = Path(__file__).resolve().parents[2]
APP = Path(__file__).parent / "apps" / "upgraded"
FIRST = "5145ebd72dd62632f0f0390b7da918885531d3c0"
PARTS = ("src", "glue-assets", "lambda", "package.json", "tsconfig.json")
ITEMS = "order_id,seller_id,price\no1,s1,10.5\no2,s2,3\n"
REVIEWS = "review_id,order_id,review_score\nr1,o1,5\nr2,o2,3\n"
DEALS = "mql_id,seller_id,sdr_id,declared_monthly_revenue\nm1,s1,d1,100\n"


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source of the first version, which a clone with its whole history has."""
    known = subprocess.run(["git", "cat-file", "-e", f"{FIRST}^{{commit}}"], cwd=ROOT, capture_output=True, check=False)
    if known.returncode:
        pytest.skip(f"the clone is shallow: it has no {FIRST}")
    folder = tmp_path_factory.mktemp("first")
    archive = subprocess.run(["git", "archive", FIRST, *PARTS], cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as parts:
        parts.extractall(folder, filter="data")
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return folder


def drop(lake: Command, folder: Path, table: str, name: str, text: str) -> None:
    (folder / name).write_text(text)
    lake("drop", str(folder / name), "--table", table)


def count(lake: Command, table: str) -> int:
    return int(lake("query", f"select count(*) from {table}", "-o", "csv").stdout.splitlines()[1])


def test_a_lake_of_the_first_version_goes_on_with_its_data(first: Path, new_lake: Callable[..., Command], tmp_path: Path) -> None:
    lake = new_lake(folder=APP)
    lake("up", SOURCE=str(first))
    for table, text in (("order_items", ITEMS), ("order_reviews", REVIEWS), ("closed_deals", DEALS)):
        drop(lake, tmp_path, table, f"{table}.csv", text)
    lake("run")
    assert count(lake, "curated_seller_performance") == 1
    stacks = lake.lake.client("cloudformation")
    before = stateful(stacks)

    lake("up", SOURCE=str(ROOT))
    assert before.items() <= stateful(stacks).items(), "what holds data is the same as before"
    assert count(lake, "raw_order_items") == 2, "and so is the data, before any run"
    drop(lake, tmp_path, "order_items", "more.csv", "order_id,seller_id,price\no3,s1,7\n")
    drop(lake, tmp_path, "order_reviews", "more.csv", "review_id,order_id,review_score\nr3,o3,1\n")
    lake("run")
    assert count(lake, "raw_order_items") == 3
    assert count(lake, "raw_closed_deals") == 1
    assert count(lake, "curated_seller_performance") == 2


def stateful(cloudformation: object) -> dict[str, str]:
    """The physical ids of what holds data."""
    kinds = ("AWS::S3::Bucket", "AWS::KMS::Key", "AWS::SQS::Queue", "AWS::Glue::Database")
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName="Upgraded")  # type: ignore[attr-defined]
    resources = [one for page in pages for one in page["StackResourceSummaries"]]
    return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources if one["ResourceType"] in kinds}
