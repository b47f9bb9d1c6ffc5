#!/usr/bin/env python3
"""Tables into the raw zone, each kind in a new lake: one large file, a table of many files, and many tables one after the other.

    python bench/landing.py [--megabytes 1000] [--files 5000] [--tables 90] [-o json]

Runs in the interpreter of the lake's environment (`node bin/python-env.js runtime` prints it); 0 leaves a kind out. Of each it prints the
seconds of its jobs (first, middle and last, where there are many), the rows, and the memory of all processes of the lake at its highest,
measured as bench/demo.py does. Needs /proc (Linux).
"""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "local"), str(Path(__file__).resolve().parent)]

from demo import MIB, Memory  # noqa: E402
from lake_local.lake.client import Lake  # noqa: E402
from lake_local.lake.runs import ENDED  # noqa: E402

DROP, RAW, CODE = "bench-drop", "bench-raw", "bench-code"
SCHEMA = {"id": "bigint", "city": "string", "price": "double", "day": "date", "comment": "string"}
HEADER = ",".join(SCHEMA) + "\n"
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
RIGHTS = {"Statement": [{"Effect": "Allow", "Action": ["s3:*", "glue:*", "logs:*"], "Resource": "*"}]}


def row(number: int) -> str:
    comment = f'"a comment, with a ""quote"" and\na second line {number}"' if number % 10 == 0 else f"nothing to say about {number}"
    return f"{number},São Paulo,{number % 1000}.{number % 90 + 10},2024-0{number % 9 + 1}-1{number % 10},{comment}\n"


class Bench:
    """A new lake with one job for any table."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.s3, self.glue, iam = lake.client("s3"), lake.client("glue"), lake.client("iam")
        for bucket in (DROP, RAW, CODE):
            self.s3.create_bucket(Bucket=bucket)
        modules = io.BytesIO()
        with zipfile.ZipFile(modules, "w") as archive:
            for file in sorted((ROOT / "glue-assets" / "lake_transforms").glob("*.py")):
                archive.write(file, f"lake_transforms/{file.name}")
        self.s3.put_object(Bucket=CODE, Key="modules.zip", Body=modules.getvalue())
        self.s3.upload_file(str(ROOT / "glue-assets" / "jobs" / "drop_to_raw.py"), CODE, "drop_to_raw.py")
        role = iam.create_role(RoleName="bench", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        iam.put_role_policy(RoleName="bench", PolicyName="rights", PolicyDocument=json.dumps(RIGHTS))
        self.glue.create_database(DatabaseInput={"Name": "bench"})
        command = {"Name": "glueetl", "ScriptLocation": f"s3://{CODE}/drop_to_raw.py", "PythonVersion": "3"}
        arguments = {"--extra-py-files": f"s3://{CODE}/modules.zip", "--source_database": "bench", "--schema": json.dumps(SCHEMA)}
        self.glue.create_job(Name="bench", Role=role, GlueVersion="5.0", Command=command, DefaultArguments=arguments)

    def put(self, table: str, name: str, body: bytes) -> None:
        self.s3.put_object(Bucket=DROP, Key=f"tables/{table}/{name}", Body=body)

    def land(self, table: str) -> float:
        """Run the job of one table; return its seconds."""
        arguments = {
            "--table": table,
            "--source_table": f"drop_{table}",
            "--source_path": f"s3://{DROP}/tables/{table}/",
            "--target_path": f"s3://{RAW}/tables/{table}/",
            "--target_database": "bench",
            "--target_table": f"raw_{table}",
            "--quarantine_path": f"s3://{DROP}/quarantine/{table}/",
        }
        return round(self.run("bench", arguments), 1)

    def run(self, job: str, arguments: dict[str, str]) -> float:
        """Run a job; return its seconds."""
        started = time.monotonic()
        run = self.glue.start_job_run(JobName=job, Arguments=arguments)["JobRunId"]
        while (found := self.glue.get_job_run(JobName=job, RunId=run)["JobRun"])["JobRunState"] not in ENDED:
            time.sleep(0.05)
        if found["JobRunState"] != "SUCCEEDED":
            raise SystemExit(f"the job {job} ended with {found['JobRunState']}: {found.get('ErrorMessage')}")
        return time.monotonic() - started

    def rows(self) -> int:
        """Return how many rows landed, as the manifests say."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=RAW, Prefix="manifests/")
        keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
        return sum(json.load(self.s3.get_object(Bucket=RAW, Key=key)["Body"])["rows_out"] for key in keys)


def large_file(bench: Bench, megabytes: int) -> list[float]:
    with tempfile.TemporaryFile() as file:
        file.write(HEADER.encode())
        number = 0
        while file.tell() < megabytes * 1_000_000:
            file.write("".join(map(row, range(number, number + 10_000))).encode())
            number += 10_000
        file.seek(0)
        bench.s3.upload_fileobj(file, DROP, "tables/large/large.csv")
    return [bench.land("large")]


def many_files(bench: Bench, files: int) -> list[float]:
    for number in range(files):
        bench.put("small", f"{number:05d}.csv", (HEADER + row(number)).encode())
    return [bench.land("small")]


def many_tables(bench: Bench, tables: int) -> list[float]:
    seconds = []
    for number in range(tables):
        for part in range(3):
            bench.put(f"t{number}", f"{part}.csv", (HEADER + row(part)).encode())
        seconds.append(bench.land(f"t{number}"))
    return seconds


@contextmanager
def new_lake() -> Iterator[tuple[Bench, Memory]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "local"), "LAKE_PACKAGE_ROOT": str(ROOT)}
    with tempfile.TemporaryDirectory(prefix="lake-bench-", ignore_cleanup_errors=True) as folder:
        state = Path(folder) / ".lake"
        command = [sys.executable, "-m", "lake_local", "--state", str(state)]
        subprocess.run([*command, "up", "--no-deploy"], env=environment, check=True, capture_output=True)
        memory = Memory(os.getpid(), state)
        try:
            yield Bench(Lake.find(state)), memory
        finally:
            memory.stop()
            subprocess.run([*command, "down", "--purge"], env=environment, capture_output=True)


def measure(kind: Any, size: int) -> dict[str, Any]:
    with new_lake() as (bench, memory):
        seconds = kind(bench, size)
        rows = bench.rows()
        parts = {name: round(count / MIB) for name, count in sorted(memory.parts.items()) if name != "demo"}
    shown = {"first": seconds[0], "middle": seconds[len(seconds) // 2], "last": seconds[-1]} if len(seconds) > 1 else seconds[0]
    return {"kind": kind.__name__, "size": size, "rows": rows, "seconds": shown, "peak MiB": sum(parts.values()), "by process": parts}


def main() -> None:
    parser = argparse.ArgumentParser(description="Time tables on their way into the raw zone.")
    parser.add_argument("--megabytes", type=int, default=1000, help="size of the large file")
    parser.add_argument("--files", type=int, default=5000, help="files of one row in one table")
    parser.add_argument("--tables", type=int, default=90, help="tables of three small files each")
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")
    args = parser.parse_args()
    kinds = ((large_file, args.megabytes), (many_files, args.files), (many_tables, args.tables))
    found = []
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the lake is stopped, too
    for kind, size in kinds:
        if size:
            found.append(measure(kind, size))
            if args.output == "text":
                print(json.dumps(found[-1]), flush=True)
    if args.output == "json":
        print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
