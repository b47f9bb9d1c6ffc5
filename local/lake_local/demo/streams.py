"""Events on the data streams: dropped one by one, and timed until the next zone has them."""

from __future__ import annotations

import statistics
import time
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import OperationFailed
from ..lake.client import Lake
from ..lake.model import Model, Stream
from ..names import QUARANTINE

LONGEST_WAIT = 60.0


@dataclass(frozen=True)
class Event:
    """One file on a stream, and where it came out."""

    stream: str
    file: str
    outcome: str  # arrived, quarantined
    seconds: float
    location: str
    size: int


def send(lake: Lake, model: Model, files: dict[str, list[Path]]) -> list[Event]:
    """Drop the files of each stream, one after the other."""
    s3 = lake.client("s3")
    return [_send_one(s3, model, model.stream(name), file) for name, paths in files.items() for file in paths]


def _send_one(s3: Any, model: Model, stream: Stream, file: Path) -> Event:
    zone = model.zone(stream.zone)
    after = model.zone(zone.next) if zone.next else zone
    key = stream.prefix + file.name
    places = {"arrived": (after.bucket, _stem(key)), "quarantined": (zone.bucket, f"{QUARANTINE}{stream.name}/")}
    before = {outcome: _newest(s3, bucket, prefix, file.stem) for outcome, (bucket, prefix) in places.items()}
    started = time.monotonic()
    s3.upload_file(str(file), zone.bucket, key)
    while (passed := time.monotonic() - started) < LONGEST_WAIT:
        for outcome, (bucket, prefix) in places.items():
            now = _newest(s3, bucket, prefix, file.stem)
            if now and now != before[outcome]:
                return Event(stream.name, file.name, outcome, round(passed, 3), f"s3://{bucket}/{now[1]}", file.stat().st_size)
        time.sleep(0.01)
    raise OperationFailed(f"{file.name} on stream {stream.name} has not come out after {LONGEST_WAIT:.0f} s: see `lake logs {stream.name}`")


def _stem(key: str) -> str:
    path = PurePosixPath(key)
    return str(path.with_name(path.stem))


def _newest(s3: Any, bucket: str, prefix: str, stem: str) -> tuple[Any, str] | None:
    found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return max(((entry["LastModified"], entry["Key"]) for entry in found if stem in entry["Key"]), default=None)


def summary(events: list[Event]) -> dict[str, Any]:
    """Return the latencies of the events. The first event of a stream starts its function, the others find it warm."""
    cold: list[float] = []
    warm: list[float] = []
    seen: set[str] = set()
    for event in events:
        (warm if event.stream in seen else cold).append(event.seconds)
        seen.add(event.stream)
    return {
        "events": [asdict(event) for event in events],
        "arrived": sum(event.outcome == "arrived" for event in events),
        "quarantined": sum(event.outcome == "quarantined" for event in events),
        "median_seconds": round(statistics.median(warm), 3) if warm else None,
        "cold_seconds": round(max(cold), 3) if cold else None,
    }
