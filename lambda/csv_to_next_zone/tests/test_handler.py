import io
import json

import pytest
from fake_s3 import error
from sqs_messages import TEST_EVENT, batch, failed, notification

KEY = "streams/clicks/2018/08/a.csv"
GOOD = b"Event ID,Page\n1, /ofertas \n"
TIDY = b"event_id,page\n1,/ofertas\n"


def put(s3, key=KEY, data=GOOD):
    s3.objects["drop-bucket"][key] = data


def test_saves_the_file_under_the_same_key_in_the_next_zone(index, s3, logged):
    put(s3)
    assert index.handler(batch(notification(KEY)), None) == {"batchItemFailures": []}
    assert s3.objects == {"drop-bucket": {KEY: GOOD}, "raw-bucket": {KEY: TIDY}}
    assert logged() == [
        {
            "level": "info",
            "message": "saved",
            "zone": "drop",
            "stream": "clicks",
            "bucket": "drop-bucket",
            "key": KEY,
            "rows": 1,
            "bytes": len(GOOD),
            "nextZone": "raw",
        }
    ]


def test_a_repeat_overwrites_itself(index, s3):
    put(s3)
    event = batch(notification(KEY), notification(KEY))
    index.handler(event, None)
    index.handler(event, None)
    assert s3.objects["raw-bucket"] == {KEY: TIDY}


@pytest.mark.parametrize("name", ["são josé/ação & reação.csv", "a b+c%20d.csv", "dt=2018-08-20/x.csv"])
def test_keys_with_signs_accents_and_spaces(index, s3, name):
    key = f"streams/clicks/{name}"
    put(s3, key)
    assert failed(index.handler(batch(notification(key)), None)) == []
    assert s3.objects["raw-bucket"] == {key: TIDY}


def test_several_messages_with_several_records(index, s3):
    keys = [f"streams/clicks/{number}.csv" for number in range(4)]
    for key in keys:
        put(s3, key)
    assert failed(index.handler(batch(notification(*keys[:3]), TEST_EVENT, notification(keys[3])), None)) == []
    assert sorted(s3.objects["raw-bucket"]) == keys


def test_nothing_to_do(index, s3):
    assert index.handler({"Records": []}, None) == {"batchItemFailures": []}
    assert index.handler(batch(TEST_EVENT), None) == {"batchItemFailures": []}
    assert s3.calls == []


def test_folders_are_skipped(index, s3, logged):
    put(s3, "streams/clicks/new/", b"")
    assert failed(index.handler(batch(notification("streams/clicks/new/")), None)) == []
    assert s3.calls == []
    assert logged()[0]["message"] == "skipped"


# ---- data that cannot be read


def test_unreadable_data_goes_to_quarantine_with_the_reason_and_is_not_retried(index, s3, logged):
    data = "a,b\n1,ação\n".encode("latin-1")
    put(s3, KEY, data)
    assert failed(index.handler(batch(notification(KEY)), None)) == []
    assert s3.objects["raw-bucket"] == {}
    quarantined = "quarantine/clicks/2018/08/a.csv"
    assert s3.objects["drop-bucket"][quarantined] == data
    reason = json.loads(s3.objects["drop-bucket"][f"{quarantined}.reason.json"])
    assert reason.pop("etag")
    assert reason == {
        "reason": "wrong encoding",
        "detail": "byte 0xe7 at position 4 of the line is not valid UTF-8",
        "line": 2,
        "zone": "drop",
        "stream": "clicks",
        "bucket": "drop-bucket",
        "key": KEY,
        "versionId": "v1",
        "bytes": len(data),
    }
    [line] = logged()
    assert (line["level"], line["message"], line["reason"]) == ("warning", "quarantined", "wrong encoding")
    assert line["quarantineKey"] == quarantined


@pytest.mark.parametrize("data", [b"", b"a,b\n1\n", b"1,2\n", b"\0\0\0", b"Price,price\n1,2\n"])
def test_other_data_that_cannot_be_read(index, s3, data):
    put(s3, KEY, data)
    assert failed(index.handler(batch(notification(KEY)), None)) == []
    assert sorted(s3.objects["drop-bucket"]) == ["quarantine/clicks/2018/08/a.csv", "quarantine/clicks/2018/08/a.csv.reason.json", KEY]


