"""`lake drop`: put files into the drop zone, where a table or a stream waits for them."""

from __future__ import annotations

import argparse
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..lake.client import Lake
from ..store import write_json
from .console import Console, size

EXAMPLES = """\
examples:
  lake drop order_items.csv --table order_items       a batch table: the workflow picks it up
  lake drop part-*.csv --table order_items
  lake drop clicks.csv --stream clickstream           a stream: its function runs at once
  lake drop photo.jpg --stream images --key 2024/photo.jpg
"""
DROPS = "drops.json"


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "drop",
        help="put files into the drop zone",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Upload files to where a table's data, or a stream's events, arrive.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE")
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--table", metavar="T", help="the batch table that the files belong to")
    target.add_argument("--stream", metavar="S", help="the stream that the files are events of; ZONE/S if it is not the first zone's")
    parser.add_argument("--key", help="the name inside the table's or stream's prefix (one file only; default: the file's name)")
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    files = [Path(name) for name in args.files]
    for file in files:
        if not file.is_file():
            raise UserError(f"{file} is {'a folder: name its files' if file.is_dir() else 'not there'}")
    if args.key and len(files) > 1:
        raise UserError("--key names one object: give one file with it")
    lake = Lake.find(args.state)
    model = lake.model()
    bucket, prefix, suffix = destination(model, args.table, args.stream)
    names = [args.key or file.name for file in files]
    if len(set(names)) < len(names):
        raise UserError("two of the files have the same name, and would overwrite each other: drop them one by one with --key")
    for name in names:
        if suffix and not name.endswith(suffix):
            raise UserError(f"{name}: stream {args.stream} takes files that end in {suffix!r}; use --key to name it so")
    console = Console()
    dropped = [upload(lake, file, bucket, prefix + name, console) for file, name in zip(files, names, strict=True)]
    if args.table:
        remember(lake, args.table)
    if args.output == "json":
        print(json.dumps(dropped, indent=1))
    elif args.table:
        console.say("`lake run` follows the workflow that picks it up")
    return 0


def destination(model: Any, table: str | None, stream: str | None) -> tuple[str, str, str]:
    """Bucket, prefix and required suffix of a table or a stream."""
    if table:
        found = model.table(table)
        return model.zone(found.source_zone).bucket, f"tables/{found.name}/", ""
    found = model.stream(stream)
    return model.zone(found.zone).bucket, found.prefix, found.suffix


def upload(lake: Lake, file: Path, bucket: str, key: str, console: Console) -> dict[str, Any]:
    total = file.stat().st_size
    sent = 0

    def progress(count: int) -> None:
        nonlocal sent
        sent += count
        console.update(f"{file.name}: {size(sent)} of {size(total)}")

    started = time.monotonic()
    lake.client("s3").upload_file(str(file), bucket, key, Callback=progress)
    console.say(f"{file.name} → s3://{bucket}/{key} ({size(total)}, {time.monotonic() - started:.1f} s)")
    return {"file": str(file), "bucket": bucket, "key": key, "bytes": total}


def remember(lake: Lake, table: str) -> None:
    """When a table last got files: `lake run` then waits for the run that these start."""
    path = lake.state_dir / DROPS
    write_json(path, {**last_drops(lake), table: datetime.now(UTC).isoformat()})


def last_drops(lake: Lake) -> dict[str, str]:
    try:
        dropped: dict[str, str] = json.loads((lake.state_dir / DROPS).read_text(encoding="utf-8"))
        return dropped
    except (FileNotFoundError, ValueError):
        return {}
