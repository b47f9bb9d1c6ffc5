"""What has been brought from one zone to the next: one small JSON object for each source object.

The manifests, and not Glue's job bookmarks, decide what is new. A bookmark is moved by `job.commit()`, after the data was written: a run
that dies between the two would bring the same data again. A manifest is written last and names the ETag that its data came from, and the
data is keyed by its source, so that doing the work twice has the same result as doing it once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass, field
from typing import Any

from lake_transforms.options import CsvOptions, TableSchema
from lake_transforms.s3 import Location, ObjectStore, StoredObject


@dataclass(frozen=True)
class Manifest:
    source: str
    etag: str
    version: str | None
    rows_in: int
    rows_out: int
    rows_quarantined: int
    files: list[str]
    quarantine_files: list[str] = field(default_factory=list)
    settings: str = ""
    schema: dict[str, str] = field(default_factory=dict)
    inferred: list[str] = field(default_factory=list)  # the columns of the schema whose type was inferred
    formats: dict[str, str] = field(default_factory=dict)  # of dates and timestamps that are not ISO 8601
    reasons: dict[str, int] = field(default_factory=dict)  # why rows were refused
    run: str = ""  # the run that landed it, if it landed its objects one batch after the other
    alarm: bool = False  # part of a run that failed because too much was refused, and not acknowledged since

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Manifest:
        """Return a manifest as it was written, by this version or another."""
        return cls(**{name: value for name, value in content.items() if name in cls.__dataclass_fields__})


class Manifests:
    def __init__(self, store: ObjectStore, location: Location):
        self.store = store
        self.location = location

    def read(self) -> dict[str, Manifest]:
        """Return all manifests, by source hash: also those of sources that are gone, whose rows stay."""
        present = [found for found in self.store.objects(self.location) if found.name.endswith(".json")]

        def read(found: StoredObject) -> Manifest | None:
            content = self.store.read_json(found.bucket, found.key)
            return Manifest.of(content) if content else None

        manifests = zip(present, self.store.each(read, present), strict=True)
        return {found.name.removesuffix(".json"): manifest for found, manifest in manifests if manifest}

    def write(self, name: str, manifest: Manifest) -> None:
        self.store.write_json(self.location.bucket, f"{self.location.prefix}{name}.json", asdict(manifest))


def settings_hash(schema: TableSchema | None, options: CsvOptions, partition_columns: list[str]) -> str:
    """Changes whenever the same source would give other data: a changed schema brings every source again."""
    columns = [[value for value in astuple(column) if value] for column in schema.columns] if schema else None
    settings = [columns, asdict(options), partition_columns]
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]
