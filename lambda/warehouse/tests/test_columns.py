"""Types of the catalog in Redshift, and tables whose columns change."""

import pytest


@pytest.fixture
def columns(load):
    return load("columns")


@pytest.mark.parametrize(
    ("catalog", "redshift"),
    [
        ("boolean", "boolean"),
        ("tinyint", "smallint"),
        ("smallint", "smallint"),
        ("int", "integer"),
        ("bigint", "bigint"),
        ("float", "real"),
        ("double", "double precision"),
        ("decimal(12,2)", "decimal(12,2)"),
        ("decimal(5)", "decimal(5,0)"),
        ("string", "varchar(65535)"),
        # Hive counts characters, Redshift bytes: https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html
        ("varchar(10)", "varchar(40)"),
        ("varchar(20000)", "varchar(65535)"),
        ("char(3)", "varchar(12)"),
        ("date", "date"),
        ("timestamp", "timestamp"),
    ],
)
def test_a_type_of_the_catalog_in_redshift(columns, catalog, redshift):
    assert columns.redshift_type("x", catalog) == redshift


@pytest.mark.parametrize("kind", ["array<int>", "struct<a:int>", "map<string,int>", "binary"])
def test_what_redshift_has_not_is_refused(columns, kind):
    with pytest.raises(columns.ColumnsError, match="column tags is of type .* leave it out"):
        columns.redshift_type("tags", kind)


@pytest.mark.parametrize(
    "present",
    [
        {"a": "int4", "b": "varchar", "c": "numeric", "d": "float8", "e": "timestamp", "f": "bool"},
        {
            "a": "integer",
            "b": "character varying",
            "c": "decimal(10,2)",
            "d": "double precision",
            "e": "timestamp without time zone",
            "f": "boolean",
        },
    ],
    ids=["internal names", "names of the standard"],
)
def test_nothing_changes_of_the_same_columns(columns, present):
    wanted = {"a": "integer", "b": "varchar(65535)", "c": "decimal(12,2)", "d": "double precision", "e": "timestamp", "f": "boolean"}
    assert columns.changes("lake.t", present, wanted) == []


def test_new_columns_are_added_and_those_that_are_gone_stay(columns):
    changes = columns.changes("lake.t", {"a": "int4", "old": "varchar"}, {"a": "integer", "new": "date"})
    assert changes == ['ALTER TABLE lake.t ADD COLUMN "new" date']


def test_another_type_is_refused_with_what_to_do(columns):
    with pytest.raises(columns.ColumnsError, match="another type now: a from varchar to integer. Drop lake.t in the warehouse"):
        columns.changes("lake.t", {"a": "varchar"}, {"a": "integer"})


@pytest.mark.parametrize(
    ("told", "wanted", "kept"),
    [
        ({"typeName": "numeric", "precision": 10, "scale": 2}, "decimal(12,2)", True),
        ({"typeName": "numeric", "precision": 10, "scale": 2}, "decimal(10,2)", True),
        # It would round.
        ({"typeName": "numeric", "precision": 10, "scale": 2}, "decimal(12,4)", False),
        ({"typeName": "numeric", "precision": 12, "scale": 4}, "decimal(12,0)", True),
        ({"typeName": "numeric", "precision": 10, "scale": 2}, "double precision", False),
        ({"typeName": "varchar", "precision": 40, "scale": 0}, "varchar(80)", True),
        ({"typeName": "int4", "precision": 10, "scale": 0}, "integer", True),
        ({"typeName": "int8", "precision": 19, "scale": 0}, "decimal(19,0)", False),
    ],
)
def test_a_decimal_with_other_digits_behind_the_point_is_another_type(columns, told, wanted, kept):
    """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_ColumnMetadata.html"""
    present = {"price": columns.described(told)}
    if kept:
        assert columns.changes("lake.t", present, {"price": wanted}) == []
    else:
        with pytest.raises(columns.ColumnsError, match=f"another type now: price from .* to {wanted.partition('(')[0]}"):
            columns.changes("lake.t", present, {"price": wanted})
