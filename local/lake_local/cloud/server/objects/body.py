"""Bytes in a file, of which a few are in memory at a time."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import tempfile
import weakref
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

LARGE = 1024 * 1024
"""Smaller bodies are bytes in memory."""

PIECE = 256 * 1024

_SHA = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256}


class FileBody:
    """The bytes of a file, or a range of them.

    Files of objects are replaced, never written to: whoever has one open reads what it was.
    """

    def __init__(self, path: Path, start: int, length: int, md5: str | None = None, origin: FileBody | None = None) -> None:
        self.path, self._start, self._length, self._md5 = path, start, length, md5
        self._origin = origin  # a temporary file stays as long as a body shows some of it

    @classmethod
    def stored(cls, path: str) -> FileBody | None:
        """Return the body of a file, None if it is small or not there."""
        try:
            size = Path(path).stat().st_size
        except OSError:
            return None
        return cls(Path(path), 0, size) if size >= LARGE else None

    @classmethod
    def joined(cls, parts: Iterable[FileBody | bytes]) -> FileBody:
        """Return one body with the bytes of all parts, in a new file."""
        file = new_file()
        with file:
            for part in parts:
                if isinstance(part, FileBody):
                    part._append_to(file)
                else:
                    file.write(part)
            size = file.tell()
        return temporary(Path(file.name), size)

    def __len__(self) -> int:
        return self._length

    def __bytes__(self) -> bytes:
        return b"".join(self.pieces())

    def __iter__(self) -> Iterator[int]:
        for piece in self.pieces():
            yield from piece

    def __getitem__(self, part: slice) -> FileBody:
        start, stop, step = part.indices(self._length)
        if step != 1:
            raise ValueError("bytes of a file are next to each other")
        return FileBody(self.path, self._start + start, max(0, stop - start), origin=self)

    def __deepcopy__(self, _: Any) -> FileBody:
        return self

    def open(self) -> BinaryIO:
        """Return the file, at the first byte. It stays readable when its name is gone."""
        file = self.path.open("rb")
        file.seek(self._start)
        return file

    def pieces(self, file: BinaryIO | None = None) -> Iterator[bytes]:
        """Yield the bytes, of an open file if wanted, in small pieces."""
        left = self._length
        with file or self.open() as opened:
            while left and (piece := opened.read(min(PIECE, left))):
                left -= len(piece)
                yield piece
        if left:
            raise OSError(f"{self.path} is shorter than it was")

    def md5(self) -> str:
        if self._md5 is None:
            self._md5 = self._digest(hashlib.md5()).hexdigest()
        return self._md5

    def content_md5(self) -> str:
        """Return the digest as the header Content-MD5 has it."""
        return base64.b64encode(bytes.fromhex(self.md5())).decode()

    def checksum(self, algorithm: str) -> str | None:
        """Return one of S3's checksums; None for those that MiniStack computes byte by byte."""
        if algorithm == "CRC32":
            value = 0
            for piece in self.pieces():
                value = zlib.crc32(piece, value)
            return base64.b64encode(value.to_bytes(4, "big")).decode()
        if algorithm in _SHA:
            return base64.b64encode(self._digest(_SHA[algorithm]()).digest()).decode()
        return None

    def write_to(self, path: Path) -> None:
        """Make these bytes be the file at the path, at once."""
        beside = path.with_name(path.name + ".tmp")
        beside.unlink(missing_ok=True)
        if self._is_whole():
            try:
                os.link(self.path, beside)
            except OSError:  # too many links, or a file system without any
                shutil.copyfile(self.path, beside)
        else:
            with beside.open("wb") as file:
                self._append_to(file)
        beside.replace(path)

    def kept(self) -> FileBody:
        """Return the same bytes in a temporary file: the one that they are in may be replaced."""
        if not self._is_whole():
            return FileBody.joined([self])
        with new_file() as file:
            path = Path(file.name)
        self.write_to(path)
        return temporary(path, self._length, self._md5)

    def _is_whole(self) -> bool:
        return self._start == 0 and self._length == self.path.stat().st_size

    def _append_to(self, file: BinaryIO) -> None:
        for piece in self.pieces():
            file.write(piece)

    def _digest(self, digest: Any) -> Any:
        for piece in self.pieces():
            digest.update(piece)
        return digest


def new_file() -> Any:
    """Return a new file in the lake's folder of temporary files, which is emptied when the server starts."""
    return tempfile.NamedTemporaryFile(prefix="object-", delete=False)


def temporary(path: Path, size: int, md5: str | None = None) -> FileBody:
    """Return the body of a file that goes with it."""
    body = FileBody(path, 0, size, md5)
    weakref.finalize(body, path.unlink, missing_ok=True)
    return body
