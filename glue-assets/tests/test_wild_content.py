"""Objects under names, in archives and encodings as they come: their rows, or the object refused with its reason. Never nothing."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest
from lake_transforms.content import UnreadableObject, open_text
from lake_transforms.options import CsvOptions
from lake_transforms.records import AFTER_QUOTE, UNCLOSED, read_records
from lake_transforms.sources import find_sources

TEXT = "id,name\n1,a\n2,b\n"
PLAIN = TEXT.encode()


def zipped(*names: str, content: bytes = PLAIN, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name in names:
            archive.writestr(name, content)
    return target.getvalue()


def broken(content: bytes) -> bytes:
    return content[:50] + bytes(byte ^ 0xFF for byte in content[50:70]) + content[70:]


def tarred() -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        info = tarfile.TarInfo("a.csv")
        info.size = len(PLAIN)
        archive.addfile(info, io.BytesIO(PLAIN))
    return target.getvalue()


# name of the object: (content, prefix of the reason; None: both rows are read)
CONTENTS = {
    "A.CSV.GZ": (gzip.compress(PLAIN), None),
    "gzip.csv": (gzip.compress(PLAIN), None),
    "plain.csv.gz": (PLAIN, None),
    "members.csv.gz": (gzip.compress(b"id,name\n1,a\n") + gzip.compress(b"2,b\n") + bytes(64), None),
    "twice.csv.gz": (gzip.compress(gzip.compress(PLAIN)), None),
    "bzip2.csv": (bz2.compress(PLAIN), None),
    "b.csv.bz2": (bz2.compress(PLAIN), None),
    "xz.csv": (lzma.compress(PLAIN), None),
    "zip.csv": (zipped("a.csv"), None),
    "z.csv.zip": (zipped("__MACOSX/._a.csv", "a.csv"), None),
    "utf8 mark.csv": (b"\xef\xbb\xbf" + PLAIN, None),
    "utf16.csv": (TEXT.encode("utf-16"), None),
    "utf16 big.csv": (b"\xfe\xff" + TEXT.encode("utf-16-be"), None),
    "utf16 no mark.csv": (TEXT.encode("utf-16-le"), None),
    "utf16 big no mark.csv": (TEXT.encode("utf-16-be"), None),
    "utf32.csv": (TEXT.encode("utf-32"), None),
    "utf32 no mark.csv": (TEXT.encode("utf-32-le"), None),
    "utf32 big no mark.csv": (TEXT.encode("utf-32-be"), None),
    "two marks.csv": (b"\xef\xbb\xbf" * 2 + PLAIN, None),
    "two marks, quoted.csv": (b"\xef\xbb\xbf" * 2 + b'"id","name"\n1,a\n2,b\n', None),
    "a mark and sep.csv": (b'\xef\xbb\xbfsep=;\n"id";"name"\n1;a\n2;b\n', None),
    "lzma.csv.lzma": (lzma.compress(PLAIN, format=lzma.FORMAT_ALONE), None),
    "lzma.zip.csv": (zipped("a.csv", method=zipfile.ZIP_LZMA), None),
    "desktop.csv.zip": (zipped(".DS_Store", "x/Thumbs.db", "a.csv"), None),
    "empty members.csv.gz": (gzip.compress(b"") + gzip.compress(b"id,name\n1,") + gzip.compress(b"") + gzip.compress(b"a\n2,b\n"), None),
    "empty.csv.gz": (gzip.compress(b""), "nothing is in it"),
    "empty.zip.csv": (zipped("a.csv", content=b""), "nothing is in it"),
    "mark.csv": (b"\xef\xbb\xbf", "nothing is in it"),
    "wide mark.csv": (b"\xff\xfe", "nothing is in it"),
    "one text.csv": (b'"id,name\n1,a\n2,b"\n', "it is one quoted text of several lines"),
    "blank.csv": (b"\r\n\n   \n", "nothing is in it"),
    "sep.csv": (b"sep=;\n", "nothing is in it"),
    "a NUL.csv": (b"\0", "its only line has no names of columns"),
    "broken lzma.csv": (broken(zipped("a.csv", content=PLAIN * 50, method=zipfile.ZIP_LZMA)), "not a whole ZIP file"),
    "newer zip.csv": (zipped("a.csv").replace(b"PK\x01\x02\x14\x03\x14", b"PK\x01\x02\x14\x03\x63"), "not a whole ZIP file"),
    "brotli.csv.br": (b"\x0b\x07\x80" + PLAIN + b"\x03", "header cannot be read: not UTF-8 text"),
    "snappy.csv": (b"\x07\x1cid,name", "header has a control character in a name"),
    "old lz4.csv": (b"\x02\x21\x4c\x18\x10\0\0\0" + PLAIN, "not CSV: compressed with LZ4"),
    "skippable zstd.csv": (b"\x50\x2a\x4d\x18\x04\0\0\0abcd\x28\xb5\x2f\xfd\x04\x00", "header cannot be read: not UTF-8 text"),
    "old tar.csv": (b"a.csv".ljust(100, b"\0") + b"0000644\0" + bytes(392), "not CSV: binary data"),
    "ebcdic.csv": (TEXT.encode("cp037"), "header cannot be read: not UTF-8 text"),
    "pgp.csv": (b"-----BEGIN PGP MESSAGE-----\n\nhQEMA5\n=abcd\n", "not CSV: encrypted or signed with PGP"),
    "lfs.csv": (b"version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 123\n", "not CSV: a pointer of Git LFS"),
    "answer.csv": (b"<Error><Code>AccessDenied</Code></Error>", "not CSV: XML"),
    "utf16.csv.gz": (gzip.compress(TEXT.encode("utf-16")), None),
    "carriage returns.csv": (b"id,name\r1,a\r2,b\r", None),
    "windows.csv": (b"id,name\r\n1,a\r\n2,b", None),
    "old and new.csv": (b"id,name\r1,a\n2,b\r\n", None),
    "double returns.csv": (b"id,name\r\r\n1,a\r\r\n2,b\r\r\n", None),
    "cut.csv.gz": (gzip.compress(PLAIN)[:-6], "not a whole gzip file"),
    "cut.csv.bz2": (bz2.compress(PLAIN)[:-6], "not a whole bzip2 file"),
    "cut.csv.xz": (lzma.compress(PLAIN)[:-6], "not a whole xz file"),
    "cut.csv.zip": (zipped("a.csv")[:-6], "not a whole ZIP file"),
    "two.zip.csv": (zipped("a.csv", "b.csv"), "a ZIP archive of 2 files"),
    "book.csv": (zipped("[Content_Types].xml", "xl/workbook.xml"), "not CSV: an Excel workbook (.xlsx)"),
    "old book.csv": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64), "not CSV: an old Office file"),
    "tar.csv.gz": (tarred(), "not CSV: a tar archive"),
    "zstd.csv.zst": (b"\x28\xb5\x2f\xfd\x04\x00", "not CSV: compressed with Zstandard"),
    "lz4.csv": (b"\x04\x22\x4d\x18\x64", "not CSV: compressed with LZ4"),
    "7z.csv": (b"7z\xbc\xaf\x27\x1c\x00\x04", "not CSV: a 7z archive"),
    "rar.csv": (b"Rar!\x1a\x07\x01\x00", "not CSV: a RAR archive"),
    "parquet.csv": (b"PAR1\x15\x04", "not CSV: a Parquet file"),
    "orc.csv": (b"ORC\x08", "not CSV: an ORC file"),
    "json.csv": (b'[{"id": 1, "name": "a"}]', "not CSV: JSON"),
    "lines.csv": (b'{"id": 1, "name": "a"}\n{"id": 2, "name": "b"}\n', "not CSV: JSON"),
    "long.csv": (b'[{"id": 1, "name": "' + b"x" * 9000 + b'"}]', "not CSV: JSON"),
    "pdf.csv": (b"%PDF-1.7\n", "not CSV: a PDF file"),
    "binary.csv": (bytes([0, 1, 2, 0]) * 100, "not CSV: binary data"),
}


@pytest.mark.parametrize("types", [{"id": "int", "name": "string"}, None], ids=["declared", "inferred"])
def test_the_content_decides_and_not_the_name(lake, types):
    for name, (content, _) in CONTENTS.items():
        lake.put(name, content)
    result = lake.land(types)
    readable = [name for name, (_, reason) in CONTENTS.items() if reason is None]
    assert lake.rows("id", "name") == sorted([(1, "a"), (2, "b")] * len(readable))
    reasons = {line["source"].rpartition("/")[2]: line["reason"] for line in lake.refused()}
    wanted = {name: reason for name, (_, reason) in CONTENTS.items() if reason}
    assert {name: reason[: len(wanted[name])] for name, reason in reasons.items()} == wanted
    assert result.rows_in == 2 * len(readable) + len(wanted)
    if types is None:
        assert result.inferred == {"id": "bigint", "name": "string"}


def records(content: bytes, **options) -> list[tuple]:
    csv = CsvOptions(**options)
    stream, encoding = open_text(io.BytesIO(content), csv.encoding)
    return [(record.line, record.fields, record.reason) for record in read_records(stream, encoding, csv)]


# content: the records, with the numbers of their lines
RECORDS = {
    b'id,name\r1,a\r2,"b\nc"\r3,d\r': [(1, ["id", "name"]), (2, ["1", "a"]), (3, ["2", "b\nc"]), (5, ["3", "d"])],
    b'a,b\r\n"x\r\ny",2\r\n\r\n  \r\n3,4': [(1, ["a", "b"]), (2, ["x\r\ny", "2"]), (6, ["3", "4"])],
    b'a,b\n1,"g\rh"\n2,x\ry\n': [(1, ["a", "b"]), (2, ["1", "g\rh"]), (3, ["2", "x\ry"])],
    b'a,"b\nc"\n1,5" x\n2,"he ""x"""': [(1, ["a", "b\nc"]), (3, ["1", '5" x']), (4, ["2", 'he "x"'])],
    b'a\n""\n\n  \nx\n': [(1, ["a"]), (2, [""]), (4, ["  "]), (5, ["x"])],
    b"a,b\n1,x\0y\n": [(1, ["a", "b"]), (2, ["1", "x\0y"])],
    "a,b\n1,\ufffd\n".encode(): [(1, ["a", "b"]), (2, ["1", "\ufffd"])],
}


