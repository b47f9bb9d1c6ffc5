"""What the function writes carries the class of its stream, whichever way it is written."""

import functools

import pytest
from sqs_messages import batch, failed, notification

KEY = "streams/clicks/a.csv"
GOOD = b"id,page\n" + b"1,/ofertas\n" * 20
BAD = b"id,page\n1,\xff\xfe\x00\n2\n"


@pytest.fixture
def tagging(s3):
    """The tags that each object was written with, and what became of the tags of its source."""
    found = {}

    def note(call, arguments):
        if call in ("PutObject", "CopyObject", "CreateMultipartUpload"):
            found[arguments["Key"]] = (arguments.get("Tagging"), arguments.get("TaggingDirective"))

    s3.before = note
    return found


@pytest.mark.parametrize(("part_bytes", "call"), [(10_000, "PutObject"), (50, "CreateMultipartUpload")])
@pytest.mark.parametrize(("classification", "expected"), [("secret", "data-classification=secret"), (None, None)])
def test_saved_objects(index, s3, tagging, monkeypatch, classification, expected, part_bytes, call):
    if classification:
        monkeypatch.setenv("DATA_CLASSIFICATION", classification)
    monkeypatch.setattr(index, "S3Output", functools.partial(index.S3Output, part_bytes=part_bytes))
    s3.objects["drop-bucket"][KEY] = GOOD
    assert failed(index.handler(batch(notification(KEY)), None)) == []
    assert tagging == {KEY: (expected, None)}
    assert call in dict(s3.calls)


@pytest.mark.parametrize(
    ("classification", "expected", "directive"), [("secret", "data-classification=secret", "REPLACE"), (None, None, None)]
)
def test_what_goes_to_quarantine(index, s3, tagging, monkeypatch, classification, expected, directive):
    if classification:
        monkeypatch.setenv("DATA_CLASSIFICATION", classification)
    s3.objects["drop-bucket"][KEY] = BAD
    assert failed(index.handler(batch(notification(KEY)), None)) == []
    assert tagging == {"quarantine/clicks/a.csv": (expected, directive), "quarantine/clicks/a.csv.reason.json": (expected, None)}
