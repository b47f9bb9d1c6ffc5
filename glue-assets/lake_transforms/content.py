"""What an object's bytes are, whatever its name says: decompressed, decoded, or refused with the reason.

The first bytes decide (magic numbers, byte order marks). Everything is streamed, so an object of any size takes bounded memory.
"""

from __future__ import annotations

import bz2
import codecs
import io
import json
import lzma
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

HEAD_BYTES = 4096
BAD_CHARACTER = "\udcff"
"""Stands for bytes that are no text in the encoding: a lone surrogate, which no valid text contains."""

_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, ValueError)

_CHUNK = 256 * 1024
_MAX_LAYERS = 3

# Formats that are no CSV text, by their first bytes.
_OTHERS = (
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard"),
    (b"\x04\x22\x4d\x18", "compressed with LZ4"),
    (b"\x02\x21\x4c\x18", "compressed with LZ4"),
    (b"\xff\x06\x00\x00sNaPpY", "compressed with Snappy"),
    (b"\x1f\x9d", "compressed with compress (.Z)"),
    (b"\x1f\xa0", "compressed with compress (.Z)"),
    (b"LZIP", "compressed with lzip"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"PAR1", "a Parquet file"),
    (b"PARE", "an encrypted Parquet file"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"ARROW1", "an Arrow file"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file, perhaps an Excel workbook (.xls)"),
    (b"%PDF-", "a PDF file"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"\x7fELF", "a program"),
    (b"\x80\x04\x95", "a Python pickle"),
    (b"-----BEGIN PGP ", "encrypted or signed with PGP"),
    (b"version https://git-lfs.github.com/spec/", "a pointer of Git LFS in place of the file"),
)

# Byte order marks; those of UTF-32 first, because UTF-16's is the beginning of one.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class UnreadableObject(Exception):
    """The object as a whole is no CSV text. The message is the reason."""


def open_text(body: Any, declared: str) -> tuple[Peekable, str]:
    """Return the object's decompressed bytes after any byte order mark, and their encoding.

    A byte order mark takes precedence over the declared encoding. Raises UnreadableObject for what is no text.
    """
    stream = Peekable(_chunks(body))
    for _ in range(_MAX_LAYERS):
        opened = _unpacked(stream, stream.peek(HEAD_BYTES))
        if opened is None:
            break
        stream = Peekable(opened)
    head = stream.peek(HEAD_BYTES)
    _refuse_other_formats(head)
    encoding = _marked(stream, head) or _guess_wide(head, declared) or declared
    _refuse_json(head, encoding)
    _refuse_markup(head, encoding)
    return stream, encoding


def _unpacked(stream: Peekable, head: bytes) -> Iterator[bytes] | None:
    """Return what is inside one layer of compression; None if there is none."""
    if head.startswith(b"\x1f\x8b"):
        return _inflated(stream, "gzip", lambda: zlib.decompressobj(31), zlib.error)
    if head.startswith(b"BZh") and head[4:10] in (b"1AY&SY", b"\x17rE8P\x90"):
        return _inflated(stream, "bzip2", bz2.BZ2Decompressor, OSError)
    # LZMA without the container of xz has no magic bytes: its settings, the size of its dictionary, and a size that is not known
    if head.startswith((b"\xfd7zXZ\x00", b"]\x00\x00")):
        return _inflated(stream, "xz", lzma.LZMADecompressor, lzma.LZMAError)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _unzipped(stream)
    return None


def _inflated(source: Peekable, kind: str, new: Callable[[], Any], error: type[Exception]) -> Iterator[bytes]:
    """Yield decompressed chunks of bounded size. Compressed members may follow one another, and zeros may follow them."""
    unpack, started = new(), False
    while chunk := source.read(_CHUNK):
        while chunk:
            if not started and not (chunk := chunk.lstrip(b"\0")):
                break
            started = True
            try:
                text = unpack.decompress(chunk, _CHUNK)
                chunk = getattr(unpack, "unconsumed_tail", b"")
                while text:
                    yield text
                    text = b"" if unpack.eof or chunk or getattr(unpack, "needs_input", False) else unpack.decompress(b"", _CHUNK)
            except (error, EOFError) as problem:
                raise UnreadableObject(f"not a whole {kind} file: {problem}") from problem
            if unpack.eof:
                chunk, unpack, started = unpack.unused_data, new(), False
    if started:
        raise UnreadableObject(f"not a whole {kind} file: it breaks off")


def _unzipped(stream: Peekable) -> Iterator[bytes]:
    """Return the only file of a ZIP archive. Its directory is at the end, so the archive is put on disk first."""
    spooled = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as what is returned)
    while chunk := stream.read(_CHUNK):
        spooled.write(chunk)
    try:
        archive = zipfile.ZipFile(spooled)
    except (*_ZIP_ERRORS, NotImplementedError) as error:
        raise UnreadableObject(f"not a whole ZIP file: {error}") from error
    names = [item.filename for item in archive.infolist() if not item.is_dir() and not _is_of_a_desktop(item.filename)]
    if "[Content_Types].xml" in names:
        kind = "an Excel workbook (.xlsx)" if any(name.startswith("xl/") for name in names) else "an Office document"
        raise UnreadableObject(f"not CSV: {kind}; save it as CSV")
    if "mimetype" in names and "content.xml" in names:
        raise UnreadableObject("not CSV: an OpenDocument file; save it as CSV")
    if len(names) != 1:
        raise UnreadableObject(f"a ZIP archive of {len(names)} files: put each CSV file there by itself")
    try:
        return _checked(archive.open(names[0]))
    except (*_ZIP_ERRORS, RuntimeError) as error:  # encrypted, or compressed in a way that Python does not know
        raise UnreadableObject(f"a ZIP archive that cannot be read: {error}") from error


