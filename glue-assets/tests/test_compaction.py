"""Tables of many small files: what readers see is the same before and after they are put together, and at every moment in between."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from lake_transforms import Catalog, Location, ObjectStore, TableEntry, TypesDiffer, land, read_parquet
from lake_transforms import compaction as compaction_module
from lake_transforms.generations import Generations
from lake_transforms.options import COMPACT_ABOVE, compact_above

TYPES = {"id": "int", "place": "string"}
ABOVE = 3


class Died(Exception):
    pass


class Table:
    """A table in a lake, as its readers find it through the catalog."""

    def __init__(self, lake, database):
        self.lake, self.entry = lake, TableEntry(database, "raw_things")
        self.partitions: tuple[str, ...] = ()
        self.types = TYPES
        self.above = ABOVE
        self.columns: list[str] = []  # that a reader has found last

    def put(self, *names, rows="{0},x\n", header="id,place\n"):
        """Drop an object for each name; a name that begins with a number has it as its id."""
        for name in names:
            self.lake.put(f"{name}.csv", header + rows.format(*name.split("-")))

    def delete(self, name):
        self.lake.store.delete(self.lake.drop, [f"tables/things/{name}.csv"])

    def land(self, **options):
        landing = self.lake.landing(self.types, partition_columns=self.partitions)
        landing = dataclasses.replace(landing, entry=self.entry, compact_above=self.above)
        result = land(self.lake.spark, self.lake.store, landing, log=lambda text: None, **options)
        assert not self.lake.keys(self.lake.raw, "staging/"), "the run left its scratch behind"
        return result

    @property
    def locations(self):
        """Where readers look: by partition values."""
        if not self.partitions:
            return {(): Catalog().location(self.entry.database, self.entry.table).uri}
        pages = boto3.client("glue").get_partitions(DatabaseName=self.entry.database, TableName=self.entry.table)["Partitions"]
        return {tuple(one["Values"]): one["StorageDescriptor"]["Location"] for one in pages}

    def read(self, locations=None):
        """Return all rows, as a reader finds them that has asked the catalog."""
        found = []
        for values, uri in (self.locations if locations is None else locations).items():
            rows = self.lake.spark.read.option("mergeSchema", True).parquet(uri)
            assert not set(rows.columns) & set(self.partitions)
            self.columns = sorted(rows.columns)
            found += [(*row, *values) for row in rows.select(*self.columns).collect()]
        return sorted(found, key=repr)

    def read_curating(self):
        """Return all rows, as a curated table's job reads them."""
        rows = read_parquet(self.lake.spark, ObjectStore(), {"things": f"s3://{self.lake.raw}/tables/things/"})["things"]
        return sorted((tuple(row) for row in rows.select(*sorted(rows.columns)).collect()), key=repr)

    def files(self):
        """Return how many objects readers have to read."""
        return sum(len(self.lake.keys(*uri.removeprefix("s3://").split("/", 1))) - ("_compacted" in uri) for uri in self.locations.values())

    def check(self, expected):
        """Every reader sees these rows, each once."""
        expected = sorted(expected, key=repr)
        assert self.read() == expected
        assert self.read_curating() == expected
        assert self.lake.rows(*self.columns, *self.partitions) == expected


@pytest.fixture
def table(lake, database):
    return Table(lake, database)


def rows_of(*ids, place="x"):
    return [(number, place) for number in ids]


def compacted(table, ids=range(1, 6)):
    table.put(*map(str, ids))
    assert table.land().compacted == {"files": len(ids), "into": 1}


def test_many_small_files_become_one_and_rows_stay_the_same(table):
    table.put("1", "2", "3")
    assert table.land().compacted == {}
    before = table.locations
    assert before == {(): f"s3://{table.lake.raw}/tables/things/"} and table.files() == ABOVE
    table.put("4")
    assert table.land().compacted == {"files": 4, "into": 1}
    assert table.files() == 1
    table.check(rows_of(1, 2, 3, 4))
    assert table.read(before) == rows_of(1, 2, 3, 4), "readers that have asked the catalog before"
    assert table.read({(): f"s3://{table.lake.raw}/tables/things/"}) == rows_of(1, 2, 3, 4)


def test_a_run_without_news_changes_nothing(table):
    compacted(table)
    before = {key: table.lake.store.get(table.lake.raw, key)["LastModified"] for key in table.lake.keys(table.lake.raw)}
    assert table.land().compacted == {}
    assert {key: table.lake.store.get(table.lake.raw, key)["LastModified"] for key in table.lake.keys(table.lake.raw)} == before


