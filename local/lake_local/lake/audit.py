"""The lake's log of calls, read from its folder: CloudTrail's records, a line each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True)
class Filter:
    """Which records are wanted.

    - `denied`: only calls that a policy, or a key, refused
    - `who`: a role, a user, a session, `root`, or a part of an ARN; `*` stands for any text
    - `since`: only what happened after it
    """

    denied: bool = False
    who: str = ""
    since: datetime | None = None

    def takes(self, record: Record) -> bool:
        if self.denied and not is_denied(record):
            return False
        if self.since and when(record) < self.since.replace(microsecond=0):
            return False
        return not self.who or any(fnmatchcase(name, self.who) for name in names(record["userIdentity"]))


def read(folder: Path, wanted: Filter) -> Iterator[Record]:
    """Yield the records that are wanted, in order of time."""
    first_day = f"{wanted.since.astimezone(UTC):%Y-%m-%d}" if wanted.since else ""
    for path in sorted(folder.glob("*.jsonl"), key=_order):
        if path.name[:10] < first_day:
            continue
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                # The last line may be on its way. Few lines have a refusal: the others are not worth parsing.
                if not line.endswith("\n") or (wanted.denied and '"refusal":' not in line):
                    continue
                if wanted.takes(record := json.loads(line)):
                    yield record


def _order(path: Path) -> tuple[str, int]:
    day, _, number = path.name.removesuffix(".jsonl").partition(".")
    return day, int(number or 0)


def is_denied(record: Record) -> bool:
    """Return whether a policy, or the state of a key, refused the call."""
    return "errorCode" in record and any("refusal" in one for one in decisions(record))


def decisions(record: Record) -> list[dict[str, Any]]:
    """Return what was decided on a call, in order."""
    found: list[dict[str, Any]] = record["additionalEventData"]["decisions"]
    return found


def reason(record: Record) -> str:
    """Return why a call was refused: AWS's words, the right and the statement in them."""
    return next((str(one["refusal"]) for one in reversed(decisions(record)) if "refusal" in one), record.get("errorMessage", ""))


def when(record: Record) -> datetime:
    return datetime.fromisoformat(record["eventTime"])


def names(identity: dict[str, Any]) -> set[str]:
    """Return what a caller can be called: the role, the session, both, the user, the ARN, `root`, `anonymous`."""
    arn = identity.get("arn", "")
    found = {arn, identity.get("userName", ""), identity["type"].lower(), label(identity)}
    if identity["type"] == "AssumedRole":
        found |= {arn.split("/")[1], arn.split("/", 2)[2], identity.get("sessionContext", {}).get("sessionIssuer", {}).get("arn", "")}
    return found - {""}


def label(identity: dict[str, Any]) -> str:
    """Return a caller's short name: `Role/session`, a user's name, `root`, `anonymous`."""
    if identity["type"] == "AssumedRole":
        return str(identity["arn"].split("/", 1)[1])
    if identity["type"] == "Root":
        return "root"
    return str(identity.get("userName") or identity.get("arn", "").rsplit("/", 1)[-1] or "anonymous")


def ago(text: str) -> datetime:
    """Return the time before now that `10m`, `90s`, `2h` or `1d` mean."""
    units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
    if len(text) < 2 or text[-1] not in units or not text[:-1].isdecimal():
        raise ValueError(f"{text!r} is no time: give 90s, 10m, 2h or 1d")
    return datetime.now(UTC) - timedelta(**{units[text[-1]]: int(text[:-1])})