def _checked(member: IO[bytes]) -> Iterator[bytes]:
    """Yield a member of a ZIP archive; its errors are reasons."""
    try:
        while chunk := member.read(_CHUNK):
            yield chunk
    except _ZIP_ERRORS as error:
        raise UnreadableObject(f"not a whole ZIP file: {error}") from error


def _is_of_a_desktop(name: str) -> bool:
    """Whether a file in an archive is one that a desktop adds by itself, such as .DS_Store."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2] in (".DS_Store", "Thumbs.db", "desktop.ini")


def _refuse_other_formats(head: bytes) -> None:
    for magic, kind in _OTHERS:
        # ORCID and PARENT_ID are names of columns: letters tell a format only if what follows is no text
        if head.startswith(magic) and not (magic.isalnum() and _is_text(head)):
            raise UnreadableObject(f"not CSV: {kind}")
    if head[257:262] == b"ustar":
        raise UnreadableObject("not CSV: a tar archive; put its CSV files there by themselves")
    if head.startswith((b"\x1f\x8b", b"BZh9", b"\xfd7zXZ", b"PK\x03\x04")):
        raise UnreadableObject(f"not CSV: compressed more than {_MAX_LAYERS} times")


def _refuse_markup(head: bytes, encoding: str) -> None:
    """Refuse pages and documents, such as the error that a download was answered with."""
    start = head.decode(encoding, errors="ignore").lstrip("\ufeff \t\r\n")[:100].lower()
    if start.startswith(("<!doctype html", "<html", "<head")):
        raise UnreadableObject("not CSV: an HTML page")
    if start.startswith(("<?xml", "<error>")):  # as S3 answers
        raise UnreadableObject("not CSV: XML")


def _is_text(head: bytes) -> bool:
    """Whether no control characters are among the bytes but white space and separators."""
    return not any(byte < 28 and byte not in b"\t\n\v\f\r" for byte in head)


def _marked(stream: Peekable, head: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            while stream.peek(len(mark)) == mark:  # some tools add one to a file that has one
                stream.skip(len(mark))
            return encoding
    return None


def _guess_wide(head: bytes, declared: str) -> str | None:
    """UTF-16 and UTF-32 without a byte order mark: whatever the language, line ends and delimiters have bytes that are zero."""
    few = head.count(0) <= 0.3 * len(head)
    if head.count(0) < 2 or (few and _is_text(head.replace(b"\0", b"")) and _can_be(head, declared)):
        return None
    for encoding, width in (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2)):
        if _is_wide(head[: len(head) // width * width], encoding):
            return encoding
    pairs = len(head) // 2
    even, odd = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    for encoding, others, zeros in (("utf-16-le", even, odd), ("utf-16-be", odd, even)):  # Latin letters, and control characters
        if zeros > 0.4 * pairs and others < 0.05 * pairs and pairs >= 4:
            return encoding
    if not few:
        raise UnreadableObject("not CSV: binary data")
    return None


def _can_be(head: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _is_wide(head: bytes, encoding: str) -> bool:
    """Whether bytes are text with delimiters or line ends, and without control characters."""
    if not _can_be(head, encoding):
        return False
    text = head.decode(encoding, errors="ignore")
    return any(end in text for end in "\r\n,;\t|") and not any(character < " " and character not in "\t\n\v\f\r" for character in text)


def _refuse_json(head: bytes, encoding: str) -> None:
    text = head.decode(encoding, errors="ignore").lstrip("\ufeff \t\r\n")
    if text[:1] not in ("{", "["):
        return
    decoder = json.JSONDecoder()
    try:
        value, _ = decoder.raw_decode(text)
    except ValueError:
        # a long document breaks off in the head: it looks like '{"name":' or '[{"name":'
        cut = text.lstrip("[{ \t\r\n")
        if not cut.startswith('"') or not cut[1:].partition('"')[2].lstrip().startswith(":"):
            return
        value = {}
    if isinstance(value, dict | list) and value != []:
        raise UnreadableObject("not CSV: JSON; convert it to CSV first")


def _mark_bad(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return BAD_CHARACTER, error.end


codecs.register_error("lake_bad_character", _mark_bad)


class Peekable:
    """Chunks of bytes as one stream, whose beginning can be looked at before it is read."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._ready = chunks, b""

    def peek(self, size: int) -> bytes:
        """Return the next bytes, fewer than `size` only at the end, without taking them."""
        while len(self._ready) < size and (chunk := next(self._chunks, b"")):
            self._ready += chunk
        return self._ready[:size]

    def read(self, size: int) -> bytes:
        self._ready = self._ready or next(self._chunks, b"")
        taken, self._ready = self._ready[:size], self._ready[size:]
        return taken

    def skip(self, size: int) -> None:
        while size and (taken := self.read(min(size, _CHUNK))):
            size -= len(taken)

    def text(self, encoding: str, newline: str) -> io.TextIOWrapper:
        """Return the rest as text. Bytes that are no text become BAD_CHARACTER."""
        raw = io.BufferedReader(_Raw(self), _CHUNK)
        return io.TextIOWrapper(raw, encoding, errors="lake_bad_character", newline=newline)


class _Raw(io.RawIOBase):
    """What io.BufferedReader needs, and `tell` of the text above it. It cannot go anywhere else."""

    def __init__(self, source: Peekable) -> None:
        self._source, self._position = source, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        data = self._source.read(len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


def _chunks(body: Any) -> Iterator[bytes]:
    while chunk := body.read(_CHUNK):
        yield chunk