@pytest.mark.parametrize("name", ["ORCID", "PARENT_ID", "PAR1", "LZIP"])
def test_names_of_columns_that_begin_like_other_formats(name):
    assert [fields for _, fields, _ in records(f"{name},n\n1,2\n".encode())] == [[name, "n"], ["1", "2"]]


# bytes, declared encoding: the fields of the records
WIDE = [
    ("id,имя\n1,Иван Петров\n".encode("utf-16-le"), "UTF-8", [["id", "имя"], ["1", "Иван Петров"]]),
    ("id,имя\n1,Иван Петров\n".encode("utf-16-be"), "UTF-8", [["id", "имя"], ["1", "Иван Петров"]]),
    ("名前,年齢\n山田上,5\n".encode("utf-16-le"), "UTF-8", [["名前", "年齢"], ["山田上", "5"]]),
    (b"id,name\n1,abc\0\n2,abc\0\n", "UTF-8", [["id", "name"], ["1", "abc\0"], ["2", "abc\0"]]),
    (b"id,name\n1,ab\xe9\0\n2,ab\xe9\0\n", "latin-1", [["id", "name"], ["1", "abé\0"], ["2", "abé\0"]]),
]


@pytest.mark.parametrize(("content", "encoding", "wanted"), WIDE)
def test_wide_text_without_a_mark_and_values_with_zeros(content, encoding, wanted):
    assert [fields for _, fields, _ in records(content, encoding=encoding)] == wanted


