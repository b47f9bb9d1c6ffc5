import csv
import io

import csv_records
import pandas as pd
import pytest
from csv_records import UnreadableData, read_frames

GOOD = 'id,name\n1,Ana\n2,"São, ""João""\n"\n3,\n'.encode()


def read(data: bytes, block_bytes: int = 1024) -> pd.DataFrame:
    return pd.concat(read_frames(io.BytesIO(data), block_bytes), ignore_index=True)


def problem(data: bytes, block_bytes: int = 1024) -> UnreadableData:
    with pytest.raises(UnreadableData) as caught:
        read(data, block_bytes)
    return caught.value


def test_all_is_text_as_it_stands_there():
    frame = read(b"id,zip,size,note,none\n1,007,1.50, NA ,\n2,NULL,1e5,true,nan\n")
    assert frame.to_dict("list") == {
        "id": ["1", "2"],
        "zip": ["007", "NULL"],
        "size": ["1.50", "1e5"],
        "note": [" NA ", "true"],
        "none": ["", "nan"],
    }


def test_quotes_commas_and_line_breaks_inside_fields():
    assert read(GOOD).values.tolist() == [["1", "Ana"], ["2", 'São, "João"\n'], ["3", ""]]


@pytest.mark.parametrize("block_bytes", [1, 7, 20, 10_000])
def test_pieces_together_are_the_file(block_bytes):
    assert read(GOOD, block_bytes).equals(read(GOOD))


def test_pieces_are_cut_between_rows():
    pieces = [len(frame) for frame in read_frames(io.BytesIO(GOOD), 1)]
    assert pieces == [1, 1, 1]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends(end):
    assert read(f'a,b{end}1,"x{end}y"{end}2,z{end}'.encode()).values.tolist() == [["1", f"x{end}y"], ["2", "z"]]


def test_last_line_without_end():
    assert read(b"a,b\n1,2").values.tolist() == [["1", "2"]]


def test_byte_order_mark_belongs_to_no_name():
    assert list(read(b"\xef\xbb\xbfa,b\n1,2\n")) == ["a", "b"]


def test_blank_lines_do_not_count():
    assert read(b"\n\na\n\n1\n\n\n2\n\n").values.tolist() == [["1"], ["2"]]


def test_rows_of_empty_fields_do_count():
    assert read(b'a,b\n,\n"",""\n').values.tolist() == [["", ""], ["", ""]]
    assert read(b'a\n""\n" "\n  \n').values.tolist() == [[""], [" "], ["  "]]


def test_only_a_header_is_a_file_without_rows():
    frame = read(b"a,b\n")
    assert list(frame) == ["a", "b"]
    assert len(frame) == 0


def test_a_column_may_be_called_as_a_number_and_twice():
    frame = read(b"2018,x,x,\n1,2,3,4\n")
    assert list(frame) == ["2018", "x", "x", ""]
    assert frame.values.tolist() == [["1", "2", "3", "4"]]


@pytest.mark.parametrize(
    ("data", "reason", "line"),
    [
        (b"", "empty file", None),
        (b"\n\n", "empty file", None),
        (b"\xef\xbb\xbf", "empty file", None),
        (b"1,2\n3,4\n", "no header", 1),
        (b",,\n1,2,3\n", "no header", 1),
        (b"a;b\n1;2\n", "wrong delimiter", 1),
        (b"a\tb\n1\t2\n", "wrong delimiter", 1),
        (b"a,b\n1,2\n1\n", "wrong number of fields", 3),
        (b"a,b\n1,2,3\n", "wrong number of fields", 2),
        (b"a,b\n1,2,\n", "wrong number of fields", 2),
        (b'a,b\n"x\ny",2\n\n5\n', "wrong number of fields", 5),
        (b'a,b\n1,"x"y\n', "malformed row", 2),
        (b'a,b\n1,2\n3,"x\ny\n', "malformed row", 3),
        (b"a,b\n1,x\ry\n", "malformed row", 2),
        (b"a,b\r1,2\r3,4\r", "malformed row", 1),
        ("a,b\n1,ação\n".encode("latin-1"), "wrong encoding", 2),
        ("a,b\n1,2\n".encode("utf-16"), "wrong encoding", None),
        ("a,b\n1,2\n".encode("utf-16-le"), "not CSV", 1),
        (b"\x89PNG\r\n\x1a\n\0\0", "wrong encoding", 1),
        *((magic + b"\0", "not CSV", None) for magic in csv_records._OTHER_FORMATS),
        ("a,b\n1,2\n".encode("utf-32"), "wrong encoding", None),
        (b"a,b\n1,x\0y\n", "not CSV", 2),
    ],
)
@pytest.mark.parametrize("block_bytes", [1, 1_000_000])
def test_what_is_not_clean_csv_is_refused(data, reason, line, block_bytes):
    error = problem(data, block_bytes)
    assert (error.reason, error.line) == (reason, line)
    assert error.detail
    assert str(error) == (f"{reason}: {error.detail}" if line is None else f"{reason} in line {line}: {error.detail}")


def test_what_is_written_reads_back_on_every_python():
    values = ["g\rh", "a\nb", "c\r\nd", 'q"q', "x,y", "\r", "", " s ", "é"]
    frame = pd.DataFrame({"id": [str(index) for index in range(len(values))], "a\rb": values})
    data = csv_records.csv_bytes(frame, header=True)
    assert list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True)) == [list(frame.columns), *frame.values.tolist()]
    assert read(data).equals(frame)
    assert csv_records.csv_bytes(frame[:0], header=True) == b'id,"a\rb"\n'
    assert csv_records.csv_bytes(pd.DataFrame({"n": [1.5, 2.0]}), header=False) == b"1.5\n2.0\n"


def test_details_help_to_find_the_place():
    assert problem(b"a,b\n1\n").detail == "1 instead of 2"
    assert problem(b"a,b\nx,\xe7\n").detail == "byte 0xe7 at position 3 of the line is not valid UTF-8"
    assert problem(b'a,b\n1,"x\n').detail == "the file ends inside a quoted field"
    assert problem(b"a,b\n1,x\ry\n").detail == "a carriage return outside quotes that does not end a line"


def test_a_quote_that_is_never_closed_swallows_no_memory():
    csv.field_size_limit(csv_records.MAX_FIELD_CHARACTERS)  # the limit is the process's: tests of jobs set theirs when they load them
    error = problem(b'a,b\n1,"' + b"x\n" * csv_records.MAX_FIELD_CHARACTERS)
    assert (error.reason, error.line) == ("malformed row", 2)
    assert "not closed" in error.detail


def test_a_line_without_end_swallows_no_memory():
    class Endless:
        given = 0

        def read(self, size: int) -> bytes:
            self.given += size
            return b"x" * size

    body = Endless()
    with pytest.raises(UnreadableData, match="more than 8388608 bytes"):
        next(read_frames(body))
    assert body.given < 10 * 1024 * 1024


def test_a_body_may_give_less_than_asked_for():
    class Slow(io.BytesIO):
        def read(self, size: int = -1) -> bytes:
            return super().read(min(size, 3))

    assert pd.concat(read_frames(Slow(GOOD)), ignore_index=True).equals(read(GOOD))


def test_failures_of_the_network_are_no_fault_of_the_data():
    class Broken(io.BytesIO):
        def read(self, size: int = -1) -> bytes:
            raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError):
        next(read_frames(Broken()))
