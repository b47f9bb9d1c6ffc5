"""Nothing is lost and nothing is there twice, whatever is repeated and wherever a run dies."""

import pytest
from lake_transforms import CsvOptions, TableSchema, land
from lake_transforms.manifests import Manifests
from lake_transforms.s3 import Location, ObjectStore
from lake_transforms.sources import source_hash
from lake_transforms.staging import Staging

TYPES = {"id": "int", "place": "string"}


class Died(Exception):
    pass


def dies(*_, **__):
    raise Died


def test_a_source_is_brought_once_and_replaced_when_it_changes(lake):
    assert lake.land(TYPES).sources == 0, "no objects at all"
    lake.put("a.csv", "id,place\n1,x\n2,y\nthree,z\n")
    lake.put("more/b.csv", "id,place\n10,x\n")
    first = lake.land(TYPES)
    assert (first.sources, first.skipped, first.rows_in, first.rows_out, first.rows_quarantined) == (2, 0, 4, 3, 1)
    assert first.reasons == {"id is not an int": 1}
    before = {key: lake.store.get(lake.raw, key)["LastModified"] for key in lake.keys(lake.raw)}

    again = lake.land(TYPES)
    assert (again.sources, again.skipped, again.rows_in) == (0, 2, 0)
    lake.put("a.csv", "id,place\n1,x\n2,y\nthree,z\n")  # uploaded again, unchanged
    assert lake.land(TYPES).sources == 0
    assert {key: lake.store.get(lake.raw, key)["LastModified"] for key in lake.keys(lake.raw)} == before

    lake.put("a.csv", "id,place\n3,z\n")  # corrected
    assert lake.land(TYPES).sources == 1
    assert lake.rows() == [(10, "x"), (3, "z")]
    assert lake.refused() == [], "what was refused of the earlier version is gone with it"


def test_names_and_manifests_follow_the_contract(lake):
    key = lake.put("a.csv", "id,place\n1,x\nthree,z\n")
    lake.land(TYPES)
    name = source_hash(key)
    assert lake.keys(lake.raw) == [f"manifests/things/{name}.json", f"tables/things/{name}-00000.parquet"]
    assert lake.keys(lake.drop, "quarantine/") == [f"quarantine/things/{name}-00000.json"]
    manifest = lake.store.read_json(lake.raw, f"manifests/things/{name}.json")
    etag = lake.store.client.head_object(Bucket=lake.drop, Key=key)["ETag"].strip('"')
    assert (manifest["source"], manifest["etag"]) == (f"s3://{lake.drop}/{key}", etag)
    assert (manifest["rows_in"], manifest["rows_out"], manifest["rows_quarantined"]) == (2, 1, 1)
    assert manifest["files"] == [f"tables/things/{name}-00000.parquet"]


@pytest.mark.parametrize("step", ["before the copies", "between copies", "before stale files are removed", "before the manifest"])
def test_a_run_that_dies_is_repeated_without_loss_or_doubles(lake, monkeypatch, step):
    lake.put("a.csv", "id,place\n1,x\n2,y\n")
    lake.put("b.csv", "id,place\n5,x\n")
    lake.land(TYPES, partition_columns=("place",))
    lake.put("a.csv", "id,place\n1,z\nbad,z\n")  # another partition, so that a file of the earlier version would be left over
    with monkeypatch.context() as patch:
        if step == "before the copies":
            patch.setattr(ObjectStore, "copy", dies)
        elif step == "between copies":
            patch.setattr(ObjectStore, "copy", _works_once(ObjectStore.copy))
        elif step == "before stale files are removed":
            patch.setattr("lake_transforms.staging.Staging._remove_stale", dies)
        else:
            patch.setattr(Manifests, "write", dies)
        with pytest.raises(Died):
            lake.land(TYPES, partition_columns=("place",))
    result = lake.land(TYPES, partition_columns=("place",))
    assert (result.sources, result.skipped) == (1, 1)
    assert lake.rows("id", "place") == [(1, "z"), (5, "x")]
    assert len(lake.refused()) == 1


def _works_once(action):
    calls = []

    def wrapped(*args):
        if calls:
            raise Died
        calls.append(args)
        return action(*args)

    return wrapped


def test_partitions(lake):
    lake.put("a.csv", "id,place,day\n1,São Paulo/SP,2017-01-01\n2,,2017-01-02\n01,São Paulo/SP,2017-01-01\n")
    types = {"id": "string", "place": "string", "day": "date"}
    lake.land(types, partition_columns=("place",))
    folders = {key.split("/")[2] for key in lake.keys(lake.raw, "tables/")}
    assert folders == {"place=São Paulo%2FSP", "place=__HIVE_DEFAULT_PARTITION__"}
    assert [row[0] for row in lake.rows("id")] == ["01", "1", "2"]
    lake.land(types)  # no longer partitioned: the source is brought again, and its old files go
    assert [key.count("/") for key in lake.keys(lake.raw, "tables/")] == [2]


