"""`lake erase` on a lake with customers in all its parts: afterwards no version of any object knows the one who was erased."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import os
import signal
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
from lake_local.lake.erasure.plan import source_mark
from lake_local.lake.queries import Queries
from lake_local.lake_file import read_lake_file

from .conftest import descendants
from .waiting import until

ERASED = Path(__file__).parent / "apps" / "erased"
HEADER = "id,customer_id,amount\n"
ANNA = "customer_id = 'anna'"


class Customers:
    """The lake of apps/erased, and what is in it."""

    def __init__(self, command: Any, folder: Path) -> None:
        self.command, self.folder = command, folder
        command("up")
        self.lake = command.lake
        self.model = self.lake.model()
        self.s3 = self.lake.client("s3")
        self._unpacked: dict[tuple[str, str, str, str], bytes] = {}

    @property
    def drop(self) -> str:
        return self.model.zone("drop").bucket

    def send(self, table: str, name: str, body: bytes) -> None:
        self.s3.put_object(Bucket=self.drop, Key=f"tables/{table}/{name}", Body=body)

    def click(self, name: str, body: bytes) -> None:
        """Drop an event, and wait for its function."""
        raw, key = self.model.zone("raw").bucket, f"streams/clicks/{name}"
        self.s3.put_object(Bucket=self.drop, Key=key, Body=body)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if self.s3.list_objects_v2(Bucket=raw, Prefix=key).get("Contents") or self.quarantined(name):
                return
            time.sleep(0.1)
        raise AssertionError(f"{key} has not arrived")

    def quarantined(self, name: str) -> bool:
        return bool(self.s3.list_objects_v2(Bucket=self.drop, Prefix=f"quarantine/clicks/{name}").get("Contents"))

    def location(self, zone: str, table: str) -> str:
        found = self.lake.client("glue").get_table(DatabaseName=self.model.databases[zone], Name=table)["Table"]
        return str(found["StorageDescriptor"]["Location"])

    def ask(self, sql: str) -> list[Any]:
        return [tuple(record.values()) for record in Queries(self.lake).ask(sql).records()]

    def versions(self) -> dict[tuple[str, str, str], bytes]:
        """Return every version of every object of every bucket, unpacked."""
        found = {}
        for bucket in (one["Name"] for one in self.s3.list_buckets()["Buckets"]):
            for page in self.s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
                for one in page.get("Versions", []):
                    found[bucket, one["Key"], one["VersionId"]] = self._read(bucket, one)
        return found

    def _read(self, bucket: str, version: dict[str, Any]) -> bytes:
        """Return a version's content, fetched once."""
        mark = (bucket, version["Key"], version["VersionId"], version["ETag"])
        if mark not in self._unpacked:
            body = self.s3.get_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])["Body"].read()
            self._unpacked[mark] = unpacked(body, self.folder)
        return self._unpacked[mark]

    def knows(self, name: str) -> list[str]:
        """Return the objects that have a version with a name in it."""
        return sorted({key for (_, key, _), body in self.versions().items() if name.encode() in body})


def unpacked(body: bytes, folder: Path) -> bytes:
    if body.startswith(b"\x1f\x8b"):
        return gzip.decompress(body)
    if body.startswith(b"BZh"):
        return bz2.decompress(body)
    if body.startswith(b"PAR1"):
        file = folder / "some.parquet"
        file.write_bytes(body)
        return str(duckdb.sql(f"SELECT * FROM read_parquet('{file}')").fetchall()).encode()
    return body


