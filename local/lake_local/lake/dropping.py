"""Putting files into the first zone, where a table or a stream waits for them."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from ..errors import OperationFailed, UserError
from ..names import CLASS_TAG, TABLE_FILES, TABLES
from ..store import write_json
from ..text import size
from .client import Lake
from .model import Model
from .reporter import Reporter

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
LONGEST_KEY = 1024
_DROPS = "drops.json"


@dataclass(frozen=True)
class Destination:
    """Where the files of a table or a stream arrive. Names must match `pattern`, and end in `suffix`, to be taken there."""

    name: str
    bucket: str
    prefix: str
    suffix: str = ""
    pattern: str = ""
    # The class that its objects carry as their tag, where one is declared.
    classification: str | None = None


def table_destination(model: Model, name: str) -> Destination:
    """Return where the files of a table arrive."""
    table = model.table(name)
    return Destination(
        name, model.zone(table.source_zone).bucket, f"{TABLES}{table.name}/", pattern=TABLE_FILES, classification=table.classification
    )


def stream_destination(model: Model, name: str) -> Destination:
    """Return where the events of a stream arrive."""
    stream = model.stream(name)
    return Destination(name, model.zone(stream.zone).bucket, stream.prefix, stream.suffix, classification=stream.classification)


def object_keys(files: list[Path], destination: Destination, name: str | None = None) -> list[str]:
    """Return the key of each file's object, which ends in `name` if one is given. Raise if two are equal, or one is not taken there."""
    names = [_inside(name) if name else file.name for file in files]
    if len(set(names)) < len(names):
        raise UserError("two of the files have the same name, and would overwrite each other: drop them one by one with --key")
    for one in names:
        if destination.pattern and not re.search(destination.pattern, one, re.IGNORECASE | re.DOTALL):
            raise UserError(
                f"{one}: the job of table {destination.name} reads names that end in .csv, or .csv.gz and the like: use --key for that"
            )
        if not one.endswith(destination.suffix):
            raise UserError(f"{one}: stream {destination.name} takes files that end in {destination.suffix!r}; use --key to name it so")
        if len((destination.prefix + one).encode()) > LONGEST_KEY:
            raise UserError(f"{one[:40]}…: the key of an object has at most {LONGEST_KEY} bytes; use --key to name it shorter")
    return [destination.prefix + one for one in names]


def _inside(name: str) -> str:
    """Return the name that --key gives an object. Raise if it leads out of the prefix, or names a folder."""
    if name.startswith("/") or name.endswith("/") or {"", ".", ".."} & set(name.split("/")):
        raise UserError(f"--key {name}: give a name inside the prefix, such as 2024/orders.csv, without empty parts, '.' and '..'")
    return name


def upload(lake: Lake, file: Path, destination: Destination, key: str, reporter: Reporter) -> None:
    """Upload a file; the reporter hears how much has been sent."""
    from boto3.exceptions import S3UploadFailedError

    total, sent, started = file.stat().st_size, 0, time.monotonic()

    def count(more: int) -> None:
        nonlocal sent
        sent += more
        reporter.update(f"{file.name}: {size(sent)} of {size(total)}")

    tags = {"Tagging": urlencode({CLASS_TAG: destination.classification})} if destination.classification else {}
    try:
        lake.client("s3").upload_file(str(file), destination.bucket, key, Callback=count, ExtraArgs=tags)
    except S3UploadFailedError as error:
        raise OperationFailed(f"{error}{_hint(destination, str(error))}") from None
    reporter.say(f"{file.name} → s3://{destination.bucket}/{key} ({size(total)}, {time.monotonic() - started:.1f} s)")


def _hint(destination: Destination, error: str) -> str:
    if not destination.classification or "AccessDenied" not in error:
        return ""
    clearance = destination.classification
    return f"\n  {destination.name} is {clearance}: `lake as engineer --clearance {clearance} -- lake drop ...`"


def remember_drop(lake: Lake, table: str) -> None:
    """Keep when a table last got files: `lake run` then waits for the run that these start."""
    write_json(lake.memory / _DROPS, {**_drops(lake), table: datetime.now(UTC).isoformat()})


def last_drop(lake: Lake) -> datetime | None:
    """Return when any table last got files."""
    return max((datetime.fromisoformat(text) for text in _drops(lake).values()), default=None)


def _drops(lake: Lake) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads((lake.memory / _DROPS).read_text(encoding="utf-8"))
        return found
    except (FileNotFoundError, ValueError):
        return {}
