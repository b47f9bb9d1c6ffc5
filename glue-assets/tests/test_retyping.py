"""A column whose type changes has one type in all files, or the change is refused and nothing else happens."""

from datetime import datetime
from decimal import Decimal

import pytest
from lake_transforms import TypesDiffer


def types_of(lake, column):
    """Return the physical types that the files of the table have."""
    keys = [key for key in lake.keys(lake.raw, f"tables/{lake.table}/") if key.endswith(".parquet")]
    return {dict(lake.spark.read.parquet(f"s3://{lake.raw}/{key}").dtypes)[column] for key in keys}


# the type before, two values, the type after; the values that are read then
FITTING = {
    "wider": ("int", ("1", ""), "bigint", [1, None]),
    "text": ("int", ("-7", "2"), "string", ["-7", "2"]),
    "exact": ("bigint", ("9007199254740992", "0"), "double", [9007199254740992.0, 0.0]),
    "number": ("string", ("1", "2.0"), "int", [1, 2]),
    "money": ("string", ("12.50", ""), "decimal(5,2)", [Decimal("12.50"), None]),
    "fraction": ("double", ("1.5", "3"), "string", ["1.5", "3.0"]),
    "day": ("date", ("2024-01-02", ""), "timestamp", [datetime(2024, 1, 2), None]),
    "narrow": ("bigint", ("127", "-128"), "tinyint", [127, -128]),
    "short": ("varchar(5)", ("abc", ""), "string", ["abc", None]),
    "same": ("double", ("0.1", "1e-7"), "double", [0.1, 1e-7]),
}
# the type before, the values, the type after, the value that does not fit
UNFITTING = [
    ("bigint", "1,9007199254740993", "double", "9007199254740993"),
    ("string", "1,x", "int", "x"),
    ("timestamp", "2024-01-02 10:00:00", "date", "2024-01-02 10:00:00"),
]


def csv_of(values):
    return "id,value\n" + "".join(f"{index},{value}\n" for index, value in enumerate(values.split(",")))


def delete(lake, name):
    lake.store.delete(lake.drop, [f"tables/things/{name}"])


def test_files_whose_source_is_gone_get_the_new_types(lake):
    names = list(FITTING)
    lines = [",".join([str(index), *(FITTING[name][1][index] for name in names)]) for index in (0, 1)]
    lake.put("a.csv", "\n".join([",".join(["id", *names]), *lines, ""]))
    lake.land({"id": "int"} | {name: FITTING[name][0] for name in names})
    delete(lake, "a.csv")
    after = {"id": "int"} | {name: FITTING[name][2] for name in names}
    for new in ("b", "c"):  # the second time, the types of the rewritten file are known
        lake.put(f"{new}.csv", "id\n100\n")
        assert lake.land(after).sources == 1
        assert [row[1:] for row in lake.rows("id", *names) if row[0] < 100] == list(zip(*(FITTING[name][3] for name in names), strict=True))
    assert {name: types_of(lake, name) for name in after} == {name: {kind} for name, kind in after.items()}


@pytest.mark.parametrize(
    ("before", "values", "after", "culprit", "gone"),
    [*[(*case, True) for case in UNFITTING], ("string", "1,x", "int", "x", False)],
)
def test_a_change_that_rows_do_not_fit_is_refused(lake, before, values, after, culprit, gone):
    lake.put("a.csv", csv_of(values))
    lake.land({"id": "int", "value": before})
    landed = lake.rows()
    if gone:
        delete(lake, "a.csv")
    lake.put("b.csv", "id,value\n100,\n")
    with pytest.raises(TypesDiffer, match=rf"things: value cannot become {after}: '{culprit}' of s3://.*/a.csv landed as {before}"):
        lake.land({"id": "int", "value": after})
    assert lake.rows() == landed
    lake.land({"id": "int", "value": before})
    assert len(lake.rows()) == len(landed) + 1


def test_a_run_that_died_while_it_put_files_in_place_is_repeated(lake, monkeypatch):
    for name in ("a", "b"):
        lake.put(f"{name}.csv", "id,value\n1,2\n")
    lake.land({"id": "int", "value": "int"})
    for name in ("a", "b"):
        delete(lake, f"{name}.csv")
    lake.put("c.csv", "id,value\n3,4\n")
    copy = type(lake.store).copy
    copied = []

    def dies(store, *arguments):
        if copied:
            raise RuntimeError("died")
        copied.append(arguments)
        copy(store, *arguments)

    with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="died"):
        patch.setattr(type(lake.store), "copy", dies)
        lake.land({"id": "int", "value": "bigint"})
    assert types_of(lake, "value") == {"int", "bigint"}
    lake.land({"id": "int", "value": "bigint"})
    assert types_of(lake, "value") == {"bigint"}
    assert lake.rows() == [(1, 2), (1, 2), (3, 4)]


def test_types_of_a_table_without_a_schema_outlive_their_sources(lake):
    lake.put("a.csv", "id\nx\n")
    lake.land(None)
    delete(lake, "a.csv")
    lake.put("b.csv", "id\n1\n")
    lake.land(None)
    assert lake.rows() == [("1",), ("x",)]
