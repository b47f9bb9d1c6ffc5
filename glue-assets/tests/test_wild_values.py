"""Siblings of what bug reports have: keys, names, values and partitions that are told apart only if nothing is bent."""

from __future__ import annotations

from datetime import date

import pytest
from lake_transforms import CsvOptions
from wild_case import Case, check

ID_NAME = {"id": "int", "name": "string"}
BOTH = [(1, "a"), (2, "b")]
LATER = b"id,x\n007,2\n+5,2\n8.0,2.50\n3,3E10\n4,0.1234567890123456789\n6,9007199254740993\n9,0.25\n"
QUESTION = "How satisfied are you with this" + " and that" * 30
FOLDERS = f"id,c\n1,{'x' * 1000}\n2,{'/' * 300}\n3,ok\n4,__HIVE_DEFAULT_PARTITION__\n5,a\0b\n6,\ufffe\n7,{'é' * 200}\n8,\n"

CASES = {
    "keys with emoji, escapes and more": Case(
        {
            "a+b%2F#?&;:@,$!'()*.csv": b"id,name\n1,a\n",
            "😀/İİİİİİ.CSV": b"id,name\n2,b\n",
            "ls\u2028.csv": b"id,name\n3,c\n",
            "x//y.csv": b"id,name\n4,d\n",
        },
        ID_NAME,
        [(1, "a"), (2, "b"), (3, "c"), (4, "d")],
    ),
    "an unreadable object with a name in Turkish": Case(
        {"İİİİİİ.CSV": b"PAR1\0\0"}, ID_NAME, [], refused={"not CSV: a Parquet file": 1}, refused_inferred=True
    ),
    "a line of numbers": Case(
        {"a.csv": b"1,2\n"}, ID_NAME, [], refused={"its only line has no names of columns": 1}, refused_inferred=True
    ),
    "a byte order mark between two files": Case(
        {"a.csv": b"\xef\xbb\xbfid,name\n1,a\n2,b\n\xef\xbb\xbf3,c\n"},
        ID_NAME,
        BOTH,
        refused={"id is not an int": 1},
        rows_inferred=[("1", "a"), ("2", "b"), ("\ufeff3", "c")],
    ),
    "EBCDIC that is declared as Latin-1": Case(
        {"a.csv": "id,name\n1,a\n".encode("cp037")},
        ID_NAME,
        [],
        refused={"header has a control character in a name: '\\x89\\x84k\\x95\\x81\\x94 %ñk\\x81%'": 1},
        refused_inferred=True,
        csv=CsvOptions(encoding="latin-1"),
    ),
    "names whose letters are two characters": Case({"a.csv": "gro\u0308ße,x\n1,2\n".encode()}, {"größe": "int", "x": "int"}, [(1, 2)]),
    "names that differ in letters of one capital": Case(
        {"a.csv": "ı,i,ſ,s\n1,2,3,4\n".encode()}, dict.fromkeys("ıiſs", "int"), [(1, 2, 3, 4)]
    ),
    "no header, and a first row that is refused": Case(
        {"a.csv": b'"x"y,2\n1,a\n2,b\n'},
        ID_NAME,
        BOTH,
        refused={"text after a closing quote": 1},
        refused_inferred=True,
        csv=CsvOptions(header=False),
        names_inferred=("col0", "col1"),
    ),
    "later values that the type of a first run does not keep": Case(
        {"a.csv": b"id,x\n1,1.5\n", "b.csv": LATER},
        {"id": "int", "x": "string"},
        [(1, "1.5"), (3, "3E10"), (4, "0.1234567890123456789"), (5, "2"), (6, "9007199254740993"), (7, "2"), (8, "2.50"), (9, "0.25")],
        rows_inferred=[(1, 1.5), (8, 2.5), (9, 0.25)],
        refused={
            "id is not exactly a bigint, as which an earlier run found it: declare its type": 2,
            "x is not exactly a double, as which an earlier run found it: declare its type": 2,
            "x is not a double": 1,
        },
        refused_only_inferred=True,
    ),
    "years of two digits": Case(
        {"a.csv": b"id,d\n1,26/02/18\n2,5/3/29\n3,31/12/68\n"},
        {"id": "int", "d": "date"},
        [(1, date(2018, 2, 26)), (2, date(2029, 3, 5))],
        refused={"d may be of 19yy or 20yy: declare the format of the column": 1},
        rows_inferred=[(1, "26/02/18"), (2, "5/3/29"), (3, "31/12/68")],
    ),
    "years of two digits, declared": Case(
        {"a.csv": b"id,d\n1,31/12/68\n"},
        {"id": "int", "d": {"type": "date", "format": "dd/MM/yy"}},
        [(1, date(2068, 12, 31))],
        rows_inferred=[(1, "31/12/68")],
    ),
    "partition values that are too long, or no names": Case(
        {"a.csv": FOLDERS.encode()},
        {"id": "int", "c": "string"},
        [(3, "ok"), (7, "é" * 200), (8, None)],
        refused={
            "c of more than 806 bytes: too long for partitions": 2,
            "c is __HIVE_DEFAULT_PARTITION__, which stands for no value in partitions": 1,
            "c has a character that no key can have": 2,
        },
        refused_inferred=True,
        partition_columns=("c",),
    ),
    "names that only signs tell apart": Case(
        {"a.csv": "id,👍,price\n1,5,6\n".encode(), "b.csv": "id,👎,price %\n2,7,8\n".encode()},
        {"id": "int", "up": {"type": "int", "source": "👍"}, "price": "int", "down": {"type": "int", "source": "👎"}},
        [(1, 5, 6, None), (2, None, 8, 7)],
        rows_inferred=[(1, 5, 6, None, None), (2, None, None, 7, 8)],
        names_inferred=("id", "👍", "price", "👎", "price %"),
    ),
    "a question as the name of a column": Case(
        {"a.csv": f"id,{QUESTION}\n1,5\n".encode()},
        {"id": "int", "answer": {"type": "int", "source": QUESTION}},
        [(1, 5)],
        rows_inferred=[],
        refused={f"header has a name of more than 255 bytes: {QUESTION.lower()[:40]!r}": 1},
        refused_only_inferred=True,
    ),
    "a name of more bytes than characters": Case(
        {"a.csv": f"id,{'é' * 200}\n1,5\n".encode()},
        {"id": "int"},
        [],
        refused={f"header has a name of more than 255 bytes: {'é' * 40!r}": 1},
        refused_inferred=True,
    ),
    "folders with names that no column can have": Case(
        {"%20=5/a.csv": b"id\n1\n", "%00=5/b.csv": b"id\n1\n", f"{'x' * 300}=5/c.csv": b"id\n1\n", "%EF%BF%BE=/d.csv": b"id\n1\n"},
        {"id": "int"},
        [],
        refused={
            "path has a column without a name": 1,
            "path has a control character in a name: '\\x00'": 1,
            f"path has a name of more than 255 bytes: {'x' * 40!r}": 1,
            "path has a control character in a name: '\\ufffe'": 1,
        },
        refused_inferred=True,
    ),
    "a required column that is in the path": Case(
        {"y=2024/a.csv": b"id\n1\n", "y=__HIVE_DEFAULT_PARTITION__/b.csv": b"id\n2\n", "c.csv": b"id\n3\n", "y=5/d.csv": b"x\n4\n"},
        {"id": "int", "y": {"type": "int", "required": True}},
        [(1, 2024)],
        refused={
            "y is required, but empty": 1,
            "header does not match: missing y": 1,
            "header does not match: missing id; unexpected x": 1,
        },
        rows_inferred=[(1, "2024"), (2, None), (3, None), (None, "5")],
    ),
    "a column in the path that is no value there": Case(
        {"y=__HIVE_DEFAULT_PARTITION__/a.csv": b"id,y\n1,NA\n2,\n"},
        {"id": "int", "y": "string"},
        [(1, None), (2, None)],
        csv=CsvOptions(null_value="NA"),
    ),
    "a column in the path and of thousands of digits in the file": Case(
        {"y=5/a.csv": b"id,y\n1," + b"9" * 5000 + b"\n2,5\n3,005\n"},
        {"id": "int", "y": "int"},
        [(2, 5), (3, 5)],
        refused={f"y is '{'9' * 5000}' in the file, but '5' in its path": 1},
        rows_inferred=[(2, "5"), (3, "005")],
        refused_inferred=True,
    ),
    "what another job has not finished": Case(
        {
            "_temporary/0/part-0.csv": b"id\n9\n",
            ".staging/a.csv": b"id\n9\n",
            "x/_tmp/a.csv": b"id\n9\n",
            "_y=1/a.csv": b"id\n1\n",
            "a.csv/": b"id\n9\n",
        },
        {"id": "int", "_y": "string"},
        [(1, "1")],
    ),
    "numbers of which a fraction would be cut": Case(
        {"a.csv": b"d,f\n9007199254740993.5,1\n4503599627370497.25,1\n1,123456789.25\n2251799813685248.5,8388607.5\n1e300,4\n"},
        {"d": "double", "f": "float"},
        [(2251799813685248.5, 8388607.5), (1e300, 4.0)],
        refused={"d is not a double": 2, "f is not a float": 1},
        rows_inferred=[
            ("9007199254740993.5", 1.0),
            ("4503599627370497.25", 1.0),
            ("1", 123456789.25),
            ("2251799813685248.5", 8388607.5),
            ("1e300", 4.0),
        ],
    ),
    "a new column of a partitioned table": Case(
        {"a.csv": b"id,c\n1,x\n2,y\n", "b.csv": b"id,c,e\n3,x,9\n"},
        {"id": "int", "c": "string", "e": "int"},
        [(1, "x", None), (2, "y", None), (3, "x", 9)],
        partition_columns=("c",),
    ),
    "partitions of all types": Case(
        {"a.csv": b"id,c,d,e\n1,1.0,2024-01-02,true\n2,1,2024-1-2,F\n3,0.1,,\n4,-0.5,1500-01-01,0\n"},
        {"id": "int", "c": "decimal(5,2)", "d": "date", "e": "boolean"},
        [
            (1, "1.00", "2024-01-02", "true"),
            (2, "1.00", "2024-01-02", "false"),
            (3, "0.10", None, None),
            (4, "-0.50", "1500-01-01", "false"),
        ],
        rows_inferred=[
            (1, "1.0", "2024-01-02", "true"),
            (2, "1.0", "2024-1-2", "F"),
            (3, "0.1", None, None),
            (4, "-0.5", "1500-01-01", "0"),
        ],
        partition_columns=("c", "d", "e"),
    ),
}


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "inferred"])
@pytest.mark.parametrize("name", CASES)
def test_case(lake, name, declared):
    check(lake, CASES[name], declared)
