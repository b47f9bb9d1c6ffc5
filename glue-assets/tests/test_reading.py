"""What Spark's CSV reader makes of files as they really come, and what must not get past it."""

import csv
import gzip
import io
import random

from lake_transforms import CsvOptions

TEXT = {"a": "string", "b": "string", "c": "string"}
UNCLOSED, FIELDS, AFTER_QUOTE = "quote that is never closed", "wrong number of fields", "text after a closing quote"
HEADER = b"a,b,c\n"

# name: (content, good rows, reasons of the refused rows)
FILES = {
    "plain": (b"plain,2,3\n", [("plain", "2", "3")], []),
    "no line end": (b"nle,2,3", [("nle", "2", "3")], []),
    "empty fields": (b'empty,,""\n', [("empty", None, None)], []),
    "windows": (b'a,b,c\r\nwin,"x\r\ny",3\r\nwin,,\r\n\r\n', [("win", "x\r\ny", "3"), ("win", None, None)], []),
    "old mac": (b"a,b,c\rmac,2,3\rmac,5,6\r", [("mac", "2", "3"), ("mac", "5", "6")], []),
    "mixed ends": (b"mix,2,3\r\nmix,5,6\nmix,8,9\r\n", [("mix", "2", "3"), ("mix", "5", "6"), ("mix", "8", "9")], []),
    "byte order mark": (b'\xef\xbb\xbfa,b,c\n"bom",\xc3\xa9,3\n', [("bom", "é", "3")], []),
    "blank lines": (b"\n\na,b,c\n\nblank,2,3\n\n   \n\n", [("blank", "2", "3")], []),
    "commas and lines": (b'"com,ma","2\n2","3\n\n3"\n', [("com,ma", "2\n2", "3\n\n3")], []),
    "quotes": (b'"""quo"" te","a ""b"" c",""""\n', [('"quo" te', 'a "b" c', '"')], []),
    "stray quotes": (b'stray,5" disk,6"\n', [("stray", '5" disk', '6"')], []),
    "other columns first": (b"c,a,b\n3,order,2\n", [("order", "2", "3")], []),
    "names in capitals": (b" A ,B,C\ncaps,2,3\n", [("caps", "2", "3")], []),
    "separators in text": ("sep,x\u2028y,\u0085z\n".encode(), [("sep", "x\u2028y", "\u0085z")], []),
    "nul": (b"nul,a\0b,3\n", [("nul", "a\0b", "3")], []),
    "too few, too many": (b"few,2\nfew,2,3,4\nfew,2,3\n", [("few", "2", "3")], [FIELDS, FIELDS]),
    "not utf-8": (b"latin,caf\xe9,3\nlatin,2,3\n", [("latin", "2", "3")], ["not UTF-8 text"]),
    "open at the end": (b'open1,2,3\nopen1,5,"swallows\nopen1,8,9\nopen1,11,12\n', [("open1", "2", "3")], [UNCLOSED]),
    "open in the middle": (b'open2,2,3\nopen2,"swallows\nopen2,8,9\n', [("open2", "2", "3")], [UNCLOSED]),
    "cut off": (b'cut,2,"SP"\ncut,3,"SP"\ncut,4,"SP', [("cut", "2", "SP"), ("cut", "3", "SP")], [UNCLOSED]),
    "cut off, doubled": (b'dbl,2,3\ndbl,4,"""SP""', [("dbl", "2", "3")], [UNCLOSED]),
    "ends with quotes": (b'endq,2,"he said ""x"""\nendq,2,"x\n"', [("endq", "2", 'he said "x"'), ("endq", "2", "x\n")], []),
    "text after a quote": (b'after,"x"y,3\nafter,4,"z\nafter,5,"6"\nafter,7,8\n', [("after", "7", "8")], [AFTER_QUOTE, AFTER_QUOTE]),
    "missing column": (b"a,b\nmiss,2\nmiss,3\n", [("miss", "2", None), ("miss", "3", None)], []),
    "unexpected column": (b"a,b,c,d\nunex,2,3,4\n", [], ["header does not match: unexpected d"]),
    "renamed column": (b"a,b,x\nren,2,3\n", [], ["header does not match: missing c; unexpected x"]),
    "repeated column": (b"a,b,c,B\nrep,2,3,4\n", [], ["header repeats b"]),
    "unnamed column": (b"a,b,c,\nunn,2,3,4\n", [], ["header has a column without a name"]),
    "header only": (b"a,b,c\n", [], []),
    "nothing": (b"", [], []),
}


