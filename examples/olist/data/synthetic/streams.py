"""Files for the data streams: clicks in the shop as CSV, and pictures of products as PNG."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np

from .file import quoted
from .rng import Draws, timestamps

CLICK_HEADER = "Event ID,Session ID,Occurred At,Event Type,Seller ID,Page,Device"
CLICK_DAYS, CLICKS_A_DAY = 5, 400
EVENTS = {"page_view": 70, "search": 14, "add_to_cart": 10, "checkout": 4, "review": 2}
PAGES = ["/", "/busca?q=pão de queijo, forma", "/produto/cafeteira", "/produto/tênis", "/ofertas", "/carrinho", "/vendedor"]
DEVICES = {"mobile": 62, "desktop": 33, "tablet": 5}
FIRST_DAY = np.datetime64("2018-08-20", "s")
IMAGES, IMAGE_SIDE = 4, 64


def write_clicks(folder: Path, draws: Draws, sellers: list[str]) -> dict[str, object]:
    """A file a day, and one that no reader can make sense of."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for day in range(CLICK_DAYS):
        start = int(FIRST_DAY.astype(np.int64)) + day * 86_400
        columns = (
            draws.ids(CLICKS_A_DAY),
            [f"s{number:06d}" for number in draws.skewed(1_000_000, CLICKS_A_DAY).tolist()],
            timestamps(start + np.sort(draws.integers(0, 86_400, CLICKS_A_DAY))),
            [list(EVENTS)[index] for index in draws.weighted(list(EVENTS.values()), CLICKS_A_DAY).tolist()],
            [sellers[index] for index in draws.skewed(len(sellers), CLICKS_A_DAY).tolist()],
            [quoted(PAGES[index] + " " * (index % 2)) for index in draws.integers(0, len(PAGES), CLICKS_A_DAY).tolist()],
            [list(DEVICES)[index] for index in draws.weighted(list(DEVICES.values()), CLICKS_A_DAY).tolist()],
        )
        name = f"clicks-{np.datetime_as_string(FIRST_DAY + np.timedelta64(day, 'D'), unit='D')}.csv"
        text = "\n".join([CLICK_HEADER, *(",".join(fields) for fields in zip(*columns, strict=True))]) + "\n"
        (folder / name).write_bytes(text.encode("utf-8"))
        files.append({"file": name, "rows": CLICKS_A_DAY, "readable": True})
    unreadable = f"{CLICK_HEADER}\n{draws.ids(1)[0]},s000001,2018-08-25 10:00:00,search,{sellers[0]},/busca?q=tênis,mobile\n"
    (folder / "clicks-latin1.csv").write_bytes(unreadable.encode("latin-1"))
    files.append({"file": "clicks-latin1.csv", "rows": 0, "readable": False, "reason": "wrong encoding"})
    return {"folder": folder.name, "files": files}


def write_images(folder: Path, draws: Draws) -> dict[str, object]:
    """Pictures of made-up products: a coloured disc before a soft background."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for number in range(1, IMAGES + 1):
        name = f"product-{number:02d}.png"
        (folder / name).write_bytes(png(picture(draws, IMAGE_SIDE)))
        files.append({"file": name, "width": IMAGE_SIDE, "height": IMAGE_SIDE})
    return {"folder": folder.name, "files": files}


def picture(draws: Draws, side: int) -> np.ndarray:
    """Pixels as an array of rows, columns and red, green, blue."""
    down, right = np.mgrid[0:side, 0:side]
    pixels = np.stack([200 + down * 40 // side, 205 + right * 40 // side, 235 - down * 20 // side], axis=2)
    disc = (down - side // 2) ** 2 + (right - side // 2) ** 2 < (side * 3 // 8) ** 2
    pixels[disc] = draws.integers(30, 220, 3) + (right[disc] // 4)[:, None]
    return np.minimum(pixels, 255).astype(np.uint8)


def png(pixels: np.ndarray) -> bytes:
    """The pixels as a PNG file. Stored without compression: what zlib makes of them differs between machines."""
    height, width, _ = pixels.shape
    raw = b"".join(b"\0" + row.tobytes() for row in pixels)
    blocks = [raw[start : start + 65_535] for start in range(0, len(raw), 65_535)]
    stored = b"".join(struct.pack("<BHH", block is blocks[-1], len(block), len(block) ^ 0xFFFF) + block for block in blocks)
    data = b"\x78\x01" + stored + struct.pack(">I", zlib.adler32(raw))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
