"""Rows that landed stay: which objects, and which changes of a table, would take some of them away from its readers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import unquote

from lake_transforms.manifests import Manifest
from lake_transforms.retyping import TypesDiffer
from lake_transforms.s3 import Location, ObjectStore

Key = tuple[str, str]
"""Bucket and key."""


def loses_rows(store: ObjectStore, before: Manifest, count: int, refused_before: Iterable[Key], refused: Iterable[Key]) -> bool:
    """Return whether rows that landed would leave: there are fewer good ones now, or one is refused that was not before.

    `refused_before` and `refused`: the objects with the refused rows, as far as they are there.
    """
    if before.rows_out > count:
        return True
    now = list(refused)
    earlier = _lines(store, refused_before) if now and before.rows_out else set()
    return bool(earlier) and not _lines(store, now) <= earlier


def check_folders(table: str, target: Location, manifests: Iterable[Manifest], partition_columns: Iterable[str]) -> None:
    """Raise TypesDiffer if files that stay would be in no partition, or have columns in their folders that the table has in its files."""
    wanted = [name.lower() for name in partition_columns]
    for manifest in manifests:
        for key in manifest.files:
            found = [unquote(folder.partition("=")[0]).lower() for folder in key[len(target.prefix) :].split("/")[:-1]]
            if found != wanted:
                by, was = ", ".join(wanted) or "nothing", ", ".join(found) or "nothing"
                raise TypesDiffer(
                    f"{table}: cannot be partitioned by {by}: the rows of {manifest.source}, which stay as they landed, are in files by "
                    f"{was} and would leave the table. Nothing was changed. Declare the partition columns as they were, "
                    "or bring that object again"
                )


def _lines(store: ObjectStore, keys: Iterable[Key]) -> set[int]:
    """Return the line numbers of refused rows."""
    return {json.loads(line)["line"] for key in keys for line in store.get(*key)["Body"].iter_lines()}
