"""A run that is killed is not begun anew: what it has read is not read again, what it has landed stays, and the rows are exact."""

import gzip

import pytest
from lake_transforms import CsvOptions
from lake_transforms.content import Peekable
from lake_transforms.manifests import Manifests
from lake_transforms.progress import NOWHERE
from lake_transforms.reading import Reader
from lake_transforms.records import Records, read_records
from lake_transforms.staging import Staging

TYPES = {"id": "int", "text": "string", "day": "date"}


class Killed(Exception):
    pass


@pytest.fixture
def killing(monkeypatch):
    """Let runs die without cleaning up, as one does that is killed; small objects of text, batches of two."""
    monkeypatch.setattr("lake_transforms.text_rows._PART_CHARACTERS", 500)
    monkeypatch.setattr("lake_transforms.reading._LINES_AT_ONCE", 7)
    monkeypatch.setattr("lake_transforms.staging._TEXTS_AT_ONCE", 2)
    monkeypatch.setattr("lake_transforms.s3._THREADS", 1)
    return monkeypatch


def killed(lake, killing, where, name, after, **options):
    """Run a job that is killed when it does something once too often."""
    action, calls = getattr(where, name), []

    def dies(*arguments, **given):
        calls.append(arguments)
        if len(calls) > after:
            raise Killed
        return action(*arguments, **given)

    with killing.context() as patch:
        patch.setattr(where, name, dies)
        patch.setattr(Staging, "clean_up", lambda _: None)
        with pytest.raises(Killed):
            lake.land(TYPES, **options)


def counted(killing, where, name):
    """Count the calls of a method from now on."""
    action, calls = getattr(where, name), []

    def wrapped(*arguments, **given):
        calls.append(arguments)
        return action(*arguments, **given)

    killing.setattr(where, name, wrapped)
    return calls


def rows(count, start=0, bad=()):
    return "".join(f'{"x" if n in bad else n},"row\n{n} é",13-{n % 12 + 1}-2024\n' for n in range(start, start + count))


def landed(lake):
    return [row[0] for row in sorted(lake.rows("id"))]


def land(lake, **options):
    """Run a job; what the run that was killed has left is not its to remove."""
    before = set(lake.keys(lake.raw, "staging/"))
    with pytest.MonkeyPatch.context() as patch:
        keys = lake.keys
        patch.setattr(lake, "keys", lambda bucket, prefix="": [key for key in keys(bucket, prefix) if key not in before])
        return lake.land(TYPES, **options)


def test_objects_that_were_read_are_not_read_again(lake, killing):
    for number in range(20):
        lake.put(f"{number:02d}.csv", "id,text,day\n" + rows(5, number * 5, bad=(7, 93)))
    killed(lake, killing, Reader, "read", 15)
    assert landed(lake) == []
    calls = counted(killing, Reader, "read")
    result = land(lake)
    assert 5 <= len(calls) <= 8, "the last object of text was not complete"
    assert (result.sources, result.rows_in, result.rows_out) == (20, 100, 98)
    assert landed(lake) == [number for number in range(100) if number not in (7, 93)]
    assert {line["line"] for line in lake.refused()} == {6, 8}
    calls.clear()
    assert (land(lake).sources, calls) == (0, [])


@pytest.mark.parametrize(
    ("encoding", "end", "packed"),
    [("utf-8", "\n", False), ("utf-8-sig", "\r\n", False), ("utf-16", "\n", False), ("utf-8", "\n", True)],
)
def test_a_large_object_is_read_on_from_where_it_was(lake, killing, encoding, end, packed):
    text = ("id,text,day\n" + rows(300, bad=(3, 250))).replace("\n", end).encode(encoding)
    lake.put("a.csv", gzip.compress(text) if packed else text)
    lines = counted(killing, Records, "stop")
    killed(lake, killing, Records, "stop", 30)
    seen = len(lines)
    lines.clear()
    result = land(lake)
    assert seen == 30 and len(lines) < 20, "most of the object was not read again"
    assert (result.rows_in, result.rows_out) == (300, 298)
    assert landed(lake) == [number for number in range(300) if number not in (3, 250)]
    assert [line["line"] for line in lake.refused()] == [502, 8]
    assert {row[0] for row in lake.rows("text")} == {f"row{end}{number} é" for number in range(300) if number not in (3, 250)}


