"""Faults that are injected into a running lake from outside, and what is counted after each."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from lake_local.lake.client import is_running
from lake_local.lake_file import read_lake_file

from .. import waiting
from ..conftest import descendants

SECONDS = 120
_NO_RETRIES = Config(retries={"max_attempts": 0}, connect_timeout=10, read_timeout=60)


@dataclass
class Count:
    """What became of what was sent while faults happened."""

    fault: str
    what: str  # objects, rows
    times: int
    sent: int
    lost: int
    doubled: int
    how: str

    def row(self) -> str:
        return f"| {self.fault} | {self.times} | {self.sent:,} {self.what} | {self.lost} | {self.doubled} | {self.how} |"


def until(condition: Callable[[], Any], what: str, seconds: float = SECONDS) -> Any:
    """Wait, as long as the lake may be down."""
    return waiting.until(condition, seconds, what, ignoring=(ClientError, BotoCoreError, HTTPClientError))


def command_of(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


class Stream:
    """The small app's stream: what is put arrives in capitals."""

    def __init__(self, lake: Any, folder: str) -> None:
        self.lake, self.prefix = lake, f"streams/events/{folder}/"
        self.put_there: dict[str, bytes] = {}
        self._seen: dict[str, tuple[Any, bytes]] = {}

    @cached_property
    def buckets(self) -> tuple[str, str]:
        outputs = self.lake.outputs()
        return outputs["SourceBucket"], outputs["TargetBucket"]

    def put(self, name: str, body: bytes, client: Any = None) -> None:
        """Put an object; it counts once S3 has said yes."""
        key = self.prefix + name
        (client or self.lake.lake.client("s3")).put_object(Bucket=self.buckets[0], Key=key, Body=body)
        self.put_there[key] = body

    def arrived(self) -> dict[str, bytes]:
        """Return what is in the next zone; each object is fetched once, and again when it has changed."""
        s3, bucket = self.lake.lake.client("s3"), self.buckets[1]
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=self.prefix)
        listed = {item["Key"]: (item["ETag"], item["LastModified"]) for page in pages for item in page.get("Contents", [])}
        for key, mark in listed.items():
            if self._seen.get(key, (None,))[0] != mark:
                self._seen[key] = (mark, s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        return {key: self._seen[key][1] for key in listed}

    def count(self, fault: str, times: int, how: str) -> Count:
        """Wait until everything has arrived and the queue is empty, then count."""
        wanted = {key: body.upper() for key, body in self.put_there.items()}
        with suppress(AssertionError):
            until(lambda: wanted.items() <= self.arrived().items(), fault)
        # What failed too often is kept as a dead letter, and not lost if it can be run again.
        letters = json.loads(self.lake("dlq", "replay", "-o", "json", code=None).stdout or "[]")
        found = self.arrived()
        how += f" ({len(letters)} here)" if letters else ""
        lost = sum(found.get(key) != body for key, body in wanted.items())
        return Count(fault, "objects", times, len(wanted), lost, len(set(found) - set(wanted)), how)

    def send_event(self, name: str) -> None:
        """Send S3's event of an object once more, as SQS may."""
        entry = {"s3": {"bucket": {"name": self.buckets[0]}, "object": {"key": self.prefix + name}}}
        queue = self.lake.lake.model().stream("events").queue_url
        self.lake.lake.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps({"Records": [entry]}))


def server_killed(lake: Any, times: int, how: signal.Signals, random: Random) -> Count:
    """End the server at random moments while objects are put; start it again each time."""
    stream = Stream(lake, how.name)
    source = stream.buckets[0]
    stop = threading.Event()
    name = "server killed" if how is signal.SIGKILL else "server told to stop (SIGTERM)"

    def put_all() -> None:
        number = 0
        while not stop.is_set():
            with suppress(Exception):
                client = lake.lake.client("s3", config=_NO_RETRIES)
                while not stop.is_set():
                    key, body = f"{stream.prefix}{number:05d}", b"x %d" % number
                    client.put_object(Bucket=source, Key=key, Body=body)
                    stream.put_there[key] = body
                    number += 1
                    time.sleep(0.1)
            time.sleep(0.05)

    putting = threading.Thread(target=put_all)
    putting.start()
    try:
        for _ in range(times):
            time.sleep(random.uniform(0.3, 3))
            pid = lake.lake.pid
            os.kill(pid, how)
            until(lambda: not is_running(lake.state, read_lake_file(lake.state)), "the end of the server")
            lake("up", "--no-deploy")
    finally:
        stop.set()
        putting.join()
    return stream.count(name, times, "`lake up` goes on; what S3 had accepted is processed")


