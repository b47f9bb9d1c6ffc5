"""Objects that the server keeps in files: what S3 says about ranges, versions, copies and uploads, in bounded memory.

Ranges: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (one range a call), RFC 9110, 14 and 13.1.5.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError
from lake_local.lake.client import Lake
from lake_local.lake_file import read_lake_file

BUCKET, VERSIONED = "objects", "versions"
MIB = 1024 * 1024
SMALL = bytes(random.Random(1).randbytes(1000))
LARGE = bytes(random.Random(2).randbytes(3 * MIB + 17))
BODIES = {"small": SMALL, "large": LARGE}
IGNORED = (200, slice(None))


@pytest.fixture(scope="module")
def s3(server: Lake) -> Iterator[Any]:
    client = server.client("s3")
    client.create_bucket(Bucket=BUCKET)
    client.create_bucket(Bucket=VERSIONED)
    client.put_bucket_versioning(Bucket=VERSIONED, VersioningConfiguration={"Status": "Enabled"})
    for name, body in BODIES.items():
        client.put_object(Bucket=BUCKET, Key=name, Body=body, Metadata={"of": name}, ContentType="text/plain")
    client.put_object(Bucket=BUCKET, Key="empty", Body=b"")
    return client


def answer(s3: Any, operation: str, key: str, bucket: str = BUCKET, **given: str) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body, of errors too."""
    try:
        found = getattr(s3, operation)(Bucket=bucket, Key=key, **given)
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["ResponseMetadata"]["HTTPHeaders"], b""
    body = found["Body"].read() if "Body" in found else b""
    return found["ResponseMetadata"]["HTTPStatusCode"], found["ResponseMetadata"]["HTTPHeaders"], body


@pytest.mark.parametrize("operation", ["get_object", "head_object"])
@pytest.mark.parametrize("key", BODIES)
@pytest.mark.parametrize(
    ("wanted", "expected"),
    {
        "first bytes": ("bytes=0-9", (206, slice(0, 10))),
        "one byte": ("bytes=7-7", (206, slice(7, 8))),
        "to the end": ("bytes=900-", (206, slice(900, None))),
        "all": ("bytes=0-", (206, slice(0, None))),
        "end beyond the object": ("bytes=990-99999999", (206, slice(990, None))),
        "suffix": ("bytes=-10", (206, slice(-10, None))),
        "suffix of more than there is": ("bytes=-99999999", (206, slice(0, None))),
        "suffix of nothing": ("bytes=-0", (416, None)),
        "behind the end": ("bytes=99999999-", (416, None)),
        "behind the end, with an end": ("bytes=99999999-100000000", (416, None)),
        "several ranges": ("bytes=0-1,5-6", IGNORED),
        "last before first": ("bytes=9-0", IGNORED),
        "no numbers": ("bytes=-", IGNORED),
        "letters": ("bytes=a-b", IGNORED),
        "another unit": ("rows=0-9", IGNORED),
        "unit in capitals": ("Bytes=0-9", (206, slice(0, 10))),
    }.values(),
)
def test_range(s3: Any, operation: str, key: str, wanted: str, expected: tuple[int, slice | None]) -> None:
    body, (status, part) = BODIES[key], expected
    found, headers, text = answer(s3, operation, key, Range=wanted)
    assert found == status
    if part is None:
        assert headers.get("content-range", f"bytes */{len(body)}") == f"bytes */{len(body)}"
        return
    first, end, _ = part.indices(len(body))
    assert int(headers["content-length"]) == end - first
    assert headers.get("content-range") == (f"bytes {first}-{end - 1}/{len(body)}" if status == 206 else None)
    assert text == (body[part] if operation == "get_object" else b"")
    assert headers["etag"] == f'"{hashlib.md5(body).hexdigest()}"'
    assert (headers["x-amz-meta-of"], headers["content-type"], headers["accept-ranges"]) == (key, "text/plain", "bytes")
    assert status == 200 or not [name for name in headers if name.startswith("x-amz-checksum")]


def test_a_range_that_is_refused_is_named(s3: Any) -> None:
    with pytest.raises(ClientError) as refused:
        s3.get_object(Bucket=BUCKET, Key="small", Range="bytes=1000-")
    error = refused.value.response["Error"]
    assert (error["Code"], error["RangeRequested"], error["ActualObjectSize"]) == ("InvalidRange", "bytes=1000-", "1000")


@pytest.mark.parametrize("wanted", ["bytes=0-0", "bytes=0-", "bytes=-1"])
def test_an_empty_object_has_no_ranges(s3: Any, wanted: str) -> None:
    assert answer(s3, "get_object", "empty", Range=wanted)[0] == 416