@pytest.fixture(scope="module")
def customers(new_lake: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Customers:
    made = Customers(new_lake(folder=ERASED), tmp_path_factory.mktemp("customers"))
    # An earlier version of an object, and one that was deleted, had her rows too.
    made.send("orders", "a.csv", f"{HEADER}1,anna,10\n".encode())
    made.send("orders", "old.csv", f"{HEADER}1,anna,10\n".encode())
    made.s3.delete_object(Bucket=made.drop, Key="tables/orders/old.csv")
    made.send("orders", "a.csv", f"{HEADER}1,anna,10\n2,bob,20\n3,anna,many\n4,bob,many\n".encode())
    made.send("orders", "b.csv.gz", gzip.compress(f"{HEADER}5,anna,30\n6,bob,40\n".encode()))
    made.send("orders", "c.csv", f"{HEADER}7,carl,50\n".encode())
    made.send("customers", "all.csv", b"customer_id,city\nanna,Rome\nbob,Oslo\ncarl,Bern\n")
    made.click("day.csv", b"Customer ID,page\nanna,/\nbob,/\n")
    made.click("wrong.csv", b"customer_id,page\nanna,/,more\nbob,/\n")
    made.command("run")
    made.command("run")  # a run of the curated table that is no longer the current one
    assert len(made.ask("select * from raw_orders where customer_id = 'anna'")) == 2
    assert "/tables/orders/_compacted/" in made.location("raw", "raw_orders"), "her rows are in files with the rows of other objects"
    return made


def test_a_person_s_rows_are_erased_everywhere(customers: Customers) -> None:
    before = customers.knows("anna")
    parts = ("tables/orders/a.csv", "tables/orders/old.csv", "tables/customers/all.csv", "streams/clicks/day.csv", "quarantine/orders/",
             "quarantine/clicks/wrong.csv", "tables/per_customer/", "manifests/")  # fmt: skip
    assert all(any(key.startswith(part) for key in before) for part in parts[:-1]), before

    done = json.loads(customers.command("erase", "--where", ANNA, "--yes", "-o", "json").stdout)

    assert customers.knows("anna") == []
    assert done["tables"] == ["customers", "orders"] and done["streams"] == ["drop/clicks"]
    assert {(one["location"].rpartition("/")[2], one["rows"]) for one in done["objects"]} >= {
        ("a.csv", 2), ("a.csv", None), ("old.csv", None), ("b.csv.gz", 1), ("all.csv", 1), ("day.csv", 1),
    }  # fmt: skip
    assert all(one["rows"] == 0 for one in done["proof"]) and len(done["proof"]) >= 3
    # Nobody else lost anything.
    assert sorted(customers.ask("select id, customer_id, amount from raw_orders")) == [(2, "bob", 20), (6, "bob", 40), (7, "carl", 50)]
    assert sorted(customers.ask("select customer_id, city from raw_customers")) == [("bob", "Oslo"), ("carl", "Bern")]
    assert sorted(customers.ask("select customer_id, amount from curated_per_customer")) == [("bob", 60), ("carl", 50)]
    kept = customers.s3.get_object(Bucket=customers.model.zone("raw").bucket, Key="streams/clicks/day.csv")["Body"].read()
    assert kept == b"customer_id,page\nbob,/\n"
    assert any(
        "bob" in key or b"many" in body for (_, key, _), body in customers.versions().items() if key.startswith("quarantine/orders/")
    )


def test_nothing_found(customers: Customers) -> None:
    before = customers.versions()
    done = customers.command("erase", "--where", ANNA)
    assert "nothing found" in done.stderr
    assert "nothing found" in customers.command("erase", "--object", "tables/orders/nosuch.csv").stderr
    assert customers.versions() == before


def test_what_only_earlier_versions_and_results_have_is_found(customers: Customers) -> None:
    """As after an erasure that was interrupted, or after the versions of the object that was dropped have expired."""
    customers.send("orders", "d.csv", f"{HEADER}8,dora,70\n".encode())
    customers.command("run")
    customers.ask("select * from raw_orders where customer_id = 'dora'")
    customers.send("orders", "d.csv", f"{HEADER}8,dave,70\n".encode())
    customers.command("run")
    source = [one for one in customers.versions() if one[1] == "tables/orders/d.csv"]
    for bucket, key, version in source:
        if b"dora" in customers.s3.get_object(Bucket=bucket, Key=key, VersionId=version)["Body"].read():
            customers.s3.delete_object(Bucket=bucket, Key=key, VersionId=version)
    left = customers.knows("dora")
    assert {key.split("/")[0] for key in left} >= {"tables"} and len(left) >= 2

    customers.command("erase", "--where", "customer_id = 'dora'", "--yes")

    assert customers.knows("dora") == []
    customers.command("erase", "--object", "tables/orders/d.csv", "--yes")
    assert customers.knows("dave") == []


def test_nobody_to_ask(customers: Customers) -> None:
    before = customers.versions()
    done = customers.command("erase", "--where", "customer_id = 'bob'", code=2)
    assert "give --yes" in done.stderr and "tables/orders/a.csv" in done.stderr
    assert customers.versions() == before


def test_what_cannot_be_written_again_is_named_and_nothing_is_changed(customers: Customers) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("z.csv", f"{HEADER}8,zoe,60\n")
    customers.send("orders", "z.csv.zip", file.getvalue())
    customers.send("orders", "y.csv", f"{HEADER}9,zoe,60\n".encode())
    before = customers.versions()

    done = customers.command("erase", "--where", "customer_id = 'zoe'", "--yes", code=1)

    assert "nothing was erased" in done.stderr
    assert "z.csv.zip: it is a ZIP archive: erase it whole with `lake erase --object 'tables/orders/z.csv.zip'`" in done.stderr
    assert customers.versions() == before
    customers.command("erase", "--object", "tables/orders/z.csv.zip", "--yes")
    customers.command("erase", "--where", "customer_id = 'zoe'", "--yes")
    assert customers.knows("zoe") == []


def test_rows_are_erased_from_afar(customers: Customers, from_afar: Callable[..., Any], tmp_path: Path) -> None:
    customers.send("orders", "f.csv", f"{HEADER}10,fred,80\n11,gina,90\n".encode())
    customers.command("run")
    remote = from_afar(customers.command, tmp_path)

    done = json.loads(
        remote("erase", "--where", "customer_id = 'fred'", "--yes", "-o", "json", "--profile", "prod", "--stack", "Erased").stdout
    )

    assert done["tables"] == ["orders"] and all(one["rows"] == 0 for one in done["proof"])
    assert customers.knows("fred") == []
    assert customers.ask("select id from raw_orders where customer_id = 'gina'") == [(11,)]


def test_an_object_is_erased_with_all_that_came_of_it_from_afar(
    customers: Customers, from_afar: Callable[..., Any], tmp_path: Path
) -> None:
    key = "tables/orders/b.csv.gz"
    assert any(source_mark(key) in name for _, name, _ in customers.versions())

    remote = from_afar(customers.command, tmp_path)
    done = json.loads(remote("erase", "--object", key, "--yes", "-o", "json", "--profile", "prod", "--stack", "Erased").stdout)

    assert done["deleted"] >= 3
    assert not [name for _, name, _ in customers.versions() if source_mark(key) in name or name == key]
    kept = "select customer_id, amount from curated_per_customer where customer_id <> 'gina'"
    assert sorted(customers.ask(kept)) == [("bob", 20), ("carl", 50)]


def test_an_object_of_a_stream_is_erased_in_all_zones(customers: Customers) -> None:
    customers.command("erase", "--object", f"s3://{customers.drop}/streams/clicks/day.csv", "--yes")
    assert not [name for _, name, _ in customers.versions() if name == "streams/clicks/day.csv"]


def test_rows_whose_object_was_deleted_are_named(customers: Customers) -> None:
    customers.s3.delete_object(Bucket=customers.drop, Key="tables/orders/c.csv")
    done = customers.command("erase", "--where", "customer_id = 'carl'", "--yes", code=1)
    assert "c.csv: it was deleted, and its rows are still in raw: erase it whole" in done.stderr


@contextmanager
def a_run_that_goes_on(customers: Customers) -> Iterator[None]:
    """A run of the workflow, one of whose jobs is held up."""

    def job() -> int:
        server = int(read_lake_file(customers.lake.state_dir)["pid"])
        found = [pid for pid in descendants(server) if b"job_main.py" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        return found[0] if found else 0

    customers.lake.client("glue").start_workflow_run(Name=customers.model.workflow)
    process = until(job, what="a job", ignoring=(OSError,))
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def test_refused_while_a_run_writes(customers: Customers) -> None:
    with a_run_that_goes_on(customers):
        done = customers.command("erase", "--where", "customer_id = 'bob'", "--yes", code=1)
    assert "the lake is at work" in done.stderr and "runs" in done.stderr
    customers.command("run")
