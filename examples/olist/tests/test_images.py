import io
import json
import struct
import sys
import zlib
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lambda" / "images"))

import image_header
from image_header import ImageHeader, NotAnImage, read_header


def png(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))


def jpeg(width: int, height: int) -> bytes:
    app0 = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0" + bytes(9)
    tables = b"\xff\xc4" + struct.pack(">H", 4) + bytes(2)
    frame = b"\xff\xc2" + struct.pack(">HBHHB", 17, 8, height, width, 3) + bytes(9)
    return b"\xff\xd8" + app0 + b"\xff" + tables + frame


IMAGES = {
    "png": png(640, 480),
    "gif": b"GIF89a" + struct.pack("<HH", 640, 480),
    "jpeg": jpeg(640, 480),
    "webp": b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + (639).to_bytes(3, "little") + (479).to_bytes(3, "little"),
}


@pytest.mark.parametrize("name", IMAGES)
def test_the_header_says_how_large_the_image_is(name):
    assert read_header(IMAGES[name]) == ImageHeader(name, 640, 480)


def test_other_kinds_of_webp():
    lossless = b"RIFF\0\0\0\0WEBPVP8L" + bytes(4) + b"\x2f" + (639 | 479 << 14).to_bytes(4, "little") + bytes(8)
    lossy = b"RIFF\0\0\0\0WEBPVP8 " + bytes(4) + bytes(3) + b"\x9d\x01\x2a" + struct.pack("<HH", 640, 480)
    assert read_header(lossless) == read_header(lossy) == ImageHeader("webp", 640, 480)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"%PDF-1.7 and more bytes than a header needs",
        IMAGES["jpeg"][:30],
        b"\xff\xd8" + bytes(range(10)),
        png(0, 5),
        b"RIFF\0\0\0\0WEBPabcd" + bytes(30),
    ],
)
def test_what_is_no_image_is_said_to_be_none(data):
    with pytest.raises(NotAnImage):
        read_header(data)


class FakeS3:
    def __init__(self, objects: dict[tuple[str, str], bytes], fails: str | None = None):
        self.objects, self.fails = objects, fails

    def get_object(self, Bucket: str, Key: str) -> dict:
        if self.fails or (Bucket, Key) not in self.objects:
            raise ClientError({"Error": {"Code": self.fails or "NoSuchKey"}}, "GetObject")
        data = self.objects[Bucket, Key]
        return {"Body": io.BytesIO(data), "ContentLength": len(data)}

    def copy_object(self, Bucket: str, Key: str, CopySource: dict) -> None:
        self.objects[Bucket, Key] = self.objects[CopySource["Bucket"], CopySource["Key"]]

    def put_object(self, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:
        self.objects[Bucket, Key] = Body


@pytest.fixture
def function(monkeypatch):
    """The handler's module; `index` is the name of every function's entry point, so it is loaded under another."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("images_index", Path(image_header.__file__).with_name("index.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, value in {"NEXT_BUCKET": "raw", "QUARANTINE_PREFIX": "quarantine/images/", "PREFIX": "streams/images/"}.items():
        monkeypatch.setenv(name, value)
    return module


def message(*keys: str, number: int = 1) -> dict:
    records = [{"s3": {"bucket": {"name": "drop"}, "object": {"key": key}}} for key in keys]
    return {"messageId": str(number), "body": json.dumps({"Records": records})}


def test_an_image_is_described_in_the_next_zone(function, monkeypatch):
    s3 = FakeS3({("drop", "streams/images/a b.png"): IMAGES["png"]})
    monkeypatch.setattr(function, "s3_client", lambda: s3)
    assert function.handler({"Records": [message("streams/images/a+b.png")]}, None) == {"batchItemFailures": []}
    assert json.loads(s3.objects["raw", "streams/images/a b.png.json"]) == {
        "key": "streams/images/a b.png",
        "format": "png",
        "width": 640,
        "height": 480,
        "bytes": len(IMAGES["png"]),
    }


def test_what_is_no_image_goes_to_quarantine_with_the_reason(function, monkeypatch):
    s3 = FakeS3({("drop", "streams/images/x.png"): b"hello"})
    monkeypatch.setattr(function, "s3_client", lambda: s3)
    assert function.handler({"Records": [message("streams/images/x.png")]}, None) == {"batchItemFailures": []}
    assert s3.objects["drop", "quarantine/images/x.png"] == b"hello"
    assert json.loads(s3.objects["drop", "quarantine/images/x.png.reason.json"])["reason"] == "not an image"


def test_other_failures_are_reported_message_by_message(function, monkeypatch):
    monkeypatch.setattr(function, "s3_client", lambda: FakeS3({}, fails="AccessDenied"))
    test_event, nonsense = {"messageId": "2", "body": json.dumps({"Event": "s3:TestEvent"})}, {"messageId": "3", "body": "?"}
    event = {"Records": [message("streams/images/x.png"), test_event, nonsense]}
    assert function.handler(event, None) == {"batchItemFailures": [{"itemIdentifier": "1"}, {"itemIdentifier": "3"}]}


def test_an_object_that_is_gone_and_a_folder_are_skipped(function, monkeypatch):
    monkeypatch.setattr(function, "s3_client", lambda: FakeS3({}))
    assert function.handler({"Records": [message("streams/images/gone.png", "streams/images/")]}, None) == {"batchItemFailures": []}
