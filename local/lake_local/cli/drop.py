"""`lake drop`: put files into the drop zone, where a table or a stream waits for them."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..lake.dropping import object_keys, remember_drop, stream_destination, table_destination, upload
from .console import Console
from .where import add_arguments, find

EXAMPLES = """\
examples:
  lake drop order_items.csv --table order_items       a batch table: the workflow picks it up
  lake drop part-*.csv --table order_items
  lake drop clicks.csv --stream clickstream           a stream: its function runs at once
  lake drop photo.jpg --stream images --key 2024/photo.jpg
"""


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
    add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    files = [Path(name) for name in args.files]
    for file in files:
        if not file.is_file():
            raise UserError(f"{file} is {'a folder: name its files' if file.is_dir() else 'not there'}")
    if args.key and len(files) > 1:
        raise UserError("--key names one object: give one file with it")
    lake = find(args)
    model = lake.model()
    destination = table_destination(model, args.table) if args.table else stream_destination(model, args.stream)
    console = Console()
    keys = object_keys(files, destination, args.key)
    for file, key in zip(files, keys, strict=True):
        upload(lake, file, destination, key, console)
    if args.table:
        remember_drop(lake, args.table)
    if args.output == "json":
        dropped = [
            {"file": str(file), "bucket": destination.bucket, "key": key, "bytes": file.stat().st_size}
            for file, key in zip(files, keys, strict=True)
        ]
        print(json.dumps(dropped, indent=1))
    elif args.table:
        console.say("`lake run` follows the workflow that picks it up")
    return 0
