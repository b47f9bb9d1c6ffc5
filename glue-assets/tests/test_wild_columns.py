"""Which columns a file has, of which type, and what becomes of them when files differ."""

from datetime import datetime

import pytest
from lake_transforms import CsvOptions, TableSchema
from lake_transforms.header import partitions_of, read_header
from lake_transforms.inference import infer_types, keeps

# values of one column: its type
VALUES = {
    ("1", "-2", "", "0", "9223372036854775807"): "bigint",
    ("1541815603606036481", "1541815603606036482"): "bigint",
    ("1541815603606036481", "1.5"): "string",
    ("9007199254740992", "1.5"): "double",
    ("9007199254740993", "1.5"): "string",
    ("9223372036854775808",): "string",
    ("12345678901234567890",): "string",
    ("12.50", "3"): "double",
    ("-0.0", ".5"): "double",
    ("0.30000000000000004", "-23.55052"): "double",
    ("0.1234567890123456789",): "string",
    ("123456789012345678.5",): "string",
    ("1e-05", "0.25", "1.5e+20"): "double",
    ("1.5e+400",): "string",
    ("3E10", "12E5"): "string",
    ("1e5",): "string",
    ("007", "8"): "string",
    ("00.5",): "string",
    ("-0",): "string",
    ("+49", "30"): "string",
    ("+1.5",): "string",
    ("1_000",): "string",
    ("1,000",): "string",
    ("NaN", "1.5"): "string",
    ("inf",): "string",
    ("0x10",): "string",
    ("1d", "2f"): "string",
    ("true", "false"): "string",
    ("2024-01-02",): "string",
    ("1.2.3",): "string",
    ("", "  "): "string",
    (" 12", "3 "): "bigint",
    ("١٢",): "string",
}


@pytest.mark.parametrize("wide", [len(VALUES), 0], ids=["few columns", "many columns"])
def test_a_type_keeps_every_value_exactly_or_is_string(spark, monkeypatch, wide):
    monkeypatch.setattr("lake_transforms.inference._WIDE", wide)
    longest = max(map(len, VALUES))
    rows = [tuple(values[row] or None if row < len(values) else None for values in VALUES) for row in range(longest)]
    frame = spark.createDataFrame(rows, ", ".join(f"c{index} string" for index in range(len(VALUES))))
    found = infer_types(frame, {str(values): f"c{index}" for index, values in enumerate(VALUES)})
    assert found == {str(values): kind for values, kind in VALUES.items()}


# the type that a column was found to have: later texts, and whether it keeps them
LATER = {
    "bigint": {"0": True, " 12 ": True, "-3": True, "12.0": True, "12.00 ": True, "007": False, "+5": False, "-0.0": False, "1.5": False},
    "double": {"0.25": True, " 3": True, "1e-05": True, "007": False, "+1.5": False, "3E10": False, "9007199254740993": False},
}


@pytest.mark.parametrize("kind", LATER)
def test_later_texts_that_a_type_keeps(spark, kind):
    rows = spark.createDataFrame([(text,) for text in LATER[kind]], "text string").coalesce(1)
    found = {row[0]: bool(row[1]) for row in rows.select("text", keeps(kind, "text")).collect()}
    assert found == LATER[kind]


# header, declared types: the columns, or the refusal
HEADERS = [
    (["Order ID", "Unit.Price"], {"order_id": "int", "unit_price": "double"}, ("order_id", "unit_price")),
    (["orderId", "Größe (mm)"], {"order_id": "int", "größe_mm": "double"}, ("order_id", "größe_mm")),
    (["Nr.", "x"], {"order_id": {"type": "int", "source": "Nr."}, "x": "string"}, ("order_id", "x")),
    (["order_id", "Order ID"], {"order_id": "int"}, "header does not match: unexpected order id"),
    (["b", "a"], {"a": {"type": "int", "source": "b"}, "b": {"type": "int", "source": "a"}}, ("a", "b")),
    (["a"], {"a": "int", "b": "int"}, ("a",)),
    (["a"], {"a": "int", "b": {"type": "int", "required": True}}, "header does not match: missing b"),
    (["a", "x"], {"a": "int", "b": "int"}, "header does not match: missing b; unexpected x"),
    (["x"], {"a": "int"}, "header does not match: missing a; unexpected x"),
    (["a", "A "], {"a": "int"}, "header repeats a"),
    (["", "a"], {"a": "int"}, "header has a column without a name"),
    (["", "a"], {"column_1": "int", "a": "int"}, ("column_1", "a")),
    (["", "name", ""], None, ("column_1", "name", "column_3")),
    (["", "column_1"], None, "header repeats column_1"),
]