def test_each_file_gives_its_rows_or_the_reason(lake):
    for name, (content, _, _) in FILES.items():
        first = content.removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n")[0].split(b"\r")[0].lower()
        has_header = not content or first.strip().startswith((b"a", b"c,a")) and b"after" not in first
        lake.put(f"{name}.csv", content if has_header else HEADER + content)
    result = lake.land(TEXT)
    assert lake.rows() == sorted((row for _, good, _ in FILES.values() for row in good), key=repr)
    found = {name: [line["reason"] for line in lake.refused() if line["source"].endswith(f"/{name}.csv")] for name in FILES}
    assert found == {name: sorted(reasons) for name, (_, _, reasons) in FILES.items()}
    assert result.sources == len(FILES)


def test_a_refused_row_is_kept_as_it_came(lake):
    lake.put("a.csv", 'n,t\n1,x\nnot a number,"two\nlines, ""quoted"""\n2,x,y\n3,"open\n4,x\n')
    lake.land({"n": "int", "t": "string"})
    source = f"s3://{lake.drop}/tables/things/a.csv"
    assert lake.refused() == [
        {"source": source, "line": 3, "reason": "n is not an int", "record": '{"n":"not a number","t":"two\\nlines, \\"quoted\\""}'},
        {"source": source, "line": 6, "reason": UNCLOSED, "record": '3,"open\n4,x'},
        {"source": source, "line": 5, "reason": FIELDS, "record": "2,x,y"},
    ]


def test_an_open_quote_that_swallows_more_than_is_looked_at(lake):
    lines = "".join(f"row{index},2,3\n" for index in range(20_000))
    lake.put("a.csv", f'a,b,c\ngood,2,3\nbad,2,"{lines}')
    lake.put("b.csv", f'a,b,c\nlong,2,"{"y" * 70_000}"\nlong,2,{"x" * 70_000}\n')
    assert lake.land(TEXT).reasons == {UNCLOSED: 1}
    assert [row[0] for row in lake.rows()] == ["good", "long", "long"]
    assert len(lake.refused()[0]["record"]) > len(lines)


def test_keys_that_need_encoding(lake):
    names = ["with space", "a+b", "ação é", "per%20cent", "gl[ob]{x,y}*?", "co:lon", "eq=x/inside", "qu\"ote's", "a&b#c", "q?x", "comma,"]
    for name in names:
        lake.put(f"{name}.csv", f"a,b\n{name.encode().hex()},2\n")
        lake.put(f"{name}.csv.gz", gzip.compress(f"a,b\n{name.encode().hex()},gz\n".encode()))
    assert lake.land({"a": "string", "b": "string"}).rows_out == 2 * len(names)
    assert lake.land({"a": "string", "b": "string"}).skipped == 2 * len(names)
    assert lake.rows("a") == sorted((name.encode().hex(),) for name in names for _ in range(2))


def test_objects_that_are_not_sources_are_left_alone(lake, capsys):
    for name in ("_hidden.csv", ".dot.csv", "notes.txt", "data.parquet", "folder/"):
        lake.put(name, "a\n1\n")
    lake.put("UPPER.CSV", "a\n1\n")
    assert lake.land({"a": "int"}).sources == 1
    assert "not a CSV object, left alone: tables/things/_hidden.csv" in capsys.readouterr().out