def test_what_was_landed_before_is_compacted_by_a_run_without_news(table):
    table.above = 0
    table.put(*map(str, range(1, 6)))
    assert table.land().compacted == {}
    table.above = ABOVE
    assert table.land().compacted == {"files": 5, "into": 1}
    table.check(rows_of(*range(1, 6)))


def test_new_objects_land_beside_the_compacted_and_are_compacted_later(table):
    compacted(table)
    location = table.locations
    table.put("6", "7")
    assert table.land().compacted == {}
    assert table.locations == location and table.files() == 3
    table.check(rows_of(*range(1, 8)))
    table.put("6", rows="60,x\n")
    table.delete("7")
    assert table.land().compacted == {}
    table.check(rows_of(1, 2, 3, 4, 5, 60, 7))
    table.put("8", "9")
    assert table.land().compacted == {"files": 5, "into": 1}, "four, and the compacted one, which is small"
    assert table.files() == 1
    table.check(rows_of(1, 2, 3, 4, 5, 60, 7, 8, 9))


def test_large_files_are_left_as_they_are(table, monkeypatch):
    table.put(*map(str, range(1, 6)))
    table.put("big", rows="".join(f"{number},{number * 12345678901234567}\n" for number in range(100, 3000)))
    monkeypatch.setattr(compaction_module, "SMALL", 4096)
    monkeypatch.setattr(compaction_module, "LARGE", 2048)
    result = table.land()
    assert result.compacted["files"] == 5 and result.compacted["into"] > 1
    expected = [*rows_of(*range(1, 6)), *((number, str(number * 12345678901234567)) for number in range(100, 3000))]
    table.check(expected)
    before = {key.rpartition("/")[2] for key in table.lake.keys(table.lake.raw, "tables/things/_compacted/")}
    table.put("6", "7", "8", "9")
    monkeypatch.setattr(compaction_module, "LARGE", 100)  # so that those before are large enough
    assert table.land().compacted["files"] == 4
    assert before < {key.rpartition("/")[2] for key in table.lake.keys(table.lake.raw, "tables/things/_compacted/")}
    table.check([*expected, *rows_of(6, 7, 8, 9)])


def test_partitions_are_compacted_one_by_one(table):
    table.partitions = ("place",)
    for name in "12345":
        table.put(name, rows="{0},x/y\n{0}0,z\n" if name < "3" else "{0},x/y\n")
    assert table.land().compacted == {"files": 5, "into": 1}
    root = f"s3://{table.lake.raw}/tables/things/"
    assert table.locations["z",] == f"{root}place=z/"
    assert table.locations["x/y",].startswith(f"{root}_compacted/place=x%2Fy/")
    expected = [*rows_of(1, 2, 3, 4, 5, place="x/y"), *rows_of(10, 20, place="z")]
    table.check(expected)
    assert Catalog().location(table.entry.database, table.entry.table).uri == root
    table.put("1", rows="1,z\n")
    table.land()
    table.check([*rows_of(2, 3, 4, 5, place="x/y"), *rows_of(1, 20, place="z")])