def test_range_and_part_number_exclude_each_other(s3: Any) -> None:
    assert answer(s3, "get_object", "large", Range="bytes=0-1", PartNumber=1)[0] == 400  # type: ignore[arg-type]


@pytest.mark.parametrize("key", BODIES)
@pytest.mark.parametrize(
    ("condition", "status"),
    {
        "the object's ETag": ("ETAG", 206),
        "another ETag": ('"0123"', 200),
        "a weak one": ("W/ETAG", 200),
        "its time": ("TIME", 206),
        "another time": ("Mon, 01 Jan 2001 00:00:00 GMT", 200),
    }.values(),
)
def test_if_range(server: Lake, s3: Any, key: str, condition: str, status: int) -> None:
    head = s3.head_object(Bucket=BUCKET, Key=key)["ResponseMetadata"]["HTTPHeaders"]
    condition = condition.replace("ETAG", head["etag"]).replace("TIME", head["last-modified"])
    client = server.client("s3")
    client.meta.events.register("before-sign.s3", lambda request, **_: request.headers.add_header("If-Range", condition))
    found, _, text = answer(client, "get_object", key, Range="bytes=0-9")
    assert (found, text) == (status, BODIES[key][:10] if status == 206 else BODIES[key])


@pytest.mark.parametrize("key", BODIES)
@pytest.mark.parametrize(
    ("condition", "status"),
    [({"IfMatch": '"0123"'}, 412), ({"IfMatch": "ETAG"}, 206), ({"IfNoneMatch": "ETAG"}, 304), ({"IfNoneMatch": '"0123"'}, 206)],
)
def test_conditions_come_before_the_range(s3: Any, key: str, condition: dict[str, str], status: int) -> None:
    etag = f'"{hashlib.md5(BODIES[key]).hexdigest()}"'
    given = {name: value.replace("ETAG", etag) for name, value in condition.items()}
    assert answer(s3, "get_object", key, Range="bytes=0-9", **given)[0] == status


@pytest.mark.parametrize("size", [10, 2 * MIB])
def test_versions_are_read_whole_and_in_ranges(s3: Any, size: int) -> None:
    key = f"v{size}"
    bodies = [random.Random(number).randbytes(size) for number in range(3)]
    versions = [s3.put_object(Bucket=VERSIONED, Key=key, Body=body)["VersionId"] for body in bodies]
    for version, body in zip(versions, bodies, strict=True):
        assert answer(s3, "get_object", key, VERSIONED, VersionId=version)[2] == body
        status, headers, text = answer(s3, "get_object", key, VERSIONED, VersionId=version, Range="bytes=-4")
        assert (status, text, headers["x-amz-version-id"]) == (206, body[-4:], version)
    s3.delete_object(Bucket=VERSIONED, Key=key, VersionId=versions[2])
    assert answer(s3, "get_object", key, VERSIONED)[2] == bodies[1]
    s3.delete_object(Bucket=VERSIONED, Key=key)
    assert answer(s3, "get_object", key, VERSIONED)[0] == 404
    assert answer(s3, "get_object", key, VERSIONED, VersionId=versions[0])[2] == bodies[0]


def test_a_copy_stays_when_its_source_is_replaced(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="source", Body=LARGE)
    s3.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": "source"})
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="copied-part")["UploadId"]
    part = s3.upload_part_copy(
        Bucket=BUCKET, Key="copied-part", UploadId=upload, PartNumber=1, CopySource=f"{BUCKET}/source", CopySourceRange="bytes=5-2000005"
    )["CopyPartResult"]
    s3.put_object(Bucket=BUCKET, Key="source", Body=b"x" * 2 * MIB)
    s3.delete_object(Bucket=BUCKET, Key="source")
    done = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(Bucket=BUCKET, Key="copied-part", UploadId=upload, MultipartUpload=done)
    assert answer(s3, "get_object", "copy")[2] == LARGE
    assert answer(s3, "get_object", "copied-part")[2] == LARGE[5:2000006]


