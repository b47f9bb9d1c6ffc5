"""A trail's files, as CloudTrail names and writes them.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
"""

from __future__ import annotations

import gzip
import hashlib
import json
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class LogFile:
    """A file of records under its key. `digest` is of what is in it, before it is compressed."""

    key: str
    body: bytes
    digest: str
    oldest: str
    newest: str


def prefix_of(trail: Mapping[str, Any], account: str) -> str:
    """Return what all keys of a trail begin with."""
    own = str(trail.get("S3KeyPrefix") or "").strip("/")
    return f"{own + '/' if own else ''}AWSLogs/{account}/"


def log_file(trail: Mapping[str, Any], account: str, region: str, records: list[dict[str, Any]]) -> LogFile:
    """Return the file of some records."""
    now = datetime.now(UTC)
    # Awkwardly for readers, but as CloudTrail does: one line, all records in one list.
    text = json.dumps({"Records": records}, separators=(",", ":"), ensure_ascii=False).encode()
    unique = "".join(secrets.choice(_ALPHABET) for _ in range(16))
    key = f"{prefix_of(trail, account)}CloudTrail/{region}/{now:%Y/%m/%d}/{account}_CloudTrail_{region}_{now:%Y%m%dT%H%MZ}_{unique}.json.gz"
    times = sorted(record["eventTime"] for record in records)
    return LogFile(key, gzip.compress(text), hashlib.sha256(text).hexdigest(), times[0], times[-1])


def digest_key(trail: Mapping[str, Any], account: str, region: str, end: datetime) -> str:
    """Return the key of the digest of what was delivered until `end`."""
    name, home = trail["Name"], trail.get("HomeRegion", region)
    file = f"{account}_CloudTrail-Digest_{region}_{name}_{home}_{end:%Y%m%dT%H%M%SZ}.json.gz"
    return f"{prefix_of(trail, account)}CloudTrail-Digest/{region}/{end:%Y/%m/%d}/{file}"
