"""The CSV objects of a table."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from lake_transforms.s3 import Location, ObjectStore, StoredObject

# CSV, compressed or not. What it is compressed with, its content says.
SOURCE_NAME = re.compile(
    r"\.csv(\.(gz|gzip|bz2|xz|zip|zst|zstd|lz4|lzma|lzo|lz|sz|snappy|br|z|7z|rar|tar|tgz|gpg|pgp))?$", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True)
class Source:
    """One object of the table."""

    object: StoredObject
    version: str | None = None

    @property
    def hash(self) -> str:
        return source_hash(self.object.key)


def source_hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def find_sources(store: ObjectStore, location: Location) -> tuple[list[Source], list[str]]:
    """Return the CSV objects under the location, and the keys of other objects there, which are left alone.

    Names that begin with _ or . count as hidden, as they do for Spark, Athena and the crawlers; so do folders: `_temporary/` has what
    another job has not finished. `_year=2024/` is a partition.
    """
    sources, others = [], []
    for found in store.objects(location):
        folders = found.key[len(location.prefix) :].split("/")[:-1]
        if SOURCE_NAME.search(found.name) and not found.name.startswith(("_", ".")) and not any(map(_is_hidden, folders)):
            sources.append(Source(found))
        else:
            others.append(found.key)
    return sources, others


def _is_hidden(folder: str) -> bool:
    return folder.startswith(".") or (folder.startswith("_") and "=" not in folder)
