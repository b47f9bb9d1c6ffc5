"""A table of which too much is refused fails its job until somebody has seen to it."""

import json

import pytest
from lake_transforms import ObjectStore, RefusedRows, read_parquet, staging
from lake_transforms.staging import Landing

TYPES = {"id": "int", "place": "string"}
MOST = "id,place\n" + "x,a\n" * 11 + "1,b\n" * 10


def test_a_run_of_which_most_is_refused_fails_and_keeps_failing(lake):
    lake.put("a.csv", MOST)
    result = lake.land(TYPES)
    assert result.failure.startswith("things: 11 of 21 rows were refused: id is not an int (11); see s3://")
    assert "--reprocess true" in result.failure
    assert "--acknowledge true" in result.failure
    assert len(lake.rows()) == 10, "what fits was landed"
    assert len(lake.refused()) == 11
    assert lake.land(TYPES).failure == result.failure, "no new objects: still not settled"
    assert lake.land(TYPES, acknowledge=True).failure is None
    assert lake.land(TYPES).failure is None


def test_mended_objects_settle_it(lake):
    lake.put("a.csv", MOST)
    assert lake.land(TYPES).failure
    lake.put("a.csv", "id,place\n1,a\n")
    assert lake.land(TYPES).failure is None


def test_a_mended_schema_settles_it(lake):
    lake.put("a.csv", MOST)
    assert lake.land(TYPES).failure
    assert lake.land({"id": "string", "place": "string"}).failure is None
    assert len(lake.rows()) == 21


@pytest.mark.parametrize(
    ("refused", "good", "share", "fails"),
    [
        (9, 0, 0.5, False),
        (10, 0, 0.5, True),
        (10, 10, 0.5, False),
        (11, 10, 0.5, True),
        (11, 90, 0.1, True),
        (20, 1, 1.0, False),
        (29, 71, 0.29, False),
        (30, 70, 0.29, True),
    ],
)
def test_the_share_that_decides(refused, good, share, fails):
    from lake_transforms.manifests import Manifest
    from lake_transforms.refusals import Refusals
    from lake_transforms.s3 import Location

    place = Location("b", "x/")
    run = [Manifest("a", "x", None, good, good, 0, []), Manifest("b", "x", None, refused, 0, refused, [])]
    assert Refusals(None, Landing("t", place, place, place, refused_share=share)).is_too_much(run) is fails


def test_the_job_fails_after_it_has_told_its_result(lake, run_job, database, capsys):
    lake.put("a.csv", MOST)
    arguments = {
        "table": "things",
        "source_database": database,
        "source_table": "drop_things",
        "source_path": f"s3://{lake.drop}/tables/things/",
        "target_path": f"s3://{lake.raw}/tables/things/",
        "target_database": database,
        "target_table": "raw_things",
        "quarantine_path": f"s3://{lake.drop}/quarantine/things/",
        "schema": json.dumps(TYPES),
    }
    with pytest.raises(RefusedRows, match="11 of 21 rows were refused"):
        run_job("drop_to_raw.py", **arguments)
    assert '"rows_out": 10' in capsys.readouterr().out
    run_job("drop_to_raw.py", **arguments, acknowledge="true")
    run_job("drop_to_raw.py", **arguments, refused_share="0.9", reprocess="true")


def test_what_is_downstream_names_the_cause(lake):
    lake.put("a.csv", "id,place\n" + "x,a\n" * 12)
    lake.land(TYPES)
    with pytest.raises(ValueError, match=r"no data in things .*: 12 of 12 rows were refused: id is not an int \(12\)"):
        read_parquet(lake.spark, ObjectStore(), {"things": f"s3://{lake.raw}/tables/things/"})


def test_a_few_refused_rows_are_told_as_many_are(new_lake, monkeypatch):
    """The job writes a few by itself, Spark writes many: the same files, but for their order."""
    texts = ['id,place\n1,a\nx,"b""\n\t\\\\ ü"\n2,c,d\n3\n', "id,place\ny,\nz,b\n4,a\n"]
    told = []
    for most in (staging._FEW_REFUSED, 0):
        lake = new_lake()
        monkeypatch.setattr(staging, "_FEW_REFUSED", most)
        for number, text in enumerate(texts):
            lake.put(f"{number}.csv", text)
        result = lake.land(TYPES)
        drop = f"s3://{lake.drop}/"
        keys = [key for key in lake.keys(lake.drop, "quarantine/") if lake.store.get(lake.drop, key)["ContentLength"]]
        told.append((result.reasons, len(keys), [{**row, "source": row["source"].removeprefix(drop)} for row in lake.refused()]))
    assert told[0] == told[1]
    assert len(told[0][2]) == 5


def test_more_refused_rows_than_the_job_writes_by_itself(lake):
    many = staging._FEW_REFUSED + 50
    lake.put("a.csv", "id,place\n" + "x,a\n" * many + "1,b\n" * many)
    assert lake.land(TYPES).reasons == {"id is not an int": many}
    assert len(lake.refused()) == many
