"""Which rows a condition means, and the same object without them: byte for byte as it was, but for the rows."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable

import pytest
from lake_local.errors import UserError
from lake_local.lake.erasure.csv_objects import Dialect, examine
from lake_local.lake.erasure.predicate import Predicate
from lake_transforms.options import CsvOptions, TableSchema

ANNA = "customer = 'anna'"
SCHEMA = TableSchema.of({"id": "int", "customer": "string", "day": "date"})


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("", "is no condition|compares no column"),
        ("customer", "compares no column with a value"),
        ("1 = 1", "compares no column with a value"),
        ("customer = 'a'; DROP TABLE t", "more than a condition|is no condition"),
        ("customer = 'a' ORDER BY 1", "more than a condition"),
        ("customer = 'a' LIMIT 1", "more than a condition"),
        ("customer = 'a' UNION SELECT 1", "more than a condition|is no condition"),
        ("customer IN (SELECT 'a')", "without subqueries"),
        ("customer = (SELECT content FROM read_text('/etc/passwd'))", "without subqueries"),
        ("customer = my_function('a')", "functions of one's own"),
        ("customer = ?", "compares no column|on columns only"),
        ("orders.customer = 'a'", "compares no column"),
        ("customer = 'a", "is no condition"),
    ],
)
def test_what_is_no_condition_is_refused(condition: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        Predicate(condition)


@pytest.mark.parametrize(
    ("condition", "types", "values", "expected"),
    [
        (ANNA, {}, ["anna", "Anna", "", None, "anna "], [True, False, False, False, False]),
        ("customer LIKE 'an%'", {}, ["anna", "bob"], [True, False]),
        ("lower(customer) = 'anna'", {}, ["ANNA", "bob"], [True, False]),
        ("customer IN ('anna', 'bob')", {}, ["bob", "carl"], [True, False]),
        ("customer = 7", {"customer": "int"}, ["7", "07", "x", ""], [True, True, False, False]),
        ("customer = 7", {}, ["7", "x"], [True, False]),
        ("customer > 6.5", {}, ["7", "6", "x"], [True, False, False]),
        ("customer = date '2024-01-02'", {"customer": "date"}, ["2024-01-02", "2024-01-03", "x"], [True, False, False]),
        ("customer = 'x' OR customer IS NULL", {"customer": "array<int>"}, ["x", "", "y"], [True, True, False]),
    ],
)
def test_values_that_meet_a_condition(condition: str, types: dict[str, str], values: list[str | None], expected: list[bool]) -> None:
    assert Predicate(condition).matches({"customer": values}, types) == expected


def test_a_condition_that_fits_no_type_is_the_user_s_error() -> None:
    with pytest.raises(UserError, match="does not fit the types of its columns: customer is string"):
        Predicate("customer = date '2024-01-01'").matches({"customer": ["x"]}, {"customer": "string"})


TEXT = "id,customer,day\n1,anna,2024-01-01\n2,bob,2024-01-02\n"
KEPT = "id,customer,day\n2,bob,2024-01-02\n"


def zipped(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.csv", data)
    return file.getvalue()


def utf_16(text: str) -> bytes:
    return b"\xff\xfe" + text.encode("utf-16-le")


@pytest.mark.parametrize(
    ("body", "kept", "dialect"),
    [
        (TEXT.encode(), KEPT.encode(), Dialect("t/")),
        (TEXT.replace("\n", "\r\n").encode(), KEPT.replace("\n", "\r\n").encode(), Dialect("t/")),
        (TEXT.replace("\n", "\r").encode(), KEPT.replace("\n", "\r").encode(), Dialect("t/")),
        (b"\xef\xbb\xbf" + TEXT.encode(), b"\xef\xbb\xbf" + KEPT.encode(), Dialect("t/")),
        (utf_16(TEXT), utf_16(KEPT), Dialect("t/")),
        (b'sep=;\r\nid;customer\r\n1;anna\r\n2;"b;b"\r\n', b'sep=;\r\nid;customer\r\n2;"b;b"\r\n', Dialect("t/")),
        (
            b'id,customer\n1,"anna"\n2,"b\n""b"""\n3,"an""na"\n',
            b'id,customer\n2,"b\n""b"""\n3,"an""na"\n',
            Dialect("t/"),
        ),
        ("id|customer\n1|ann\xe4\n2|anna\n".encode("latin-1"), "id|customer\n1|ann\xe4\n".encode("latin-1"),
         Dialect("t/", CsvOptions(delimiter="|", encoding="ISO-8859-1"))),
        (b"1,anna,x\n2,bob,x", b"2,bob,x", Dialect("t/", CsvOptions(header=False), SCHEMA, True)),
        (b"id,customer\n1,bob\n2,anna", b"id,customer\n1,bob\n", Dialect("t/")),
        (b"Id,Customer\n1,anna\n", b"Id,Customer\n", Dialect("t/", schema=SCHEMA)),
        # Refused rows go too, if the value is anywhere in them.
        (b"id,customer\n1,anna,more\n2,bob,more\n", b"id,customer\n2,bob,more\n", Dialect("t/")),
        (b'id,customer\n1,"anna"x\n2,bob\n', b"id,customer\n2,bob\n", Dialect("t/")),
    ],
)  # fmt: skip
def test_an_object_without_the_rows(body: bytes, kept: bytes, dialect: Dialect) -> None:
    into = io.BytesIO()
    found = examine(io.BytesIO(body), "t/a.csv", dialect, Predicate(ANNA), into)

    assert (found.matched, found.obstacle) == (1, "")
    assert into.getvalue() == kept