def test_a_row_of_empty_fields_is_a_row_where_the_delimiter_is_a_tab():
    assert [fields for _, fields, _ in records(b"a\tb\n\t\n1\t2\n\n", delimiter="\t")] == [["a", "b"], ["", ""], ["1", "2"]]


def test_records():
    for content, wanted in RECORDS.items():
        assert records(content) == [(line, fields, None) for line, fields in wanted], content


def test_records_that_are_refused_have_their_line_and_reason():
    assert records(b'a,b\n1,"x"y\n2,z\n') == [(1, ["a", "b"], None), (2, ["1", "x"], AFTER_QUOTE), (3, ["2", "z"], None)]
    assert records(b'a,b\n1,2\n3,"open\n4,5\n') == [(1, ["a", "b"], None), (2, ["1", "2"], None), (3, ["3"], UNCLOSED)]
    assert records(b"a,b\n1,caf\xe9\n")[1][2] == "not UTF-8 text"


def test_escapes():
    text = b'a,b\n"x \\"y\\", z",2\nC:\\temp,"a\\\\"\n1\\,2,"3\n4"\n'
    assert [fields for _, fields, _ in records(text, escape="\\")] == [["a", "b"], ['x "y", z', "2"], ["C:\\temp", "a\\"], ["1,2", "3\n4"]]


def test_a_quote_that_does_not_close_costs_bounded_memory(monkeypatch):
    monkeypatch.setattr("lake_transforms.records.LONGEST_RECORD", 1000)
    [_, found] = records(b'a,b\n1,"' + b"x,y\n" * 5000)
    assert found[0] == 2
    assert found[2] == UNCLOSED
    assert records(b"a,b\n" + b"x" * 5000)[1][2] == "line of more than 16 million characters"


def test_what_is_decompressed_is_streamed():
    stream, _ = open_text(io.BytesIO(gzip.compress(bytes(20_000_000).replace(b"\0", b"a"))), "UTF-8")
    assert max(len(chunk) for chunk in iter(lambda: stream.read(2**30), b"")) <= 256 * 1024


def test_too_many_layers_are_refused():
    content = PLAIN
    for _ in range(5):
        content = gzip.compress(content)
    with pytest.raises(UnreadableObject, match="compressed more than 3 times"):
        open_text(io.BytesIO(content), "UTF-8")


def test_objects_of_other_kinds_are_named(lake):
    for name in ("a.csv", "notes.txt", "x.csv.sha256"):
        lake.put(name, "x")
    sources, others = find_sources(lake.store, lake.landing(None).source)
    assert [source.object.name for source in sources] == ["a.csv"]
    assert [key.rpartition("/")[2] for key in others] == ["notes.txt", "x.csv.sha256"]


def test_a_key_with_a_line_break_is_refused_and_the_others_land(lake):
    lake.put("a\nb.csv", PLAIN)
    lake.put("good.csv", PLAIN)
    result = lake.land({"id": "int", "name": "string"})
    assert lake.rows() == [(1, "a"), (2, "b")]
    assert result.reasons == {"key with a line break or another control character": 1}
    assert lake.refused()[0]["source"].endswith("/a\nb.csv")