# what happens to a table of five objects that were compacted, and the rows that it has then
CHANGES = {
    "replaced": (lambda table: table.put("2", rows="20,y\n21,y\n"), [(1, "x"), (20, "y"), (21, "y"), (3, "x"), (4, "x"), (5, "x")]),
    "emptied": (lambda table: table.put("2", rows=""), rows_of(1, 3, 4, 5)),
    "deleted": (lambda table: table.delete("2"), rows_of(1, 2, 3, 4, 5)),
    "several replaced": (lambda table: table.put("1", "2", "3", "4", rows="{0},y\n"), [*rows_of(1, 2, 3, 4, place="y"), (5, "x")]),
    "all replaced": (lambda table: table.put(*"12345", rows="{0},y\n"), rows_of(1, 2, 3, 4, 5, place="y")),
    "no table any more": (lambda table: table.lake.put("2.csv", b"%PDF-1.4"), rows_of(1, 3, 4, 5)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changes_of_objects_that_were_compacted(table, change):
    compacted(table)
    act, expected = CHANGES[change]
    before = table.locations
    act(table)
    table.land()
    table.check(expected)
    assert table.read(before) == rows_of(*range(1, 6)), "a reader at the generation before sees nothing of it"
    files = table.files()
    table.land()
    assert table.files() == files


def test_an_object_that_is_replaced_again_and_again_is_not_compacted_each_time(table):
    compacted(table)
    table.put("2", rows="20,y\n")
    assert table.land().compacted == {"files": 4, "into": 1}
    location = table.locations
    table.put("2", rows="21,y\n")
    assert table.land().compacted == {}
    assert table.locations == location
    table.check([*rows_of(1, 3, 4, 5), (21, "y")])


def test_erased_objects_leave_no_rows(table):
    compacted(table)
    table.delete("2")
    mark = next(
        name
        for name in table.lake.keys(table.lake.raw, "manifests/")
        if b"/2.csv" in table.lake.store.get(table.lake.raw, name)["Body"].read()
    )
    hash = mark.rpartition("/")[2].removesuffix(".json")
    table.lake.store.delete(table.lake.raw, [key for key in table.lake.keys(table.lake.raw) if hash in key])
    assert table.land().compacted == {"files": 4, "into": 1}
    table.check(rows_of(1, 3, 4, 5))


def test_rows_that_are_kept_stay_compacted(table):
    table.types = None
    compacted(table)
    table.put("6", rows="a,b\n", header="id,place,note\n")
    table.types = {"id": "int", "place": "date"}
    with pytest.raises(TypesDiffer):
        table.land()
    table.check(rows_of(*range(1, 6)))


def test_new_columns_and_other_types_after_compaction(table):
    compacted(table)
    table.put("6", rows="6,x,new\n", header="id,place,note\n")
    table.types = {**TYPES, "note": "string"}
    table.land()
    assert table.read() == table.read_curating() == sorted([*((n, None, "x") for n in range(1, 6)), (6, "new", "x")], key=repr)
    table.delete("2")
    table.types = {"id": "bigint", "place": "string", "note": "string"}
    table.land()
    assert table.read() == sorted([*((n, None, "x") for n in range(1, 6)), (6, "new", "x")], key=repr)
    frame = table.lake.spark.read.option("mergeSchema", True).parquet(*table.locations.values())
    assert dict(frame.dtypes)["id"] == "bigint", "mergeSchema fails on files of different types"


def test_a_table_that_is_partitioned_later(table):
    compacted(table)
    table.partitions = ("place",)
    table.land()
    assert set(table.locations) == {("x",)} and table.locations["x",].startswith(f"s3://{table.lake.raw}/tables/things/_compacted/place=x/")
    assert table.read() == rows_of(*range(1, 6))
    assert table.read_curating() == rows_of(*range(1, 6))
    table.partitions = ()
    table.land()
    table.check(rows_of(*range(1, 6)))


def test_compacted_files_carry_the_class(table):
    table.lake.store = ObjectStore(classification="secret")
    compacted(table)
    keys = table.lake.keys(table.lake.raw, "tables/things/_compacted/")
    assert len(keys) == 2
    for key in keys:
        tags = table.lake.store.client.get_object_tagging(Bucket=table.lake.raw, Key=key)["TagSet"]
        assert tags == [{"Key": "data-classification", "Value": "secret"}]


def test_generations_are_kept_for_a_day(table):
    compacted(table)
    table.put("2", rows="20,x\n")
    table.land()
    table.put("1", rows="10,x\n")
    table.land()
    generations = Generations(table.lake.store, Location(table.lake.raw, "tables/things/"))
    now = datetime.now(UTC)
    assert len(list(generations.retired())) == 2
    generations.remove_retired(now + timedelta(hours=23))
    assert len(list(Generations(table.lake.store, generations.table).retired())) == 2
    generations.remove_retired(now + timedelta(hours=25))
    assert list(Generations(table.lake.store, generations.table).retired()) == []
    table.check(rows_of(10, 20, 3, 4, 5))
    # one that was never finished
    key = "tables/things/_compacted/20200101T000000Z-0badf00d/part-00000.parquet"
    table.lake.store.client.put_object(Bucket=table.lake.raw, Key=key, Body=b"x")
    table.check(rows_of(10, 20, 3, 4, 5))
    table.land()
    assert key not in table.lake.keys(table.lake.raw)


def test_rows_are_counted(table, monkeypatch):
    compacted(table)
    table.put("6", "7", "8", "9")
    read = compaction_module.Compaction._read
    monkeypatch.setattr(compaction_module.Compaction, "_read", lambda self, uris: read(self, uris).limit(3))
    with pytest.raises(RuntimeError, match="there are 9 rows, but 3 were written"):
        table.land()
    monkeypatch.undo()
    table.land()
    table.check(rows_of(*range(1, 10)))


def test_a_manifest_that_is_older_than_its_file_does_not_stop_the_table(table, monkeypatch):
    table.put("1", "2", "3")
    table.land()
    table.put("3", rows="3,x\n30,x\n")
    with monkeypatch.context() as patch, pytest.raises(Died):
        patch.setattr("lake_transforms.landing._manifest", dies)
        table.land()
    table.delete("3")
    table.put("4")
    assert table.land().compacted == {"files": 4, "into": 1}
    table.check(rows_of(1, 2, 3, 30, 4))


def dies(*_):
    raise Died


def test_without_an_entry_nobody_would_read_what_was_compacted(lake):
    for name in "12345":
        lake.put(f"{name}.csv", "id\n1\n")
    assert lake.land({"id": "int"}).compacted == {}


WRITES = ("put_object", "copy_object", "delete_objects", "create_table", "update_table", "batch_update_partition")


class Dying:
    """A client, or two, whose n-th write is the last one."""

    def __init__(self, writes):
        self.left = writes

    def client(self, client):
        dying = self

        class Client:
            def __getattr__(self, name):
                method = getattr(client, name)

                def call(**arguments):
                    answer = method(**arguments)
                    dying.left -= 1
                    if not dying.left:
                        raise Died
                    return answer

                return call if name in WRITES else method

        return Client()


class State:
    """All that there is of a table, so that a test can go back to it."""

    def __init__(self, table):
        self.lake, self.entry, self.glue = table.lake, table.entry, boto3.client("glue")
        self.keys = self.lake.keys(self.lake.raw)
        self.bodies = {key: self.lake.store.get(self.lake.raw, key)["Body"].read() for key in self.keys}
        self.table = self.glue.get_table(DatabaseName=self.entry.database, Name=self.entry.table)["Table"]
        self.partitions = self.glue.get_partitions(DatabaseName=self.entry.database, TableName=self.entry.table)["Partitions"]

    def restore(self):
        self.lake.store.delete(self.lake.raw, set(self.lake.keys(self.lake.raw)) - set(self.keys))
        for key, body in self.bodies.items():
            self.lake.store.client.put_object(Bucket=self.lake.raw, Key=key, Body=body)
        names = ("Name", "TableType", "PartitionKeys", "Parameters", "StorageDescriptor")
        self.glue.update_table(DatabaseName=self.entry.database, TableInput={name: self.table[name] for name in names})
        names = ("Values", "StorageDescriptor", "Parameters")
        entries = [{"PartitionValueList": one["Values"], "PartitionInput": {name: one[name] for name in names}} for one in self.partitions]
        if entries:
            self.glue.batch_update_partition(DatabaseName=self.entry.database, TableName=self.entry.table, Entries=entries)


@pytest.mark.parametrize(
    ("partitions", "stride"),
    [((), 5), (("place",), 10), pytest.param((), 1, marks=pytest.mark.soak), pytest.param(("place",), 1, marks=pytest.mark.soak)],
    ids=["some writes", "some writes, partitioned", "every write", "every write, partitioned"],
)
def test_a_run_that_dies_after_any_write_is_repeated_exactly(table, monkeypatch, partitions, stride):
    """Of a table that was compacted, one object is replaced and enough come that it is compacted again."""
    table.partitions = partitions
    compacted(table)
    state, lake, glue = State(table), table.lake, boto3.client("glue")
    table.put("2", rows="20,x\n")
    table.put("6", "7", "8", "9")
    monkeypatch.setattr(ObjectStore, "each", lambda self, action, items: [action(item) for item in items])
    store, seen, step = lake.store, Counter(), 0
    while True:
        step += stride
        dying = Dying(step)
        lake.store = ObjectStore(dying.client(store.client))
        with monkeypatch.context() as patch:
            catalog = Catalog(dying.client(glue))
            patch.setattr("lake_transforms.landing.Catalog", lambda catalog=catalog, **_: catalog)
            try:
                table.land()
            except Died:
                pass
            finally:
                lake.store = store
        rows = table.read()
        ids = sorted(number for number, _ in rows)
        seen[tuple(ids)] += 1
        assert len(set(ids)) == len(ids), f"write {step}: rows are there twice"
        assert {1, 3, 4, 5} <= set(ids) and len({2, 20} & set(ids)) == 1, f"write {step}: rows are gone"
        if dying.left > 0:
            break
        table.land()
        assert sorted(table.read()) == sorted(rows_of(1, 20, 3, 4, 5, 6, 7, 8, 9)), f"write {step}"
        assert table.files() <= ABOVE + 1
        state.restore()
    assert step > 20 and len(seen) > (3 if stride == 1 else 1)
    table.check(rows_of(1, 20, 3, 4, 5, 6, 7, 8, 9))


@pytest.mark.parametrize(("text", "number"), [(None, COMPACT_ABOVE), ("", COMPACT_ABOVE), ("0", 0), ("50", 50)])
def test_the_argument(text, number):
    assert compact_above(text) == number


@pytest.mark.parametrize("text", ["-1", "many", "1.5"])
def test_arguments_that_are_refused(text):
    with pytest.raises(ValueError, match=f"--compact_above must be a number of files, or 0 for never, got '{text}'"):
        compact_above(text)
