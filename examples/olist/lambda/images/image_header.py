"""What the first bytes of an image say about it: format, width and height. Nothing is decoded."""

from __future__ import annotations

from dataclasses import dataclass

HEADER_BYTES = 256 * 1024
"""A JPEG may carry a preview and a profile before its size: so much holds them in practice."""


class NotAnImage(ValueError):
    """The bytes are no PNG, GIF, JPEG or WebP, or end before they say how large the image is."""


@dataclass(frozen=True)
class ImageHeader:
    format: str
    width: int
    height: int


def read_header(data: bytes) -> ImageHeader:
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR" and len(data) >= 24:
        return _checked("png", int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big"))
    if data[:6] in (b"GIF87a", b"GIF89a") and len(data) >= 10:
        return _checked("gif", int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little"))
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP" and len(data) >= 30:
        return _webp(data)
    raise NotAnImage(f"the first bytes are {data[:8].hex(' ') or 'missing'}, not those of a PNG, GIF, JPEG or WebP")


def _jpeg(data: bytes) -> ImageHeader:
    position = 2
    while position + 9 <= len(data):
        if data[position] != 0xFF:
            raise NotAnImage(f"no JPEG marker at byte {position}")
        marker = data[position + 1]
        if marker == 0xFF:  # padding between segments
            position += 1
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:  # markers that stand alone
            position += 2
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # the start of a frame: height, then width
            height, width = data[position + 5 : position + 7], data[position + 7 : position + 9]
            return _checked("jpeg", int.from_bytes(width, "big"), int.from_bytes(height, "big"))
        else:
            position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    raise NotAnImage("the JPEG ends before its size")


def _webp(data: bytes) -> ImageHeader:
    kind = data[12:16]
    if kind == b"VP8X":
        return _checked("webp", 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little"))
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return _checked("webp", 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    if kind == b"VP8 ":
        return _checked("webp", int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF)
    raise NotAnImage(f"unknown kind of WebP {kind!r}")


def _checked(name: str, width: int, height: int) -> ImageHeader:
    if width < 1 or height < 1:
        raise NotAnImage(f"the {name} says that it is {width} by {height}")
    return ImageHeader(name, width, height)