def test_other_settings_bring_every_source_again(lake):
    lake.put("a.csv", "id,place\n1,x\n")
    lake.land(TYPES)
    assert lake.land(TYPES).sources == 0
    assert lake.land(TYPES, reprocess=True).sources == 1
    assert lake.land({"id": "string", "place": "string"}).sources == 1
    assert lake.rows() == [("1", "x")]
    assert lake.land({"id": "string", "place": "string"}, csv=CsvOptions(null_value="x")).sources == 1
    assert lake.rows() == [("1", None)]


def test_without_any_schema_the_first_run_infers_it_and_later_runs_keep_it(lake):
    lake.put("a.csv", "ID,price,text\n1,2.5,x\n")
    lake.land(None)
    assert lake.rows() == [(1, 2.5, "x")]
    lake.put("b.csv", "ID,price,text\n1.5,3,y\n2,4,z\n")
    result = lake.land(None)
    assert (result.sources, result.skipped, result.reasons) == (1, 1, {"id is not a bigint": 1})
    assert lake.rows() == [(1, 2.5, "x"), (2, 4.0, "z")]


def test_many_small_objects_are_put_in_place_by_all_cores(lake, monkeypatch):
    for number in range(60):
        lake.put(f"{number}.csv", f"id,place\n{number},x\n")
    staged, tasks = Staging._staged, set()

    def recorded(staging, kind):
        found = staged(staging, kind)
        tasks.update(item.name.split("-")[1] for items in found.values() for item in items)
        return found

    monkeypatch.setattr(Staging, "_staged", recorded)
    assert lake.land(TYPES).rows_out == 60
    assert [row[0] for row in lake.rows("id")] == sorted(range(60), key=lambda number: repr((number,)))
    assert tasks == {"00000", "00001"}, "the tests' Spark has two cores"
    assert len(lake.keys(lake.raw, "tables/")) == 60


def test_scratch_of_runs_that_died_long_ago_is_removed(lake):
    for name in ("20200101T000000Z-0badf00d/rows/x.parquet", "29990101T000000Z-0badf00d/rows/x.parquet", "temp/other"):
        lake.store.client.put_object(Bucket=lake.raw, Key=f"staging/things/{name}", Body=b"x")
    lake.put("a.csv", "id,place\n1,x\n")
    land(lake.spark, lake.store, lake.landing(TYPES))
    assert lake.keys(lake.raw, "staging/") == ["staging/things/29990101T000000Z-0badf00d/rows/x.parquet", "staging/things/temp/other"]


def test_rows_that_go_missing_fail_the_run(lake, monkeypatch):
    lake.put("a.csv", "id,place\n1,x\n")
    monkeypatch.setattr("lake_transforms.staging.Staging._row_counts", lambda *_: {})
    with pytest.raises(RuntimeError, match="1 rows were read, but 0 written and 0 quarantined"):
        lake.land(TYPES)
    assert lake.keys(lake.raw) == []


@pytest.mark.parametrize("uri", ["/local/path", "https://bucket/key", "s3://", "bucket/key"])
def test_locations_that_are_none(uri):
    with pytest.raises(ValueError, match="not an S3 location"):
        Location.parse(uri)


def test_locations():
    assert Location.parse("s3://b/a/c") == Location("b", "a/c/")
    assert Location.parse("s3://b").prefix == ""
    assert Location.parse("s3://b/x?y#z/").prefix == "x?y#z/"
    assert Location("b", "tables/t/").at_root("staging", "t").uri == "s3://b/staging/t/"


def test_arguments_that_are_wrong_are_named():
    for text, message in (("{", "not JSON"), ("[]", "must be a JSON object"), ("{}", "must be a JSON object")):
        with pytest.raises(ValueError, match=message):
            TableSchema.parse(text)
    with pytest.raises(ValueError, match=r"unknown csv_options \['colour'\]"):
        CsvOptions.parse('{"colour": "red"}')
    with pytest.raises(ValueError, match="delimiter must be one character, got '::'"):
        CsvOptions.parse('{"delimiter": "::"}')
    assert CsvOptions.parse('{"header": "false", "quote": "|"}') == CsvOptions(header=False, quote="|", escape="|")
    assert CsvOptions.parse(None) == CsvOptions()


def test_without_header_and_schema_columns_are_numbered(lake):
    lake.put("a.csv", "1,x\n2,y\n")
    lake.land(None, csv=CsvOptions(header=False))
    assert lake.spark.read.parquet(f"s3://{lake.raw}/tables/things/").columns == ["col0", "col1"]
    assert lake.rows() == [(1, "x"), (2, "y")]
