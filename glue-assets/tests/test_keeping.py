"""Rows that landed stay, however the declaration of their table changes; or the change is refused."""

import pytest
from lake_transforms import TypesDiffer
from test_retyping import delete, types_of


def test_rows_stay_although_as_many_others_would_take_their_place(lake):
    lake.put("a.csv", "id,v\n1,12345\n2,x\n")
    lake.land({"id": "int", "v": "int"})
    for _ in range(2):
        result = lake.land({"id": "int", "v": "varchar(3)"}, reprocess=True)
        assert ([uri.rpartition("/")[2] for uri in result.kept], lake.rows()) == (["a.csv"], [(1, "12345")])
    assert lake.land({"id": "int", "v": "string"}).kept == []
    assert lake.rows() == [(1, "12345"), (2, "x")]


def test_a_column_that_was_removed_and_comes_back_with_another_type_has_one_type(lake):
    lake.put("a.csv", "a,b\n1,2\n")
    lake.land({"a": "int", "b": "int"})
    lake.put("b.csv", "a\n5\n")
    assert len(lake.land({"a": "int"}).kept) == 1
    delete(lake, "a.csv")
    lake.put("c.csv", "a,b\n6,x\n")
    lake.land({"a": "int", "b": "string"})
    assert (lake.rows("a", "b"), types_of(lake, "a")) == ([(1, "2"), (5, None), (6, "x")], {"int"})


BY_C, NOT = ("c",), ()


@pytest.mark.parametrize(("before", "after"), [(NOT, BY_C), (BY_C, NOT), (BY_C, ("d",)), (BY_C, ("c", "d"))])
@pytest.mark.parametrize("kept", [False, True], ids=["gone", "kept"])
def test_files_that_stay_are_not_left_in_folders_that_no_reader_finds(lake, before, after, kept):
    lake.put("a.csv", "id,c,d\n1,x,y\n,x,y\n")
    types = {"id": "int", "c": "string", "d": "string"}
    lake.land(types, partition_columns=before)
    landed, keys = lake.rows("id", "c", "d"), lake.keys(lake.raw, "tables/")
    if kept:
        types = {**types, "id": {"type": "int", "required": True}}
    else:
        delete(lake, "a.csv")
    lake.put("b.csv", "id,c,d\n2,x,z\n")
    with pytest.raises(TypesDiffer, match=r"things: cannot be partitioned by .*/a\.csv, which stay .*Nothing was changed"):
        lake.land(types, partition_columns=after)
    assert (lake.rows("id", "c", "d"), lake.keys(lake.raw, "tables/")) == (landed, keys)
    lake.land(types, partition_columns=before)
    assert len(lake.rows()) == 3
    lake.put("a.csv", "id,c,d\n1,x,y\n")
    lake.land(types, partition_columns=after)
    assert lake.rows("id", "c", "d") == [(1, "x", "y"), (2, "x", "z")]


def test_rows_of_objects_that_are_there_get_into_the_new_partitions(lake):
    lake.put("a.csv", "id,c\n1,x\n2,y\n")
    types = {"id": "int", "c": "string"}
    for columns, folders in ((NOT, 1), (BY_C, 2), (NOT, 1)):
        lake.land(types, partition_columns=columns)
        assert (len(lake.keys(lake.raw, "tables/")), lake.rows("id", "c")) == (folders, [(1, "x"), (2, "y")])
