#!/usr/bin/env python3
"""The stream's Lambda beside the usual way to write it, which reads the whole file into one DataFrame: memory and time.

    python bench/stub_lambda.py [--sizes 15 60 240] [-o json]

Each measurement is a process of its own. The file is made while it is read and thrown away when it is written, so neither S3 nor a network
counts; time is CPU time, and what it takes to make the file is measured alone and taken off. Needs numpy, pandas and boto3, and a system
that reports a process's peak memory (Linux or macOS).
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HANDLER = Path(__file__).resolve().parents[1] / "lambda" / "csv_to_next_zone"
MIB = 1024 * 1024
ENVIRONMENT = {
    "ZONE": "drop",
    "STREAM": "clicks",
    "PREFIX": "streams/clicks/",
    "NEXT_ZONE": "raw",
    "NEXT_BUCKET": "raw",
    "QUARANTINE_PREFIX": "quarantine/clicks/",
}


class Generated(io.RawIOBase):
    """A CSV file of a given size that is nowhere as a whole."""

    def __init__(self, size: int) -> None:
        self._left, self._number, self._rest = size, 0, b"Order ID,Item,Product ID,Seller ID,Shipping Limit,Price,Freight\n"

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        wanted = size if size >= 0 else self._left + len(self._rest) + MIB
        pieces, have = [self._rest], len(self._rest)
        while have < wanted and self._left > 0:
            line = b"%032x,1, %032x ,%032x,2018-03-09 11:15:22,%d.90,13.29\n"
            numbers = range(self._number, self._number + 1000)
            piece = b"".join(line % (number, number % 997, number % 89, number % 500) for number in numbers)
            self._number, self._left, have = self._number + 1000, self._left - len(piece), have + len(piece)
            pieces.append(piece)
        data = b"".join(pieces)
        self._rest = data[wanted:]
        return data[:wanted]


class Sink:
    """An S3 with one object, that forgets what is written to it."""

    def __init__(self, size: int) -> None:
        self.size, self.written = size, 0

    def get_object(self, **_: Any) -> dict[str, Any]:
        return {"Body": Generated(self.size), "ETag": "x", "ContentLength": self.size}

    def head_object(self, **_: Any) -> dict[str, Any]:
        return {"ETag": "x"}

    def create_multipart_upload(self, **_: Any) -> dict[str, Any]:
        return {"UploadId": "u"}

    def upload_part(self, Body: bytes, **_: Any) -> dict[str, Any]:
        self.written += len(Body)
        return {"ETag": "p"}

    def put_object(self, Body: bytes, **_: Any) -> None:
        self.written += len(Body)

    def complete_multipart_upload(self, **_: Any) -> None:
        pass


def load_handler() -> Any:
    os.environ.update(ENVIRONMENT)
    sys.path.insert(0, str(HANDLER))
    spec = importlib.util.spec_from_file_location("csv_to_next_zone_index", HANDLER / "index.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def in_pieces(index: Any, s3: Sink) -> None:
    outcome = index.handle_object(s3, index.Stream.from_environment(), index.S3Object("drop", "streams/clicks/a.csv"))
    assert outcome["outcome"] == "saved", outcome


def as_a_whole(index: Any, s3: Sink) -> None:
    import pandas as pd

    frame = pd.read_csv(io.BytesIO(s3.get_object()["Body"].read()), dtype=str, keep_default_na=False)
    s3.put_object(Body=index.transform(frame).to_csv(index=False).encode("utf-8"))


def only_generated(index: Any, s3: Sink) -> None:
    body = s3.get_object()["Body"]
    while body.read(256 * 1024):
        pass


WAYS = {"in pieces": in_pieces, "as a whole": as_a_whole, "only generated": only_generated}


def measure_here(way: str, size_mib: int) -> dict[str, float]:
    import resource

    index, s3 = load_handler(), Sink(size_mib * MIB)
    started = time.process_time()
    WAYS[way](index, s3)
    seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {"seconds": seconds, "peak_mib": peak / MIB, "written_mib": s3.written / MIB}


def measure(way: str, size_mib: int) -> dict[str, float]:
    done = subprocess.run([sys.executable, __file__, "--measure", way, str(size_mib)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description="The stream's Lambda beside reading a file as a whole.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[15, 60, 240], metavar="MIB")
    parser.add_argument("-o", "--output", choices=["text", "json"], default="text")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure_here(options.measure[0], int(options.measure[1]))))
        return 0
    results = []
    for size in options.sizes:
        generated = measure("only generated", size)
        for way in ("in pieces", "as a whole"):
            taken = measure(way, size)
            seconds = taken["seconds"] - generated["seconds"]
            results.append({"size_mib": size, "way": way, "seconds": round(seconds, 2), "peak_mib": round(taken["peak_mib"])})
    if options.output == "json":
        print(json.dumps(results))
        return 0
    print("  file  way         peak memory  CPU time")
    for each in results:
        print(f"{each['size_mib']:>4} MiB  {each['way']:<10} {each['peak_mib']:>8} MiB {each['seconds']:>7.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