def test_objects_that_cannot_be_read_are_kept_whole(lake):
    whole = gzip.compress(b"a\n" + b"1\n" * 5000)
    lake.put("good.csv.gz", whole + gzip.compress(b"2\n"))
    lake.put("cut.csv.gz", whole[:-20])
    lake.put("plain.csv.gz", "a\n1\n")
    lake.put("x//y.csv", "a\n1\n")
    result = lake.land({"a": "int"})
    assert (result.rows_out, result.rows_quarantined) == (5003, 1)
    [refused] = lake.refused()
    assert refused["reason"] == "not a whole gzip file: it breaks off"
    assert len(lake.store.get(lake.drop, refused["object"])["Body"].read()) == len(whole) - 20


def test_other_ways_to_write_csv(lake):
    csv_options = CsvOptions.parse(
        '{"delimiter": ";", "quote": "\'", "encoding": "ISO-8859-1", "header": false, "nullValue": "NA", "dateFormat": "dd/MM/yyyy"}'
    )
    lake.put("a.csv", "café;'NA';31/12/2017\n'x;''y''';3;NA\nz;4;32/12/2017\n".encode("latin-1"))
    result = lake.land({"a": "string", "n": "int", "d": "date"}, csv=csv_options)
    assert [(row[0], row[1], str(row[2])) for row in lake.rows()] == [("x;'y'", 3, "None"), ("café", None, "2017-12-31")]
    assert result.reasons == {"d is not a date": 1}


def test_backslash_escapes(lake):
    lake.put("a.csv", 'a,b\n"x \\"y\\", z",2\n')
    lake.land({"a": "string", "b": "int"}, csv=CsvOptions(escape="\\"))
    assert lake.rows() == [('x "y", z', 2)]


def test_random_tables_read_as_pythons_csv_reads_them(lake):
    """Any text, written by Python's csv module in its dialects: the same values come out."""
    pieces = ["", "a", " ", ",", '"', '""', "\n", "\r\n", "é", "ção", "😀", "'", "\\", ";", "\t", "0", "NULL", "#", "\u2028", " x ", "--"]
    expected = []
    for seed in range(6):
        choose = random.Random(seed)
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator=choose.choice(["\n", "\r\n"]), quoting=choose.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
        columns = ["id", "x", "y", "z"]
        choose.shuffle(columns)
        writer.writerow(columns)
        for number in range(150):
            values = {name: "".join(choose.choices(pieces, k=choose.randint(0, 6))) for name in columns} | {"id": f"{seed}-{number}"}
            writer.writerow([values[name] for name in columns])
        content = text.getvalue().rstrip("\r\n") if choose.random() < 0.5 else text.getvalue()
        lake.put(f"{seed}.csv", content)
        for row in csv.DictReader(io.StringIO(content, newline="")):
            expected.append(tuple(row[name] or None for name in ("id", "x", "y", "z")))
    result = lake.land(dict.fromkeys(("id", "x", "y", "z"), "string"))
    assert lake.rows() == sorted(expected, key=repr)
    assert (result.rows_in, result.rows_quarantined) == (len(expected), 0)


def test_no_garbage_is_lost_from_the_count(lake):
    """Damaged files, any way: what is read is written or quarantined, and what is good by every reading comes through."""
    for seed in range(10):
        choose = random.Random(1000 + seed)
        lines = [f'{seed}-{number},"text, {number}",{number}.5' for number in range(60)]
        for _ in range(6):
            where = choose.randrange(len(lines))
            at = choose.randrange(len(lines[where]) + 1)
            damage = choose.choice(['"', ",", "\n", "\0", '""', "\r", ""])
            lines[where] = lines[where][:at] + damage + lines[where][at + choose.randint(0, 3) :]
        lake.put(f"{seed}.csv", "id,t,n\n" + "\n".join(lines) + "\n")
    result = lake.land({"id": "string", "t": "string", "n": "double"})
    assert result.rows_out > 300
    for row in lake.rows():
        assert row[2] is None or row[2] < 60
