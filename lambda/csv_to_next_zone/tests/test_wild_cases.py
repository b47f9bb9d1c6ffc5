"""Files from bug reports on a stream: the rows that they must give under their tidied names, or the reason why the file is refused."""

import csv
import gzip
import io
import lzma

import pandas as pd
import pytest
from csv_records import UnreadableData, csv_bytes, read_frames
from transformation import transform

LONG = "x" * 70_000
TWO_ROWS = b"id,name\n1,a\n2,b\n"

# name: (content, the header and the rows that are written, or the beginning of the reason)
CASES = {
    "W01 gzip": (gzip.compress(TWO_ROWS), "not CSV: the file is compressed (gzip)"),
    "W03 line ends of old Macs": (b'id,name\r1,a\r2,"b\nc"\r3,d\r', "malformed row in line 1: a carriage return outside quotes"),
    "W04 ids of 19 digits": (b"id,n\n1541815603606036481,3E10\n", [["id", "n"], ["1541815603606036481", "3E10"]]),
    "W06 a lone carriage return in quotes": (b'id,name,n\n1,"g\rh",5\n', [["id", "name", "n"], ["1", "g\rh", "5"]]),
    "R01 only a header": (b"id,name\n", [["id", "name"]]),
    "R03 a long last value without a line end": (f'id,txt\n71,"{LONG}"'.encode(), [["id", "txt"], ["71", LONG]]),
    "R07 names with spaces and dots": (b"Order ID,Unit.Price\n1,2.5\n", [["order_id", "unit_price"], ["1", "2.5"]]),
    "C01 the index of pandas": (b",name,n\n0,a,5\n", [["column_1", "name", "n"], ["0", "a", "5"]]),
    "C03 names that the job uses": (b"lake_reason,x\n1,2\n", [["lake_reason", "x"], ["1", "2"]]),
    "S02 nanoseconds": (b"id,ts\n3,2024-01-02 10:00:00.123456789\n", [["id", "ts"], ["3", "2024-01-02 10:00:00.123456789"]]),
    "a column called PAR1": (b"PAR1,n\n1,2\n", [["par1", "n"], ["1", "2"]]),
    "Parquet": (b"PAR1\x15\x04", "not CSV: the file is Parquet"),
    "ORC": (b"ORC\x08\x03", "not CSV: the file is ORC"),
    "Avro": (b"Obj\x01\x04\x14avro", "not CSV: the file is Avro"),
    "JSON in a line": (b'[{"id": 1, "name": "a"}]\n', "not CSV: the file is JSON"),
    "JSON in lines": (b'{"id": 1}\n{"id": 2}\n', "not CSV: the file is JSON"),
    "JSON that is indented": (b'[\n  {"id": 1}\n]\n', "not CSV: the file is JSON"),
    "names in brackets": (b"[id],{name}\n1,a\n", [["id", "name"], ["1", "a"]]),
    "the page of an error": (b"<!DOCTYPE html>\n<html>\n", "not CSV: the file is an HTML page"),
    "a page in a line": (b"<html><body>a, b</body></html>\n1,2\n", "not CSV: the file is an HTML page"),
    "a workbook as XML": (b'<?xml version="1.0"?>\n<Workbook/>\n', "not CSV: the file is XML"),
    "control characters": (b"\x02\x03ab,c\n1,2\n", "not CSV in line 1: there are control characters in the first line"),
    "UTF-16": ("id,name\n1,a\n".encode("utf-16"), "wrong encoding: the file is in UTF-16"),
    "UTF-16 without a mark": ("id,name\n1,a\n".encode("utf-16-le"), "not CSV in line 1: there is a NUL byte"),
    "UTF-32": ("id,name\n1,a\n".encode("utf-32"), "wrong encoding: the file is in UTF-32"),
    "Latin-1 behind the mark of UTF-8": (b"\xef\xbb\xbfid,name\n3,\xe9\n", "wrong encoding in line 2"),
    "a NUL in a value": (b"id,name\n1,a\0b\n", "not CSV in line 2: there is a NUL byte"),
    "two marks of UTF-8": (b"\xef\xbb\xbf" * 2 + b'"id,no","name"\n1,a\n', [["id_no", "name"], ["1", "a"]]),
    "only a mark": (b"\xef\xbb\xbf", "empty file"),
    "only blank lines": (b"\n\n", "empty file"),
    "a line of numbers": (b"1,2\n", "no header in line 1"),
    "PGP": (b"-----BEGIN PGP MESSAGE-----\n\nhQEM\n", "not CSV: the file is encrypted or signed with PGP"),
    "Git LFS": (b"version https://git-lfs.github.com/spec/v1\noid sha256:aa\n", "not CSV: the file is a pointer of Git LFS"),
    "the answer of S3": (b"<Error><Code>AccessDenied</Code></Error>", "not CSV: the file is XML"),
    "LZMA": (lzma.compress(TWO_ROWS, format=lzma.FORMAT_ALONE), "not CSV in line 1: there are control characters"),
    "a mark between two files": (b"\xef\xbb\xbfid,name\n1,a\n\xef\xbb\xbf2,b\n", [["id", "name"], ["1", "a"], ["\ufeff2", "b"]]),
    "the delimiter of Excel": (b"sep=,\r\nid,name\r\n1,a\r\n", [["id", "name"], ["1", "a"]]),
    "another delimiter of Excel": (b"sep=;\nid;name\n1;a\n", "wrong delimiter in line 1"),
    "a line break in a name": (b'id,"order\r\n name"\n1,x\n', [["id", "order_name"], ["1", "x"]]),
    "a delimiter at the end of each line": (b"id,name,\n1,a,\n", [["id", "name", "column_3"], ["1", "a", ""]]),
    "a backslash before a quote": (b'id,name\n1,"a\\"b"\n', "malformed row in line 2"),
    "rows that are too short": (b"id,name\n1,a\n2\n", "wrong number of fields in line 3"),
    "numbers of all kinds": (b"x,y\n1e400,+5\nNaN,007\n", [["x", "y"], ["1e400", "+5"], ["NaN", "007"]]),
}


@pytest.mark.parametrize("name", CASES)
def test_case(name):
    content, wanted = CASES[name]
    if isinstance(wanted, str):
        with pytest.raises(UnreadableData) as refused:
            list(read_frames(io.BytesIO(content)))
        assert str(refused.value).startswith(wanted)
        return
    written = b"".join(csv_bytes(transform(frame), header=piece == 0) for piece, frame in enumerate(read_frames(io.BytesIO(content))))
    assert list(csv.reader(io.StringIO(written.decode(), newline=""))) == wanted
    assert pd.read_csv(io.BytesIO(written), dtype=str, keep_default_na=False).to_numpy().tolist() == wanted[1:]
