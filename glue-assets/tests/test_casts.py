"""Text to typed values: what fits, what is refused, and that no value is changed to make it fit."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from lake_transforms.casts import canonical_type, cast_text, misfit
from lake_transforms.options import CsvOptions
from pyspark.sql import functions as F

REFUSED = object()

CASES = {
    "int": {
        "12": 12,
        " 12 ": 12,
        "-3": -3,
        "+4": 4,
        "007": 7,
        "12.0": 12,
        "12.": 12,
        "12.000 ": 12,
        "2147483647": 2147483647,
        "  ": None,
        "2147483648": REFUSED,
        "12.5": REFUSED,
        "1,000": REFUSED,
        "1e3": REFUSED,
        "0x10": REFUSED,
        "abc": REFUSED,
        "1 2": REFUSED,
        "--1": REFUSED,
        ".": REFUSED,
        "12\n": 12,
    },
    "tinyint": {"127": 127, "-128": -128, "128": REFUSED},
    "smallint": {"32767": 32767, "32768": REFUSED},
    "bigint": {"9223372036854775807": 9223372036854775807, "9223372036854775808": REFUSED, "9007199254740993.0": 9007199254740993},
    "double": {
        "1.5": 1.5,
        " 1.5 ": 1.5,
        "-0": 0.0,
        ".5": 0.5,
        "5.": 5.0,
        "1e3": 1000.0,
        "1E-2": 0.01,
        "": None,
        "NaN": REFUSED,
        "Infinity": REFUSED,
        "-inf": REFUSED,
        "1e999": REFUSED,
        "1d": REFUSED,
        "1.5f": REFUSED,
        "9007199254740992": 9007199254740992.0,
        "9007199254740993": REFUSED,
        "-9007199254740993.0": REFUSED,
        "1234567890123456789": REFUSED,
        "12345678901234567000": 12345678901234567000.0,
        "1" + "0" * 40: 1e40,
        "1" * 40: REFUSED,
        "000000000000000000001": 1.0,
        "0.12345678901234567890": 0.12345678901234568,
        "1,5": REFUSED,
        "0x1p3": REFUSED,
        "R$ 5": REFUSED,
        "1_000": REFUSED,
    },
    "float": {"1.5": 1.5, "1e39": REFUSED, "3.4e38": pytest.approx(3.4e38, rel=1e-6), "16777216": 16777216.0, "16777217": REFUSED},
    "decimal(5,2)": {
        "1.5": Decimal("1.50"),
        "-999.99": Decimal("-999.99"),
        "1.500": Decimal("1.50"),
        "1000": REFUSED,
        "1.234": REFUSED,
        "1.999": REFUSED,
        "1e2": Decimal("100.00"),
        "1e-40": REFUSED,
        "-1E-400": REFUSED,
        "0e-40": Decimal("0.00"),
        "NaN": REFUSED,
        " 7 ": Decimal("7.00"),
    },
    "decimal(38,0)": {"9" * 38: Decimal("9" * 38), "9" * 39: REFUSED, "1.5": REFUSED},
    "boolean": {
        "true": True,
        "T": True,
        "yes": True,
        "1": True,
        "FALSE": False,
        "n": False,
        "0": False,
        " true ": True,
        "2": REFUSED,
        "sim": REFUSED,
    },
    "date": {
        "2017-01-31": date(2017, 1, 31),
        "2017-1-5": date(2017, 1, 5),
        "2017-01-31 00:00:00": date(2017, 1, 31),
        "0101-01-01": date(101, 1, 1),
        "2017-02-30": REFUSED,
        "2017": REFUSED,
        "2017-01": REFUSED,
        "31/01/2017": REFUSED,
        "2017-01-31 10:00:00": REFUSED,
        "2017-01-31x": REFUSED,
        "20170131": REFUSED,
    },
    "timestamp": {
        "2017-01-31 10:20:30": datetime(2017, 1, 31, 10, 20, 30),
        "2017-01-31T10:20:30": datetime(2017, 1, 31, 10, 20, 30),
        "2017-01-31T10:20:30Z": datetime(2017, 1, 31, 10, 20, 30),
        "2017-01-31 10:20:30-03:00": datetime(2017, 1, 31, 13, 20, 30),
        "2017-01-31": datetime(2017, 1, 31),
        "2017-01-31 10:20": datetime(2017, 1, 31, 10, 20),
        "2017-01-31 10:20:30.123456": datetime(2017, 1, 31, 10, 20, 30, 123456),
        " 2017-01-31 ": datetime(2017, 1, 31),
        "1850-06-01 00:00:00": datetime(1850, 6, 1),
        "10:20:30": REFUSED,
        "T10:20:30": REFUSED,
        "2017": REFUSED,
        "2017-01": REFUSED,
        "12017-01-01": REFUSED,
        "2017-13-01 00:00:00": REFUSED,
        "2017-02-30 00:00:00": REFUSED,
        "2017-01-31 25:00:00": REFUSED,
        "2017-01-31 10:61:00": REFUSED,
        "now": REFUSED,
        "1485858030": REFUSED,
        "31/01/2017 10:20": REFUSED,
    },
    "varchar(3)": {"abc": "abc", "çãé": "çãé", "abcd": REFUSED},
    "string": {"anything": "anything", " spaces ": " spaces ", "  ": "  "},
}


def test_values_that_fit_and_values_that_are_refused(spark):
    texts = sorted({text for cases in CASES.values() for text in cases})
    frame = spark.createDataFrame([(text,) for text in [*texts, None]], "t string").coalesce(1)
    columns = []
    for index, kind in enumerate(CASES):
        value = cast_text("t", kind, CsvOptions())
        bent = misfit(value, F.col("t"), kind)
        columns += [value.alias(f"value{index}"), (F.lit(False) if bent is None else bent).alias(f"misfit{index}")]
    rows = {row["t"]: row for row in frame.select("t", *columns).collect()}
    wrong = {}
    for index, (kind, cases) in enumerate(CASES.items()):
        for text, wanted in (cases | {None: None}).items():
            got = REFUSED if rows[text][f"misfit{index}"] else rows[text][f"value{index}"]
            if got != wanted:
                wrong[kind, text] = (got, wanted)
    assert wrong == {}


def test_formats_of_ones_own(spark):
    texts = spark.createDataFrame([("31/12/2017 10:20",), ("32/12/2017 10:20",), ("2017-12-31",)], "t string")
    value = cast_text("t", "timestamp", CsvOptions(timestamp_format="dd/MM/yyyy HH:mm"))
    rows = [tuple(row) for row in texts.select(value, misfit(value, F.col("t"), "timestamp")).collect()]
    assert rows == [(datetime(2017, 12, 31, 10, 20), False), (None, True), (None, True)]


@pytest.mark.parametrize(
    ("declared", "canonical"),
    [
        ("INT", "int"),
        ("integer", "int"),
        ("long", "bigint"),
        ("Decimal(10, 2)", "decimal(10,2)"),
        ("decimal", "decimal(10,0)"),
        ("numeric(5)", "decimal(5,0)"),
        ("char(2)", "varchar(2)"),
        ("text", "string"),
        ("real", "float"),
        (" bool ", "boolean"),
    ],
)
def test_names_of_types(declared, canonical):
    assert canonical_type(declared) == canonical


@pytest.mark.parametrize("declared", ["array<int>", "struct<a:int>", "binary", "money", "decimal(39,2)", "decimal(2,3)", "decimal(0,0)"])
def test_types_that_a_csv_cannot_hold(declared):
    with pytest.raises(ValueError, match="cannot be read from a CSV file"):
        canonical_type(declared)