@pytest.mark.parametrize("checksum", [None, "CRC32", "SHA256", "SHA1"])
@pytest.mark.parametrize("payload", ["signed", "in chunks"])
def test_an_upload_in_parts(server: Lake, checksum: str | None, payload: str) -> None:
    client = server.client("s3", config=Config(s3={"payload_signing_enabled": payload == "signed"}))
    extra = {"ChecksumAlgorithm": checksum} if checksum else {}
    key, body = f"parts-{checksum}-{payload}", LARGE * 4
    upload = client.create_multipart_upload(Bucket=BUCKET, Key=key, **extra)["UploadId"]
    parts = []
    for number, start in enumerate(range(0, len(body), 5 * MIB), start=1):
        answered = client.upload_part(
            Bucket=BUCKET, Key=key, UploadId=upload, PartNumber=number, Body=body[start : start + 5 * MIB], **extra
        )
        parts.append({"PartNumber": number, **{name: value for name, value in answered.items() if name in ("ETag", f"Checksum{checksum}")}})
    client.complete_multipart_upload(Bucket=BUCKET, Key=key, UploadId=upload, MultipartUpload={"Parts": parts})
    digests = b"".join(hashlib.md5(body[start : start + 5 * MIB]).digest() for start in range(0, len(body), 5 * MIB))
    found = client.get_object(Bucket=BUCKET, Key=key)
    assert found["Body"].read() == body
    assert found["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-{len(parts)}"'
    assert answer(client, "get_object", key, PartNumber=2)[2] == body[5 * MIB : 10 * MIB]  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [{"ContentMD5": "XrY7u+Ae7tCTyyK7j1rNww=="}, {"ContentMD5": "x"}, {"ChecksumSHA256": "x" * 44}])
def test_a_large_body_with_a_wrong_digest_is_refused(s3: Any, given: dict[str, str]) -> None:
    with pytest.raises(ClientError, match="InvalidDigest|BadDigest"):
        s3.put_object(Bucket=BUCKET, Key="wrong", Body=LARGE, **given)
    assert answer(s3, "head_object", "wrong")[0] == 404


def test_policies_decide_about_large_objects(server: Lake, s3: Any) -> None:
    iam, sts = server.client("iam"), server.client("sts")
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
    rights = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/small"}]}
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="reader", PolicyName="rights", PolicyDocument=json.dumps(rights))
    keys = sts.assume_role(RoleArn=role, RoleSessionName="reader")["Credentials"]
    reader = server.client(
        "s3",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    assert answer(reader, "get_object", "small", Range="bytes=0-1")[0] == 206
    assert answer(reader, "get_object", "large", Range="bytes=0-1")[0] == 403
    with pytest.raises(ClientError, match="AccessDenied"):
        reader.put_object(Bucket=BUCKET, Key="large", Body=LARGE)
    assert answer(s3, "get_object", "large")[2] == LARGE


def resident(server: Lake) -> int:
    """Return the bytes of memory that the server has, pages of files included."""
    pid = read_lake_file(server.state_dir)["pid"]
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.parametrize("character", ["a", "é", "€"])
def test_a_key_has_1024_bytes(s3: Any, character: str) -> None:
    size = len(character.encode())
    longest = (character * 1024)[: 1024 // size] + "b" * (1024 % size)
    s3.put_object(Bucket=BUCKET, Key=longest, Body=b"x")
    assert s3.get_object(Bucket=BUCKET, Key=longest)["Body"].read() == b"x"

    too_long = longest + "c"
    for call in (
        lambda: s3.put_object(Bucket=BUCKET, Key=too_long, Body=b"x"),
        lambda: s3.copy_object(Bucket=BUCKET, Key=too_long, CopySource={"Bucket": BUCKET, "Key": "small"}),
        lambda: s3.create_multipart_upload(Bucket=BUCKET, Key=too_long),
        lambda: s3.get_object(Bucket=BUCKET, Key=too_long),
    ):
        with pytest.raises(ClientError) as refused:
            call()
        assert refused.value.response["Error"]["Code"] == "KeyTooLongError"
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix=longest)["KeyCount"] == 1


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_memory_stays_bounded(server: Lake, s3: Any, tmp_path: Path) -> None:
    """400 MB in, through a version, a copy, ranges and out: the server grows by less than a fifth of that, and leaves no files behind."""
    path, piece = tmp_path / "file", os.urandom(10_000_000)
    path.write_bytes(piece * 40)
    before = resident(server)
    transfer = TransferConfig(multipart_chunksize=16 * MIB, max_concurrency=4)
    s3.upload_file(str(path), VERSIONED, "bulk", Config=transfer)
    with path.open("rb") as file:
        s3.put_object(Bucket=VERSIONED, Key="bulk", Body=file)
    s3.copy_object(Bucket=BUCKET, Key="bulk", CopySource={"Bucket": VERSIONED, "Key": "bulk"})
    assert answer(s3, "get_object", "bulk", Range="bytes=399999990-")[2] == piece[-10:]
    digest = hashlib.md5()
    for chunk in s3.get_object(Bucket=BUCKET, Key="bulk")["Body"].iter_chunks(MIB):
        digest.update(chunk)
    assert digest.hexdigest() == hashlib.md5(piece * 40).hexdigest()
    s3.get_object(Bucket=BUCKET, Key="bulk")["Body"].close()  # a caller who goes away
    assert resident(server) - before < 80_000_000
    assert not list((server.state_dir / "tmp").glob("object-*"))
