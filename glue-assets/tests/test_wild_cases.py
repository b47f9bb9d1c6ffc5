"""Files from bug reports, each with a declared schema and without one: the rows that they must give, or the reason of the refusal."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
from lake_transforms import CsvOptions
from wild_case import Case, check

LONG = "ikpan " * 12_000
UNNAMED, NANOSECONDS = "header has a column without a name", "ts is not a timestamp"
COUNTRIES = ["a/b", "x=y", "50%", "a:b", "{x}", "#", "a\\b", 'q"uote', "two\nlines", "são", "a b+c", "007", ""]
QUOTED = [value.replace('"', '""') for value in COUNTRIES]
COUNTRIES_CSV = "id,country\n" + "".join(f'{number},"{value}"\n' for number, value in enumerate(QUOTED))
TWO_ROWS = b"id,name\n1,a\n2,b\n"


def zipped(content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.csv", content)
    return target.getvalue()


CASES = {
    "W01 gzip with a name in capitals": Case({"A.CSV.GZ": gzip.compress(TWO_ROWS)}, {"id": "int", "name": "string"}, [(1, "a"), (2, "b")]),
    "W02 gzip that is called CSV": Case({"a.csv": gzip.compress(TWO_ROWS)}, {"id": "int", "name": "string"}, [(1, "a"), (2, "b")]),
    "W03 line ends of old Macs, another inside quotes": Case(
        {"a.csv": b'id,name\r1,a\r2,"b\nc"\r3,d\r'}, {"id": "int", "name": "string"}, [(1, "a"), (2, "b\nc"), (3, "d")]
    ),
    "W04 ids of 19 digits": Case(
        {"a.csv": b"tweet_id,likes\n1541815603606036481,3\n1541815603606036482,4\n1541815603606036483,5\n"},
        {"tweet_id": "bigint", "likes": "int"},
        [(1541815603606036481, 3), (1541815603606036482, 4), (1541815603606036483, 5)],
    ),
    "W04 codes that look like numbers": Case(
        {"a.csv": b"zip,phone,code,n20,price\n00501,+4930,3E10,12345678901234567890,12.50\n10115,0171,4E2,1,3\n"},
        {"zip": "string", "phone": "string", "code": "string", "n20": "string", "price": "double"},
        [("00501", "+4930", "3E10", "12345678901234567890", 12.5), ("10115", "0171", "4E2", "1", 3.0)],
    ),
    "W05 folders with values": Case(
        {"year=2024/month=01/a.csv": b"id,amount\n1,10\n2,20\n", "year=2024/month=02/a.csv": b"id,amount\n3,30\n"},
        {"id": "int", "amount": "int", "year": "int", "month": "string"},
        [(1, 10, 2024, "01"), (2, 20, 2024, "01"), (3, 30, 2024, "02")],
        rows_inferred=[(1, 10, "2024", "01"), (2, 20, "2024", "01"), (3, 30, "2024", "02")],
    ),
    "W06 a lone carriage return in quotes": Case(
        {"a.csv": b'id,name,n\n1,"g\rh",5\n'}, {"id": "int", "name": "string", "n": "int"}, [(1, "g\rh", 5)]
    ),
    "W08 partition values that need escaping": Case(
        {"a.csv": COUNTRIES_CSV.encode()},
        {"id": "int", "country": "string"},
        [(number, country or None) for number, country in enumerate(COUNTRIES)],
        partition_columns=("country",),
    ),
    "R01 a file that is only a header": Case(
        {"a.csv": b"id,name\n", "b.csv": b"id,name\n1,x\n"}, {"id": "int", "name": "string"}, [(1, "x")]
    ),
    "R02 a new column": Case(
        {"a.csv": b"id,name\n1,a\n2,b\n", "b.csv": b"id,name,email\n3,c,x@example.org\n"},
        {"id": "int", "name": "string", "email": "string"},
        [(1, "a", None), (2, "b", None), (3, "c", "x@example.org")],
    ),
    "R03 a long last value without a line end": Case(
        {"a.csv": f'id,txt\n70,short\n71,"{LONG}"'.encode()}, {"id": "int", "txt": "string"}, [(70, "short"), (71, LONG)]
    ),
    "R04 no header, text in the first line": Case(
        {"a.csv": b"alice,x,y\n1,2,z\n3,4,w\n"},
        {"a": "string", "b": "string", "c": "string"},
        [("1", "2", "z"), ("3", "4", "w"), ("alice", "x", "y")],
        csv=CsvOptions(header=False),
        names_inferred=("col0", "col1", "col2"),
    ),
    "R07 names with spaces and dots": Case(
        {"a.csv": b"Order ID,Unit.Price\n1,2.5\n"},
        {"order_id": "int", "unit_price": "double"},
        [(1, 2.5)],
        names_inferred=("order id", "unit.price"),
    ),
    "R07 names that are declared as the source": Case(
        {"a.csv": "N°,größe\n1,2.5\n".encode()},
        {"number": {"type": "int", "source": "N°"}, "size": {"type": "double", "source": "Größe"}},
        [(1, 2.5)],
        names_inferred=("n°", "größe"),
    ),
    "C01 the index of pandas": Case(
        {"a.csv": b",name,n\n0,a,5\n1,b,6\n"},
        {"name": "string", "n": "int"},
        [],
        refused={UNNAMED: 2},
        rows_inferred=[(0, "a", 5), (1, "b", 6)],
        names_inferred=("column_1", "name", "n"),
    ),
    "C03 names that the job uses itself": Case(
        {"a.csv": b"lake_reason,source_,reason,line_\n1,2,3,4\n3,4,5,6\n"},
        {"lake_reason": "int", "source_": "int", "reason": "int", "line_": "int"},
        [(1, 2, 3, 4), (3, 4, 5, 6)],
    ),
    "S02 nanoseconds": Case(
        {"a.csv": b"id,ts\n3,2024-01-02 10:00:00.123456789\n4,2024-01-02 10:00:00.123456\n"},
        {"id": "int", "ts": "timestamp"},
        [(4, datetime(2024, 1, 2, 10, 0, 0, 123456))],
        refused={NANOSECONDS: 1},
        rows_inferred=[(3, "2024-01-02 10:00:00.123456789"), (4, "2024-01-02 10:00:00.123456")],
    ),
}

ID_NAME = {"id": "int", "name": "string"}
BOTH = [(1, "a"), (2, "b")]
CASES |= {
    "UTF-16 with a mark, called gzip": Case({"a.csv.gz": "id,name\n1,a\n2,b\n".encode("utf-16")}, ID_NAME, BOTH),
    "UTF-32 in a ZIP archive that is called CSV": Case({"a.csv": zipped("id,name\n1,a\n2,b\n".encode("utf-32"))}, ID_NAME, BOTH),
    "Latin-1 behind the mark of UTF-8": Case(
        {"a.csv": b"\xef\xbb\xbfid,name\n1,a\n2,b\n3,\xe9\n"}, ID_NAME, BOTH, refused={"not UTF-8 text": 1}, refused_inferred=True
    ),
    "a declared Latin-1": Case({"a.csv": "id,name\n1,é\n".encode("latin-1")}, ID_NAME, [(1, "é")], csv=CsvOptions(encoding="latin-1")),
    "two header lines of pandas' MultiIndex": Case(
        {"a.csv": b"id,id,name\nx,y,z\n1,2,3\n"}, ID_NAME, [], refused={"header repeats id": 2}, refused_inferred=True
    ),
    "names that differ in case": Case({"a.csv": b"ID,id\n1,2\n"}, ID_NAME, [], refused={"header repeats id": 1}, refused_inferred=True),
    "a line break in a name": Case(
        {"a.csv": b'id,"order\r\n name"\n1,x\n'}, {"id": "int", "order_name": "string"}, [(1, "x")], names_inferred=("id", "order name")
    ),
    "a NUL in a name": Case(
        {"a.csv": b"id,na\0me\n1,x\n"},
        ID_NAME,
        [],
        refused={"header has a control character in a name: 'na\\x00me'": 1},
        refused_inferred=True,
    ),
    "a name that is too long": Case(
        {"a.csv": b"id," + b"x" * 300 + b"\n1,x\n"},
        ID_NAME,
        [],
        refused={f"header has a name of more than 255 bytes: '{'x' * 40}'": 1},
        refused_inferred=True,
    ),
    "NUL in a value": Case({"a.csv": b"id,name\n1,a\0b\n2,b\n"}, ID_NAME, [(1, "a\0b"), (2, "b")]),
    "a delimiter at the end of each line": Case(
        {"a.csv": b"id,name,\n1,a,\n2,b,\n"},
        ID_NAME,
        [],
        refused={UNNAMED: 2},
        rows_inferred=[(1, "a", None), (2, "b", None)],
        names_inferred=("id", "name", "column_3"),
    ),
    "rows that are too short and too long": Case(
        {"a.csv": b"id,name\n1,a\n2\n3,c,d\n2,b\n"}, ID_NAME, BOTH, refused={"wrong number of fields": 2}, refused_inferred=True
    ),
    "a semicolon, declared": Case({"a.csv": b"id;name\n1;a\n2;b\n"}, ID_NAME, BOTH, csv=CsvOptions(delimiter=";")),
    "tabs, declared": Case({"a.csv": b"id\tname\n1\ta\n2\t\n"}, ID_NAME, [(1, "a"), (2, None)], csv=CsvOptions(delimiter="\t")),
    "a delimiter that Excel names": Case({"a.csv": b"sep=;\r\nid;name\r\n1;a\r\n2;b,c\r\n"}, ID_NAME, [(1, "a"), (2, "b,c")]),
    "quotes behind a backslash, declared": Case(
        {"a.csv": b'id,name\n1,"a\\"b"\n2,"c\\\\"\n'}, ID_NAME, [(1, 'a"b'), (2, "c\\")], csv=CsvOptions(escape="\\")
    ),
    "quotes behind a backslash": Case(
        {"a.csv": b'id,name\n1,"a\\"b"\n2,b\n'}, ID_NAME, [(2, "b")], refused={"text after a closing quote": 1}, refused_inferred=True
    ),
    "a default partition and odd names of folders": Case(
        {
            "Order%20Day=__HIVE_DEFAULT_PARTITION__/a.csv": b"id\n1\n",
            "order day=50%25%2F%0A/b.csv": b"id\n2\n",
            "ORDER DAY=%E9/c.csv": b"id\n3\n",
        },
        {"id": "int", "order_day": "string"},
        [(1, None), (2, "50%/\n"), (3, "%E9")],
        names_inferred=("id", "order day"),
    ),
    "two folders of one name": Case(
        {"y=1/y=2/a.csv": b"id\n1\n", "y=1/Y=1/b.csv": b"id\n2\n"},
        {"id": "int", "y": "string"},
        [(2, "1")],
        refused={"y is '1' and '2' in the path": 1},
        refused_inferred=True,
    ),
    "numbers with plus signs and thousands": Case(
        {"a.csv": b'n,t\n+5,"1,234"\n7,"2,000"\n'},
        {"n": "int", "t": "string"},
        [(5, "1,234"), (7, "2,000")],
        rows_inferred=[("+5", "1,234"), ("7", "2,000")],
    ),
    "booleans of all kinds": Case(
        {"a.csv": b"b,n\ntrue,1\nF,2\nyes,3\n0,4\nja,5\n"},
        {"b": "boolean", "n": "int"},
        [(False, 2), (False, 4), (True, 1), (True, 3)],
        refused={"b is not a boolean": 1},
        rows_inferred=[("0", 4), ("F", 2), ("ja", 5), ("true", 1), ("yes", 3)],
    ),
    "serial numbers of Excel are no dates": Case(
        {"a.csv": b"d,n\n45291,1\n"}, {"d": "date", "n": "int"}, [], refused={"d is not a date": 1}, rows_inferred=[(45291, 1)]
    ),
    "a time of day in a date": Case(
        {"a.csv": b"d,n\n26.02.2018 19:58,1\n26.02.2018 00:00,2\n"},
        {"d": "date", "n": "int"},
        [(date(2018, 2, 26), 2)],
        refused={"d is not a date": 1},
        rows_inferred=[("26.02.2018 00:00", 2), ("26.02.2018 19:58", 1)],
    ),
    "numbers that a double cannot hold": Case(
        {"a.csv": b"x,y,z\n1e400,1e-400,0.1\n1.5,2.5,0.2\n"},
        {"x": "double", "y": "double", "z": "double"},
        [(1.5, 2.5, 0.2)],
        refused={"x is not a double; y is not a double": 1},
        rows_inferred=[("1.5", "2.5", 0.2), ("1e400", "1e-400", 0.1)],
    ),
    "whole numbers that a double cannot hold": Case(
        {"a.csv": b"x,n\n9007199254740993,1\n9007199254740992,2\n1e15,3\n"},
        {"x": "double", "n": "int"},
        [(1e15, 3), (9007199254740992.0, 2)],
        refused={"x is not a double": 1},
        rows_inferred=[("1e15", 3), ("9007199254740992", 2), ("9007199254740993", 1)],
    ),
    "lines that are quoted as a whole": Case(
        {"a.csv": b'"id,name"\n"1,a"\n"2,b"\n'},
        {"id,name": "string"},
        [("1,a",), ("2,b",)],
        rows_inferred=[],
        refused={"each line is quoted as a whole, as if it were one value: write the file without those quotes": 2},
        refused_only_inferred=True,
    ),
    "no numbers": Case(
        {"a.csv": b"x,n\nNaN,1\nInfinity,2\n-inf,3\n1.5,4\n"},
        {"x": "double", "n": "int"},
        [(1.5, 4)],
        refused={"x is not a double": 3},
        rows_inferred=[("-inf", 3), ("1.5", 4), ("Infinity", 2), ("NaN", 1)],
    ),
    "a decimal of 40 digits": Case(
        {"a.csv": f"d,n\n{'1' * 38},1\n{'1' * 40},2\n".encode()},
        {"d": "decimal(38,0)", "n": "int"},
        [(Decimal("1" * 38), 1)],
        refused={"d is not a decimal(38,0)": 1},
        rows_inferred=[("1" * 38, 1), ("1" * 40, 2)],
    ),
    "nanoseconds and zones": Case(
        {"a.csv": b"t,n\n2024-01-02T10:00:00.123456000+02:00,1\n2024-01-02T10:00:00.1234567Z,2\n2024-01-02 10:00:00Z,3\n"},
        {"t": "timestamp", "n": "int"},
        [(datetime(2024, 1, 2, 8, 0, 0, 123456), 1), (datetime(2024, 1, 2, 10), 3)],
        refused={"t is not a timestamp": 1},
        rows_inferred=[("2024-01-02 10:00:00Z", 3), ("2024-01-02T10:00:00.123456000+02:00", 1), ("2024-01-02T10:00:00.1234567Z", 2)],
    ),
    "nanoseconds in a declared format": Case(
        {"a.csv": b"t,n\n02.01.2024 10:00:00.123456789,1\n02.01.2024 10:00:00.123456000,2\n"},
        {"t": {"type": "timestamp", "format": "dd.MM.yyyy HH:mm:ss.SSSSSSSSS"}, "n": "int"},
        [(datetime(2024, 1, 2, 10, 0, 0, 123456), 2)],
        refused={"t is not a timestamp": 1},
        rows_inferred=[("02.01.2024 10:00:00.123456000", 2), ("02.01.2024 10:00:00.123456789", 1)],
    ),
    "keys with spaces, signs and letters": Case({"é %20/a b+c#?%.csv": b"id,name\n1,a\n2,b\n"}, ID_NAME, BOTH),
    "the page of an error": Case(
        {"a.csv": b"<!DOCTYPE html>\n<html><body>404</body></html>\n"},
        ID_NAME,
        [],
        refused={"not CSV: an HTML page": 1},
        refused_inferred=True,
    ),
    "a workbook as XML": Case(
        {"a.csv": b'<?xml version="1.0"?>\n<Workbook/>\n'}, ID_NAME, [], refused={"not CSV: XML": 1}, refused_inferred=True
    ),
}


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "inferred"])
@pytest.mark.parametrize("name", CASES)
def test_case(lake, name, declared):
    check(lake, CASES[name], declared)


OTHER_DELIMITERS = [
    ("id;name\n1;a\n", ";", ","),
    ("id\tname\n1\ta\n", "\t", ","),
    ("id|name\n1|a\n", "|", ","),
    ("id,name\n1,a\n", ",", ";"),
]


@pytest.mark.parametrize(("text", "found", "declared"), OTHER_DELIMITERS)
def test_another_delimiter_is_named(lake, text, found, declared):
    lake.put("a.csv", text)
    [(reason, count)] = lake.land(None, csv=CsvOptions(delimiter=declared)).reasons.items()
    assert reason.endswith(f"declare csv: {{ delimiter: {found!r} }}") and count == 1


def test_a_table_needs_a_column_beside_its_partitions(lake):
    lake.put("a.csv", "id\n1\n")
    with pytest.raises(ValueError, match="all columns are partition columns, so that files would have none: id"):
        lake.land(None, partition_columns=("id",))