def worker_killed(lake: Any, times: int, random: Random) -> Count:
    """Kill the process of the stream's function while it works."""
    stream = Stream(lake, "worker")
    for number in range(times):
        for part in range(4):
            stream.put(f"worker-{number}-{part}", b"y %d" % part)
        time.sleep(random.uniform(0, 0.2))
        for pid in descendants(lake.lake.pid) - {lake.lake.pid}:
            if "lambda" in command_of(pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
    return stream.count(
        "function's process killed", times, "the message comes again; after three tries it is a dead letter, which `lake dlq replay` runs"
    )


def function_fails(lake: Any, fault: str, words: str, times: int) -> Count:
    """Let the function fail at the first try of each object."""
    stream = Stream(lake, fault)
    for number in range(times):
        stream.put(f"{fault}-{number}", b"z %d" % number)
    return stream.count(words, times, "the message comes again; after three tries it is a dead letter, which `lake dlq replay` runs")


def same_again(lake: Any, times: int) -> Count:
    """Put the same object twice."""
    stream = Stream(lake, "same")
    for number in range(times):
        for _ in range(2):
            stream.put(f"same-{number}", b"again")
    return stream.count("the same object put twice", times, "the same result at the same key")


def replaced(lake: Any, times: int) -> Count:
    """Put two contents of one name in succession: the second must win."""
    stream = Stream(lake, "replaced")
    for number in range(times):
        stream.put(f"replaced-{number}", b"first of %d" % number)
        stream.put(f"replaced-{number}", b"second of %d" % number)
    return stream.count(
        "two contents of one name in succession", times, "the function reads what is there now, whichever event comes first"
    )


def event_again(lake: Any, times: int, random: Random) -> Count:
    """Send events twice, and in another order than things happened."""
    stream = Stream(lake, "event")
    names = [f"event-{number}" for number in range(times)]
    for name in names:
        stream.put(name, b"old")
        stream.put(name, b"new")
    shuffled = names * 2
    random.shuffle(shuffled)
    for name in shuffled:
        stream.send_event(name)
    return stream.count("events twice and out of order", times * 2, "an event only names its object: the object is read as it is now")


def disk_full(lake: Any) -> Count:
    """Let no file of the server grow over 1 MiB while a larger object replaces one."""
    stream = Stream(lake, "full")
    stream.put("full", b"kept")
    pid = lake.lake.pid
    limit = ["prlimit", "--pid", str(pid)]
    subprocess.run([*limit, "--fsize=1048576:unlimited"], check=True)
    refused = 0
    try:
        client = lake.lake.client("s3", config=_NO_RETRIES)
        try:
            client.put_object(Bucket=stream.buckets[0], Key=f"{stream.prefix}full", Body=b"b" * 3_000_000)
        except (ClientError, BotoCoreError, HTTPClientError):
            refused = 1
    finally:
        subprocess.run([*limit, "--fsize=unlimited:unlimited"], check=True)
    found = stream.lake.lake.client("s3").get_object(Bucket=stream.buckets[0], Key=f"{stream.prefix}full")["Body"].read()
    assert refused and found == b"kept", "a write that failed must be refused, and leave what was there"
    assert lake.lake.pid == pid
    return stream.count(
        "a file cannot be written to its end", 1, "S3 answers with an error, the object that was there stays, the lake goes on"
    )


class Table:
    """The example's table of sellers."""

    def __init__(self, lake: Any, folder: Path) -> None:
        self.lake, self.folder = lake, folder
        self.ids: set[str] = set()

    def drop(self, name: str, rows: int) -> None:
        file = self.folder / name
        ids = [f"{name}-{number:06d}" for number in range(rows)]
        lines = "".join(f"{one},01234,salvador,BA\n" for one in ids)
        file.write_text(f"seller_id,seller_zip_code_prefix,seller_city,seller_state\n{lines}")
        self.lake("drop", str(file), "--table", "sellers")
        self.ids |= set(ids)

    def run(self) -> dict[str, Any]:
        """Run the table's job. What is dropped starts the workflow, too: its run of this job, if it is on, is waited for first."""
        answer: dict[str, Any] = json.loads(self.lake("run", "--table", "sellers", "-o", "json", code=None).stdout)
        return answer

    def count(self, fault: str, times: int, how: str) -> Count:
        sql = "select count(*) rows_in_all, count(distinct seller_id) ids from raw_sellers"
        [found] = json.loads(self.lake("query", sql, "-o", "json").stdout)
        return Count(fault, "rows", times, len(self.ids), len(self.ids) - found["ids"], found["rows_in_all"] - found["ids"], how)


def job_killed(table: Table, times: int, rows: int, which: str, words: str, random: Random) -> Count:
    """Kill the job's process, or its JVM, at random moments of its run; run it again until it succeeds."""
    server = table.lake.lake.pid
    for number in range(times):
        table.drop(f"{which}-{number}.csv", rows)
        running = subprocess.Popen(
            table.lake.command("run", "--table", "sellers"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=table.lake.environ(),
        )
        pids = until(
            lambda: [pid for pid in descendants(server) - {server} if _is(which, command_of(pid))], f"a process of the job ({which})", 60
        )
        time.sleep(random.uniform(0.2, 4))
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        running.wait(120)
    until(lambda: table.run()["ok"], "a run that succeeds", 180)
    return table.count(words, times, "the next run does again what has no manifest, at the same keys")


def _is(which: str, command: str) -> bool:
    return "job_main.py" in command if which == "job" else "java" in command.split(" ")[0]


def crawled_meanwhile(table: Table, times: int, rows: int) -> Count:
    """Start the crawler of the zone that a job writes to, while it writes."""
    glue = table.lake.lake.client("glue")
    crawler = table.lake.lake.model().crawlers["raw"]
    for number in range(times):
        table.drop(f"crawled-{number}.csv", rows)
        with suppress(glue.exceptions.CrawlerRunningException):
            glue.start_crawler(Name=crawler)
        assert table.run()["ok"]
        until(lambda: glue.get_crawler(Name=crawler)["Crawler"]["State"] == "READY", "the end of the crawl")
    return table.count("a crawler runs while a job writes", times, "a table's entry is its job's: no crawler changes it")