def test_what_was_quarantined_goes_when_the_object_was_mended(index, s3):
    quarantined = "quarantine/clicks/2018/08/a.csv"
    put(s3, KEY, b"a,b\n1\n")
    put(s3, f"{KEY}.old", b"a,b\n1\n")
    index.handler(batch(notification(KEY), notification(f"{KEY}.old")), None)
    put(s3, KEY, GOOD)
    s3.before = refuse("DeleteObject", "SlowDown")
    assert failed(index.handler(batch(notification(KEY)), None)) == ["m1"]
    s3.before = lambda call, arguments: None
    assert failed(index.handler(batch(notification(KEY)), None)) == []
    others = [f"{quarantined}.old", f"{quarantined}.old.reason.json"]
    assert sorted(s3.objects["drop-bucket"]) == [*others, KEY, f"{KEY}.old"]
    s3.calls.clear()
    index.handler(batch(notification(KEY)), None)
    assert [call for call, _ in s3.calls if call == "DeleteObject"] == [], "nothing was there: nothing is deleted"


def test_a_bad_row_far_behind_leaves_nothing_in_the_next_zone(index, s3, small_pieces):
    put(s3, KEY, b"a,b\n" + b"1,2\n" * 1000 + b"3\n")
    assert failed(index.handler(batch(notification(KEY)), None)) == []
    assert s3.objects["raw-bucket"] == {}
    assert s3.uploads == {}
    assert ("AbortMultipartUpload", KEY) in s3.calls
    assert json.loads(s3.objects["drop-bucket"]["quarantine/clicks/2018/08/a.csv.reason.json"])["line"] == 1002


def test_what_cannot_be_quarantined_is_retried(index, s3):
    put(s3, KEY, b"")
    s3.before = refuse("CopyObject", "AccessDenied")
    assert failed(index.handler(batch(notification(KEY)), None)) == ["m1"]
    s3.before = refuse("PutObject", "SlowDown")
    assert failed(index.handler(batch(notification(KEY)), None)) == ["m1"]


# ---- failures


@pytest.mark.parametrize("call", ["GetObject", "HeadObject", "PutObject"])
@pytest.mark.parametrize("code", ["AccessDenied", "SlowDown", "InvalidObjectState", "NoSuchBucket"])
def test_failures_of_the_infrastructure_are_reported_for_a_retry(index, s3, logged, call, code):
    put(s3)
    s3.before = refuse(call, code)
    assert failed(index.handler(batch(notification(KEY)), None)) == ["m1"]
    assert s3.objects == {"drop-bucket": {KEY: GOOD}, "raw-bucket": {}}
    [line] = logged()
    assert (line["level"], line["message"], line["messageId"], line["errorType"]) == ("error", "failed", "m1", "ClientError")
    assert code in line["error"]
    assert "Traceback" in line["stackTrace"]


def test_one_file_fails_alone(index, s3):
    for name in "abc":
        put(s3, f"streams/clicks/{name}.csv")
    s3.before = refuse("GetObject", "AccessDenied", key="streams/clicks/b.csv")
    event = batch(*(notification(f"streams/clicks/{name}.csv") for name in "abc"))
    assert failed(index.handler(event, None)) == ["m2"]
    assert sorted(s3.objects["raw-bucket"]) == ["streams/clicks/a.csv", "streams/clicks/c.csv"]


def test_other_records_of_a_failed_message_are_processed(index, s3):
    for name in "abc":
        put(s3, f"streams/clicks/{name}.csv")
    s3.before = refuse("GetObject", "AccessDenied", key="streams/clicks/a.csv")
    assert failed(index.handler(batch(notification(*(f"streams/clicks/{name}.csv" for name in "abc"))), None)) == ["m1"]
    assert sorted(s3.objects["raw-bucket"]) == ["streams/clicks/b.csv", "streams/clicks/c.csv"]


def test_errors_of_the_transformation_are_reported(index, s3, logged, monkeypatch):
    put(s3)
    monkeypatch.setattr(index, "transform", lambda frame: 1 / 0)
    assert failed(index.handler(batch(notification(KEY)), None)) == ["m1"]
    assert logged()[0]["errorType"] == "ZeroDivisionError"


def test_a_transformation_can_send_a_file_to_quarantine(index, s3, monkeypatch):
    def refuse_all(frame):
        raise index.UnreadableData("too old", "prices before 2017")

    put(s3)
    monkeypatch.setattr(index, "transform", refuse_all)
    assert failed(index.handler(batch(notification(KEY)), None)) == []
    assert json.loads(s3.objects["drop-bucket"]["quarantine/clicks/2018/08/a.csv.reason.json"])["reason"] == "too old"


def test_messages_that_nobody_understands_are_reported(index, s3, logged):
    put(s3)
    assert failed(index.handler(batch("hello", notification(KEY), '{"Records": [{}]}'), None)) == ["m1", "m3"]
    assert [line["message"] for line in logged()] == ["message not understood", "saved", "message not understood"]
    assert KEY in s3.objects["raw-bucket"]


