"""One owner a table: what jobs write is theirs, what has a schema is nobody else's, and crawlers find the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .waiting import until

OWNED = Path(__file__).parent / "apps" / "owned"
MARKS = ("UPDATED_BY_CRAWLER", "DEPRECATED_BY_CRAWLER")


class Owned:
    """The lake of apps/owned, and what its catalog says."""

    def __init__(self, command: Any) -> None:
        self.command = command

    @property
    def glue(self) -> Any:
        return self.command.lake.client("glue")

    def up(self, flavor: str) -> None:
        self.command("up", FLAVOR=flavor)

    def drop(self, table: str, name: str, text: str, folder: Path) -> None:
        file = folder / name
        file.write_text(text)
        self.command("drop", str(file), "--table", table)

    def run(self) -> str:
        return self.command("run").stderr

    def crawl(self) -> None:
        """Start all crawlers by hand, and wait for them."""
        for crawler in self.command.lake.model().crawlers.values():
            self.glue.start_crawler(Name=crawler)
            until(lambda name=crawler: self.glue.get_crawler(Name=name)["Crawler"]["State"] == "READY", 60, crawler)
            assert self.glue.get_crawler(Name=crawler)["Crawler"]["LastCrawl"]["Status"] == "SUCCEEDED"

    def tables(self) -> dict[str, dict[str, Any]]:
        return {
            table["Name"]: table
            for database in self.command.lake.model().databases.values()
            for table in self.glue.get_tables(DatabaseName=database)["TableList"]
        }

    def columns(self, table: str) -> dict[str, str]:
        return {column["Name"]: column["Type"] for column in self.tables()[table]["StorageDescriptor"]["Columns"]}

    def pretend_crawled(self, zone: str, table: str, columns: dict[str, str]) -> None:
        """Leave an entry behind as the crawlers of earlier versions made them."""
        model = self.command.lake.model()
        bucket = next(one.bucket for one in model.zones if one.name == zone)
        self.glue.create_table(
            DatabaseName=model.databases[zone],
            TableInput={
                "Name": f"{zone}_{table}",
                "TableType": "EXTERNAL_TABLE",
                "Parameters": {"classification": "csv", "UPDATED_BY_CRAWLER": model.crawlers[zone], "mine": "kept"},
                "StorageDescriptor": {
                    "Location": f"s3://{bucket}/tables/{table}/",
                    "Columns": [{"Name": name, "Type": kind} for name, kind in columns.items()],
                },
            },
        )


@pytest.fixture(scope="module")
def owned(new_lake: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owned]:
    lake = Owned(new_lake(folder=OWNED))
    lake.up("declared")
    folder = tmp_path_factory.mktemp("files")
    lake.drop("orders", "1.csv", "id,amount\na,1\nb,2\n", folder)
    lake.drop("found", "1.csv", "code,name\n007,x\n", folder)
    for zone in ("drop", "raw"):
        lake.pretend_crawled(zone, "orders", {"id": "string", "amount": "bigint"})
    yield lake


def test_an_upgrade_adopts_what_crawlers_had_made_and_only_the_undeclared_table_is_crawled(owned: Owned) -> None:
    before = owned.tables()
    printed = owned.run()
    assert "crawler drop" in printed and "crawler raw" not in printed and "crawler curated" not in printed
    after = owned.tables()
    assert owned.columns("raw_orders") == {"id": "string", "amount": "int"}
    assert owned.columns("raw_found") == {"code": "string", "name": "string"}
    assert after["raw_orders"]["Parameters"]["mine"] == "kept"
    assert not [mark for name in ("raw_orders", "raw_found", "curated_totals") for mark in MARKS if mark in after[name]["Parameters"]]
    assert after["drop_orders"] == before["drop_orders"] and "drop_found" in after
    assert owned.command("query", "SELECT amount FROM curated_totals", "-o", "csv").stdout.split() == ["amount", "3"]


def test_crawlers_that_are_started_by_hand_change_no_table_of_a_job_and_none_with_a_schema(owned: Owned) -> None:
    before = owned.tables()
    bucket = next(zone.bucket for zone in owned.command.lake.model().zones if zone.name == "raw")
    owned.command.lake.client("s3").put_object(Bucket=bucket, Key="tables/surprise/1.csv", Body=b"x,y\n1,2\n")
    owned.crawl()
    after = owned.tables()
    assert after.pop("raw_surprise")["Parameters"]["UPDATED_BY_CRAWLER"]
    assert after == before


@pytest.mark.parametrize(
    ("flavor", "text", "columns", "crawled"),
    [
        ("changed", "id,amount,note\nc,0.5,x\n", {"id": "string", "amount": "double", "note": "string"}, False),
        ("undeclared", "id,amount,note\nd,1.5,y\n", {"id": "string", "amount": "double", "note": "string"}, True),
        ("renewed", "id,amount,note\ne,4,y\n", {"id": "string", "amount": "decimal(10,2)", "note": "string"}, False),
    ],
)
def test_a_schema_is_changed_removed_and_added_on_a_table_with_data(
    owned: Owned, tmp_path: Path, flavor: str, text: str, columns: dict[str, str], crawled: bool
) -> None:
    curated, dropped = owned.tables()["curated_totals"], owned.tables()["drop_orders"]
    owned.up(flavor)
    # the deployment takes back nothing of what a job has published
    assert owned.tables()["curated_totals"] == curated
    owned.drop("orders", f"{flavor}.csv", text, tmp_path)
    owned.run()
    owned.crawl()
    assert owned.columns("raw_orders") == columns
    assert owned.tables()["curated_totals"]["StorageDescriptor"]["Location"] != curated["StorageDescriptor"]["Location"]
    assert (owned.tables()["drop_orders"] != dropped) is crawled