def test_an_object_that_cannot_be_cut_is_read_again(lake, killing):
    lake.put("a.csv", ("id,text,day\n" + rows(300)).replace("\n", "\r"))
    killed(lake, killing, Records, "stop", 30)
    assert (land(lake).rows_in, landed(lake)) == (300, list(range(300)))


def test_batches_that_have_landed_stay(lake, killing):
    for number in range(12):
        lake.put(f"{number:02d}.csv", "id,text,day\n" + rows(10, number * 10))
    killed(lake, killing, Manifests, "write", 5)
    there = len(lake.keys(lake.raw, "manifests/"))
    assert there == 5
    reads, bad = counted(killing, Reader, "read"), landed(lake)
    assert 50 <= len(bad) < 120
    result = land(lake)
    assert (result.sources, result.skipped, reads) == (7, 5, [])
    assert landed(lake) == list(range(120))
    assert len(lake.keys(lake.raw, "manifests/")) == 12


def test_reprocessing_goes_on_too(lake, killing):
    for number in range(12):
        lake.put(f"{number:02d}.csv", "id,text,day\n" + rows(10, number * 10))
    lake.land(TYPES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lake, "land", lambda types, **options: type(lake).land(lake, types, reprocess=True, **options))
        killed(lake, killing, Manifests, "write", 5)
        writes = counted(killing, Manifests, "write")
        land(lake)
    assert len(writes) == 7
    assert landed(lake) == list(range(120))


@pytest.mark.parametrize("change", ["an object", "the settings", "the text is gone"])
def test_what_has_changed_is_read_again(lake, killing, change):
    for number in range(20):
        lake.put(f"{number:02d}.csv", "id,text,day\n" + rows(5, number * 5))
    killed(lake, killing, Reader, "read", 15)
    options = {}
    if change == "an object":
        lake.put("00.csv", "id,text,day\n" + rows(1, 500))
    elif change == "the settings":
        options = {"csv": CsvOptions(null_value="0")}
    else:
        lake.store.delete(lake.raw, lake.keys(lake.raw, "staging/"))
    calls = counted(killing, Reader, "read")
    land(lake, **options)
    assert len(calls) == 20
    assert len(lake.rows("id")) == (96 if change == "an object" else 100)


def test_refused_rows_of_the_run_that_was_killed_count(lake, killing):
    for number in range(12):
        lake.put(f"{number:02d}.csv", "id,text,day\n" + rows(10, number * 10, bad=range(65)))
    killed(lake, killing, Manifests, "write", 5)
    assert land(lake).failure.startswith("things: 65 of 70 rows were refused"), "those of objects without refused rows are not named"
    assert land(lake, acknowledge=True).failure is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "latin-1", "utf-8-sig"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_every_stop_is_between_two_records(encoding, ends):
    text = "".join(f'{number},"a{ends}é {number}",x{ends}' for number in range(200))
    content = text.encode(encoding).removeprefix("\ufeff".encode("utf-8"))
    encoding = encoding.removesuffix("-sig")

    def records(start=None):
        return read_records(Peekable(iter([content[at : at + 50] for at in range(0, len(content), 50)])), encoding, CsvOptions(), start)

    every, reader = [], records()
    for record in reader:
        every.append((record, reader.stop()))
    assert len(every) == 200 and sum(stop.position != NOWHERE for _, stop in every) > (150 if ends != "\r" else -1)
    for index, (_, stop) in enumerate(every[::9]):
        assert stop.position == NOWHERE or list(records(stop)) == [record for record, _ in every[index * 9 + 1 :]]
