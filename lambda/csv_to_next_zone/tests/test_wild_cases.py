"""Files from bug reports on a stream: the rows that they must give under their tidied names, or the reason why the file is refused."""

import csv
import gzip
import io

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
    assert pd.read_csv(io.BytesIO(written), dtype=str).to_numpy().tolist() == wanted[1:]