def test_names_of_a_header():
    for names, types, wanted in HEADERS:
        header = read_header(names, TableSchema.of(types) if types else None, declared=types is not None)
        assert (header.refusal or header.columns) == wanted, names


def test_columns_of_a_path():
    key = "year=2024/City=S%C3%A3o%20Paulo%2FSP/x/day=__HIVE_DEFAULT_PARTITION__/empty=/a=b=c.csv"
    assert list(partitions_of(key)) == [("year", "2024"), ("city", "São Paulo/SP"), ("day", None), ("empty", "")]


def test_schemas_that_are_wrong_are_named():
    with pytest.raises(ValueError, match=r"column 'a' has unknown settings \['colour'\]"):
        TableSchema.parse('{"a": {"type": "int", "colour": "red"}}')
    with pytest.raises(ValueError, match="column 'a' has no type"):
        TableSchema.parse('{"a": {"source": "A"}}')


FOLDERS = {"year=2024/month=01/a.csv": "id,amount\n1,10\n2,20\n", "year=2024/month=02/a.csv": "id,amount\n3,30\n"}


@pytest.mark.parametrize(
    ("types", "rows"),
    [
        (None, [(1, 10, "2024", "01"), (2, 20, "2024", "01"), (3, 30, "2024", "02")]),
        ({"id": "int", "amount": "int", "year": "int", "month": "string"}, [(1, 10, 2024, "01"), (2, 20, 2024, "01"), (3, 30, 2024, "02")]),
        ({"id": "int", "amount": "int"}, [(1, 10, "2024", "01"), (2, 20, "2024", "01"), (3, 30, "2024", "02")]),
    ],
    ids=["inferred", "declared", "not declared"],
)
def test_partition_columns_of_the_path_are_columns(lake, types, rows):
    for name, text in FOLDERS.items():
        lake.put(name, text)
    lake.land(types)
    assert lake.rows("id", "amount", "year", "month") == rows


def test_a_column_that_is_also_in_the_path_is_equal_or_refused(lake):
    lake.put("y=2024/a.csv", "id,y\n1,2024\n2,2023\n3,\n")
    result = lake.land({"id": "int", "y": "int"})
    assert lake.rows() == [(1, 2024)]
    assert result.reasons == {"y is '2023' in the file, but '2024' in its path": 1, "y is '' in the file, but '2024' in its path": 1}


def test_header_only_files_have_no_rows_and_give_no_schema(lake):
    lake.put("a.csv", "id,name\n")
    assert lake.land(None).rows_in == 0
    lake.put("b.csv", "id,name\n1,x\n")
    lake.put("c.csv", "other\n")
    result = lake.land(None)
    assert (result.rows_in, result.inferred) == (1, {"id": "bigint", "name": "string"})
    assert lake.rows("id", "name") == [(1, "x")]


def test_without_header_and_schema_text_in_the_first_line_is_a_row(lake):
    lake.put("a.csv", "alice,x,y\n1,2,z\n3,4,w\n")
    lake.land(None, csv=CsvOptions(header=False))
    assert lake.rows("col0", "col1", "col2") == [("1", "2", "z"), ("3", "4", "w"), ("alice", "x", "y")]


def test_without_header_and_schema_later_rows_may_be_wider(lake):
    refused = []
    for name, text in {"y=3/a.csv": "1,2\n", "b.csv": "3,4,5\n", "c.csv": "6\n7,8,9\n", "y=3/d.csv": "1,2,0\n"}.items():
        lake.put(name, text)
        refused.append(lake.land(None, csv=CsvOptions(header=False)).reasons)
    assert refused == [{}, {}, {"wrong number of fields": 1}, {}]
    assert lake.rows("col0", "col1", "col2", "y") == [(1, 2, 0, "3"), (1, 2, None, "3"), (3, 4, 5, None), (7, 8, 9, None)]


def test_without_header_a_column_of_the_path_is_in_the_file_or_not(lake):
    lake.put("y=3/a.csv", "1,2,3\n4,5,6\n")
    lake.put("y=3/b.csv", "7,8\n")
    result = lake.land({"a": "int", "b": "int", "y": "int"}, csv=CsvOptions(header=False))
    assert result.reasons == {"y is '6' in the file, but '3' in its path": 1}
    assert lake.rows() == [(1, 2, 3), (7, 8, 3)]


