"""Files from bug reports, each with a declared schema and without one: the rows that they must give, or the reason of the refusal."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from lake_transforms import CsvOptions

LONG = "ikpan " * 12_000
UNNAMED, NANOSECONDS = "header has a column without a name", "ts is not a timestamp"
COUNTRIES = ["a/b", "x=y", "50%", "a:b", "{x}", "#", "a\\b", 'q"uote', "two\nlines", "são", "a b+c", "007", ""]
QUOTED = [value.replace('"', '""') for value in COUNTRIES]
COUNTRIES_CSV = "id,country\n" + "".join(f'{number},"{value}"\n' for number, value in enumerate(QUOTED))
TWO_ROWS = b"id,name\n1,a\n2,b\n"


@dataclass(frozen=True)
class Case:
    """Files in the order in which they arrive, one run each; the schema; and what is wanted with it and without one."""

    files: dict[str, bytes]
    types: dict[str, Any]
    rows: list[tuple[Any, ...]]  # in the order of the declared columns
    rows_inferred: list[tuple[Any, ...]] | None = None  # where they differ
    refused: dict[str, int] | None = None  # if the schema is declared
    csv: CsvOptions = CsvOptions()
    partition_columns: tuple[str, ...] = ()
    names_inferred: tuple[str, ...] = ()  # where they differ from the declared ones


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


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "inferred"])
@pytest.mark.parametrize("name", CASES)
def test_case(lake, name, declared):
    case = CASES[name]
    found, refused = 0, {}
    for key, content in case.files.items():
        lake.put(key, content)
        result = lake.land(case.types if declared else None, csv=case.csv, partition_columns=case.partition_columns)
        found += result.rows_in
        refused |= result.reasons
    wanted = case.rows if declared or case.rows_inferred is None else case.rows_inferred
    columns = tuple(case.types) if declared else case.names_inferred or tuple(case.types)
    wanted_refusals = (case.refused or {}) if declared else {}
    assert refused == wanted_refusals
    assert found == len(wanted) + sum(wanted_refusals.values())
    assert lake.rows(*(f"`{column}`" for column in columns)) == sorted(wanted, key=repr)
