"""The handler with real boto3 against an S3 that speaks the protocol: MiniStack's."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request

import boto3
import pytest
from sqs_messages import batch, failed, notification

pytest.importorskip("ministack")

START_SECONDS = 60


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("ministack")
    settings = {
        "GATEWAY_PORT": str(port),
        "EDGE_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "SERVICES": "s3",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "TMPDIR": str(folder),
        "DOCKER_HOST": f"unix://{folder}/no-docker.sock",
    }
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([sys.executable, "-m", "ministack"], env={**os.environ, **settings}, cwd=folder, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, server, folder / "log")
        yield url
    finally:
        server.terminate()
        server.wait(120)


def wait_for(url, server, log):
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"{url}/_ministack/health", timeout=2).close()
            return
        except OSError:
            assert server.poll() is None and time.monotonic() < deadline, log.read_text("utf-8", "replace")
            time.sleep(0.1)


@pytest.fixture
def real_s3(index, environment, endpoint, monkeypatch):
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    index.s3_client.cache_clear()
    s3 = boto3.client("s3")
    for bucket in ("drop-bucket", "raw-bucket"):
        s3.create_bucket(Bucket=bucket)
    yield s3
    index.s3_client.cache_clear()
    for bucket in ("drop-bucket", "raw-bucket"):
        for item in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=item["Key"])
        s3.delete_bucket(Bucket=bucket)


def keys(s3, bucket):
    return [item["Key"] for item in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_saved(index, real_s3):
    key = "streams/clicks/são josé/a b+c.csv"
    real_s3.put_object(Bucket="drop-bucket", Key=key, Body="Event ID,Página\n1, ação \n".encode())
    assert failed(index.handler(batch(notification(key)), None)) == []
    saved = real_s3.get_object(Bucket="raw-bucket", Key=key)
    assert saved["Body"].read().decode() == "event_id,página\n1,ação\n"
    assert saved["ContentType"] == "text/csv; charset=utf-8"


def test_quarantined(index, real_s3):
    key = "streams/clicks/ação.csv"
    real_s3.put_object(Bucket="drop-bucket", Key=key, Body=b"a,b\n1\n")
    assert failed(index.handler(batch(notification(key)), None)) == []
    assert keys(real_s3, "raw-bucket") == []
    assert keys(real_s3, "drop-bucket") == ["quarantine/clicks/ação.csv", "quarantine/clicks/ação.csv.reason.json", key]
    reason = json.loads(real_s3.get_object(Bucket="drop-bucket", Key="quarantine/clicks/ação.csv.reason.json")["Body"].read())
    assert (reason["reason"], reason["line"]) == ("wrong number of fields", 2)


def test_gone_and_failing(index, real_s3, monkeypatch):
    assert failed(index.handler(batch(notification("streams/clicks/gone.csv")), None)) == []
    assert failed(index.handler(batch(notification("streams/clicks/a.csv", bucket="no-such-bucket")), None)) == ["m1"]
    real_s3.put_object(Bucket="drop-bucket", Key="streams/clicks/a.csv", Body=b"a\n1\n")
    monkeypatch.setenv("NEXT_BUCKET", "no-such-bucket")
    assert failed(index.handler(batch(notification("streams/clicks/a.csv")), None)) == ["m1"]


def test_large_file_in_parts(index, real_s3):
    rows = 600_000
    data = b"ID,Page\n" + b"".join(b"%07d,/produto/caneca-azul\n" % number for number in range(rows))
    key = "streams/clicks/large.csv"
    real_s3.put_object(Bucket="drop-bucket", Key=key, Body=data)
    assert failed(index.handler(batch(notification(key)), None)) == []
    saved = real_s3.get_object(Bucket="raw-bucket", Key=key)
    assert saved["ETag"].strip('"').endswith("-3")
    assert saved["Body"].read() == data.replace(b"ID,Page", b"id,page", 1)
    assert real_s3.list_multipart_uploads(Bucket="raw-bucket").get("Uploads", []) == []


def test_a_bad_last_row_leaves_no_part_behind(index, real_s3):
    key = "streams/clicks/large.csv"
    real_s3.put_object(Bucket="drop-bucket", Key=key, Body=b"ID,Page\n" + b"0000001,/produto/caneca-azul\n" * 400_000 + b"1\n")
    assert failed(index.handler(batch(notification(key)), None)) == []
    assert keys(real_s3, "raw-bucket") == []
    assert real_s3.list_multipart_uploads(Bucket="raw-bucket").get("Uploads", []) == []
    reason = json.loads(real_s3.get_object(Bucket="drop-bucket", Key="quarantine/clicks/large.csv.reason.json")["Body"].read())
    assert reason["line"] == 400_002