def test_no_name_of_a_column_clashes_with_the_jobs_own(lake):
    names = [
        "lake_source",
        "source",
        "source_",
        "line_",
        "reason",
        "reason_",
        "record__",
        "hash",
        "uri",
        "raw",
        "path",
        "c0",
        "c1",
        "parts",
        "value",
    ]
    lake.put("a.csv", ",".join(names) + "\n" + ",".join(str(index) for index in range(len(names))) + "\n")
    lake.put("b.csv", ",".join(names) + "\n1,2\n")
    assert lake.land(None).reasons == {"wrong number of fields": 1}
    assert lake.rows(*names) == [tuple(range(len(names)))]
    lake.put("c.csv", ",".join(names) + "\n" + ",".join(["x"] * len(names)) + "\n")
    assert lake.land(None).rows_quarantined == 1


def test_a_column_without_a_name_is_called_after_its_position(lake):
    lake.put("a.csv", ",name,n\n0,a,5\n1,b,6\n")
    assert lake.land(None).inferred == {"column_1": "bigint", "name": "string", "n": "bigint"}
    assert lake.rows() == [(0, "a", 5), (1, "b", 6)]


def test_a_new_column_is_null_in_older_rows(lake):
    lake.put("a.csv", "id,name\n1,a\n2,b\n")
    lake.land(None)
    lake.put("b.csv", "id,name,email\n3,c,x@example.org\n")
    result = lake.land(None)
    assert (result.sources, result.inferred["email"]) == (1, "string")
    lake.put("c.csv", "name\nd\n")
    lake.land(None)
    rows = lake.spark.read.option("mergeSchema", True).parquet(f"s3://{lake.raw}/tables/things/")
    assert sorted(map(tuple, rows.select("id", "name", "email").collect()), key=repr) == [
        (1, "a", None),
        (2, "b", None),
        (3, "c", "x@example.org"),
        (None, "d", None),
    ]


def test_a_column_that_is_added_to_a_declared_schema_empties_nothing(lake):
    lake.put("a.csv", "id,name\n1,a\n")
    lake.land({"id": "int", "name": "string"})
    lake.put("b.csv", "id,name,email\n2,b,x@example.org\n")
    lake.land({"id": "int", "name": "string", "email": "string"})
    assert lake.rows("id", "email") == [(1, None), (2, "x@example.org")]


def test_rows_that_landed_stay_when_a_changed_declaration_would_refuse_them(lake, capsys):
    lake.put("a.csv", "id,name\n1,a\n,b\n")
    lake.land({"id": "int", "name": "string"})
    result = lake.land({"id": {"type": "int", "required": True}, "name": "string"})
    assert [uri.rpartition("/")[2] for uri in result.kept] == ["a.csv"]
    assert "rows of it would be refused now" in capsys.readouterr().out
    assert lake.rows() == [(1, "a"), (None, "b")]


def test_a_required_column_is_neither_missing_nor_empty(lake):
    lake.put("a.csv", "id,name\n1,a\n,b\n")
    lake.put("b.csv", "name\nc\n")
    result = lake.land({"id": {"type": "int", "required": True}, "name": "string"})
    assert lake.rows() == [(1, "a")]
    assert result.reasons == {"id is required, but empty": 1, "header does not match: missing id": 1}


def test_long_last_values_are_values(lake):
    text = "x" * 70_000
    lake.put("a.csv", f'id,txt\n70,short\n71,"{text}"')
    lake.put("b.csv", f"id,txt\n75,{text}")
    lake.land({"id": "int", "txt": "string"})
    assert lake.rows() == [(70, "short"), (71, text), (75, text)]


def test_digits_that_a_timestamp_cannot_keep_are_refused(lake):
    lake.put("a.csv", "id,ts\n1,2024-01-02 10:00:00.123456\n2,2024-01-02 10:00:00.123456000\n3,2024-01-02 10:00:00.123456789\n")
    result = lake.land({"id": "int", "ts": "timestamp"})
    assert lake.rows() == [(1, datetime(2024, 1, 2, 10, 0, 0, 123456)), (2, datetime(2024, 1, 2, 10, 0, 0, 123456))]
    assert result.reasons == {"ts is not a timestamp": 1}