def test_without_its_environment_nothing_is_processed(index, s3, monkeypatch):
    monkeypatch.delenv("NEXT_BUCKET")
    with pytest.raises(KeyError, match="NEXT_BUCKET"):
        index.handler(batch(notification(KEY)), None)


# ---- large files


@pytest.fixture
def small_pieces(index, monkeypatch):
    """Files come in pieces of about 100 bytes and go in parts of 50."""
    import functools

    monkeypatch.setattr(index, "read_frames", functools.partial(index.read_frames, block_bytes=100))
    monkeypatch.setattr(index, "S3Output", functools.partial(index.S3Output, part_bytes=50))


def test_large_files_go_in_parts_and_come_out_the_same(index, s3, small_pieces):
    data = b"A,B\n" + b"".join(b"%d, x \n" % number for number in range(500))
    put(s3, KEY, data)
    assert failed(index.handler(batch(notification(KEY)), None)) == []
    assert s3.objects["raw-bucket"][KEY] == b"a,b\n" + b"".join(b"%d,x\n" % number for number in range(500))
    assert [call for call, _ in s3.calls].count("UploadPart") > 10
    assert s3.uploads == {}


@pytest.mark.parametrize("call", ["UploadPart", "HeadObject", "CompleteMultipartUpload"])
def test_a_crash_in_the_middle_leaves_nothing_visible(index, s3, small_pieces, call):
    put(s3, KEY, b"A\n" + b"x\n" * 500)
    s3.objects["raw-bucket"][KEY] = b"the last version"
    s3.before = refuse(call, "InternalError", after=3 if call == "UploadPart" else 0)
    assert failed(index.handler(batch(notification(KEY)), None)) == ["m1"]
    assert s3.objects["raw-bucket"] == {KEY: b"the last version"}
    assert s3.uploads == {}


def test_when_not_even_the_parts_can_be_discarded_the_first_error_counts(index, s3, small_pieces, logged):
    put(s3, KEY, b"A\n" + b"x\n" * 500)
    refusals = refuse("UploadPart", "SlowDown", after=1), refuse("AbortMultipartUpload", "AccessDenied")
    s3.before = lambda *call: [refusal(*call) for refusal in refusals]
    assert failed(index.handler(batch(notification(KEY)), None)) == ["m1"]
    [line] = logged()
    assert "SlowDown" in line["error"]
    assert "could not be discarded" in line["stackTrace"]


def test_a_connection_that_breaks_in_the_middle(index, s3, small_pieces, monkeypatch):
    class Breaking(io.BytesIO):
        def read(self, size=-1):
            if self.tell() > 400:
                raise ConnectionResetError("gone")
            return super().read(50)

    put(s3, KEY, b"A\n" + b"x\n" * 500)
    answer = s3.get_object(Bucket="drop-bucket", Key=KEY)
    body = Breaking(answer["Body"].getvalue())
    monkeypatch.setattr(s3, "get_object", lambda **arguments: {**answer, "Body": body})
    assert failed(index.handler(batch(notification(KEY)), None)) == ["m1"]
    assert s3.objects["raw-bucket"] == {}
    assert s3.uploads == {}
    assert body.closed


# ---- while the world changes


def test_an_object_that_is_gone_is_skipped(index, s3, logged):
    assert failed(index.handler(batch(notification(KEY)), None)) == []
    assert (logged()[0]["message"], s3.objects["raw-bucket"]) == ("skipped", {})


@pytest.mark.parametrize("now", [b"a\n2\n", None])
@pytest.mark.parametrize(("before", "data"), [("HeadObject", GOOD), ("CopyObject", b"")])
def test_an_object_replaced_or_deleted_meanwhile_is_left_to_its_own_event(index, s3, logged, now, before, data):
    def change(call, arguments):
        if call == before:
            s3.objects["drop-bucket"].pop(KEY, None)
            if now:
                put(s3, KEY, now)

    put(s3, KEY, data)
    s3.before = change
    assert failed(index.handler(batch(notification(KEY)), None)) == []
    assert s3.objects == {"drop-bucket": {KEY: now} if now else {}, "raw-bucket": {}}
    assert logged()[0]["why"] == "the object was replaced or deleted meanwhile"


def refuse(call: str, code: str, after: int = 0, key: str | None = None):
    """Lets the calls of a kind fail, from the (after + 1)th on, or only those for a key."""
    seen = 0

    def before(called, arguments):
        nonlocal seen
        if called == call and key in (None, arguments["Key"]):
            seen += 1
            if seen > after:
                raise error(call, code)

    return before