@pytest.mark.parametrize(
    ("compress", "uncompress"), [(gzip.compress, gzip.decompress), (bz2.compress, bz2.decompress), (lzma.compress, lzma.decompress)]
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_what_was_compressed_is_compressed(compress: Callable[[bytes], bytes], uncompress: Callable[[bytes], bytes], mark: bytes) -> None:
    into = io.BytesIO()
    found = examine(io.BytesIO(compress(mark + TEXT.encode())), "t/a.csv.gz", Dialect("t/"), Predicate(ANNA), into)

    assert (found.rows, found.matched, found.obstacle) == (2, 1, "")
    assert into.getvalue()[:2] == compress(b"")[:2]
    assert uncompress(into.getvalue()) == mark + KEPT.encode()


@pytest.mark.parametrize(
    ("body", "obstacle"),
    [
        (zipped(TEXT.encode()), "it is a ZIP archive"),
        (b'id,customer\n1,anna\n2,"bob', "line 3: quote that is never closed"),
        (b"id,customer\n1,anna\n2,b\xff\n", "line 3 is no text in its encoding"),
        (b'{"customer": "anna"}', "it cannot be read (not CSV: JSON; convert it to CSV first)"),
        (gzip.compress(TEXT.encode())[:-9] + b"anna", "it cannot be read (not a whole gzip file"),
    ],
)
def test_what_cannot_be_written_again_exactly(body: bytes, obstacle: str) -> None:
    found = examine(io.BytesIO(body), "t/a.csv", Dialect("t/"), Predicate(ANNA))

    assert found.matched == 1
    assert found.obstacle.startswith(obstacle)


@pytest.mark.parametrize(
    ("key", "condition", "matched"),
    [
        ("t/a.csv", "city = 'x'", 0),
        ("t/city=x/a.csv", "city = 'x'", 2),
        ("t/city=x/a.csv", "city = 'x' AND customer = 'bob'", 1),
        ("t/city=y/a.csv", "city = 'x'", 0),
    ],
)
def test_columns_that_the_path_gives_or_nothing(key: str, condition: str, matched: int) -> None:
    assert examine(io.BytesIO(TEXT.encode()), key, Dialect("t/"), Predicate(condition)).matched == matched
