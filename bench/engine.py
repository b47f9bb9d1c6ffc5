#!/usr/bin/env python3
"""A Glue job on the lake's engine, side by side with the same script on plain PySpark: from CSV to Parquet, both in the lake's S3.

    python bench/engine.py [--megabytes 100] [--times 5] [-o json]

Runs in the interpreter of the lake's environment (`node bin/python-env.js runtime` prints it). A Glue job is timed from StartJobRun to the
end that GetJobRun tells; plain PySpark from the start of its process to its end, with the same Java archives, on as many processors, with
a Java virtual machine of its own, as `spark-submit` has. The two take turns. The first turn of each is printed and not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from landing import CODE, DROP, HEADER, RAW, Bench, new_lake, row

GOAL = 1.1
SCRIPT = """\
import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

source, target = (sys.argv[sys.argv.index(name) + 1] for name in ("--source", "--target"))
spark = SparkSession.builder.getOrCreate()
rows = spark.read.csv(source, header=True, multiLine=True, escape='"')
sums = rows.groupBy("day").agg(F.count(F.lit(1)).alias("rows"), F.sum(F.col("price").cast("double")).alias("price"))
sums.write.mode("overwrite").parquet(target)
"""


def fill(bench: Bench, megabytes: int) -> None:
    part = "".join(map(row, range(10_000)))
    text = HEADER + part * max(1, megabytes * 1_000_000 // len(part.encode()))
    bench.s3.put_object(Bucket=DROP, Key="rows/rows.csv", Body=text.encode())
    bench.s3.put_object(Bucket=CODE, Key="sums.py", Body=SCRIPT.encode())
    job = bench.glue.get_job(JobName="bench")["Job"]
    command = {**job["Command"], "ScriptLocation": f"s3://{CODE}/sums.py"}
    bench.glue.create_job(Name="sums", Role=job["Role"], GlueVersion=job["GlueVersion"], Command=command)


def on_the_engine(bench: Bench) -> float:
    return bench.run("sums", {"--source": f"s3://{DROP}/rows/", "--target": f"s3://{RAW}/engine/"})


def on_plain_pyspark(bench: Bench, script: Path) -> float:
    from lake_local.cloud.glue.jars import jar_paths

    settings = {
        "spark.master": f"local[{os.cpu_count()}]",
        "spark.ui.enabled": "false",
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint": bench.lake.endpoint,
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        "spark.hadoop.fs.s3a.path.style.access": "true",
    }
    options = [f"--conf {name}={value}" for name, value in settings.items()]
    environment = {
        **os.environ,
        **bench.lake.environment(),
        "PYSPARK_SUBMIT_ARGS": " ".join(["--jars", ",".join(map(str, jar_paths())), *options, "pyspark-shell"]),
    }
    command = [sys.executable, str(script), "--source", f"s3://{DROP}/rows/", "--target", f"s3://{RAW}/plain/"]
    started = time.monotonic()
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"plain PySpark failed:\n{done.stderr[-3000:]}")
    return time.monotonic() - started


def main() -> None:
    parser = argparse.ArgumentParser(description="Time a Glue job against the same script on plain PySpark.")
    parser.add_argument("--megabytes", type=int, default=100, help="size of the CSV")
    parser.add_argument("--times", type=int, default=5, help="turns of each that count")
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")
    args = parser.parse_args()
    engine, plain = [], []
    with new_lake() as (bench, _memory), tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "sums.py"
        script.write_text(SCRIPT, encoding="utf-8")
        fill(bench, args.megabytes)
        for turn in range(args.times + 1):
            engine.append(on_the_engine(bench))
            plain.append(on_plain_pyspark(bench, script))
            print(f"turn {turn}: engine {engine[-1]:.1f} s, plain PySpark {plain[-1]:.1f} s", file=sys.stderr, flush=True)
    found = {
        "megabytes": args.megabytes,
        "first": {"engine": round(engine[0], 2), "plain PySpark": round(plain[0], 2)},
        "engine": round(statistics.median(engine[1:]), 2),
        "plain PySpark": round(statistics.median(plain[1:]), 2),
        "ratio": round(statistics.median(one / other for one, other in zip(engine[1:], plain[1:], strict=True)), 2),
        "goal": GOAL,
    }
    if args.output == "json":
        print(json.dumps(found, indent=1))
    else:
        print(f"engine {found['engine']} s, plain PySpark {found['plain PySpark']} s: ratio {found['ratio']} (goal {GOAL})")


if __name__ == "__main__":
    main()
