"""Bring the new CSV objects of one table to the next zone, as Parquet that is keyed by its source object.

1. Spark writes the rows to a staging prefix that only this run uses.
2. For each source its files are copied to their final keys, which depend on the source alone, and files of that source that
   are left from before, in any partition, are removed.
3. The source's manifest is written.

A run that dies anywhere leaves sources without a new manifest. The next run does those again and comes to the same keys: nothing is
lost and nothing is there twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from pyspark.sql import SparkSession

from lake_transforms.csv_records import infer_schema
from lake_transforms.manifests import Manifest, Manifests, settings_hash
from lake_transforms.options import TableSchema
from lake_transforms.s3 import ObjectStore
from lake_transforms.session import configure
from lake_transforms.sources import Source, find_sources, inspect
from lake_transforms.staging import Landing, Outcome, Staging


@dataclass
class LandingResult:
    table: str
    sources: int = 0
    skipped: int = 0
    rows_in: int = 0
    rows_out: int = 0
    rows_quarantined: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Outcome) -> None:
        self.rows_in += outcome.rows_in
        self.rows_out += outcome.rows_out
        self.rows_quarantined += outcome.rows_quarantined
        self.reasons.update(outcome.reasons)


def land(
    spark: SparkSession, store: ObjectStore, landing: Landing, reprocess: bool = False, log: Callable[[str], None] = print
) -> LandingResult:
    """Bring what is new; with `reprocess`, bring everything again."""
    configure(spark)
    found, others = find_sources(store, landing.source)
    manifests = Manifests(store, landing.manifests)
    known = manifests.read(found)
    settings = settings_hash(landing.schema, landing.csv, list(landing.partition_columns))

    def is_new(source: Source) -> bool:
        manifest = known.get(source.hash)
        return reprocess or manifest is None or manifest.etag != source.object.etag or manifest.settings != settings

    new = [source for source in found if is_new(source)]
    result = LandingResult(landing.table, len(new), len(found) - len(new))
    for key in others:
        log(f"not a CSV object, left alone: {key}")
    if not new:
        log(f"{landing.table}: {'nothing new' if found else 'no CSV objects'} under {landing.source.uri}")
        return result
    new = store.each(lambda source: inspect(store, source, landing.schema, landing.csv), new)
    schema = landing.schema or _known_schema(known) or infer_schema(spark, new, landing.csv)
    staging = Staging(spark, store, landing, schema)

    def record(done: tuple[Source, Outcome]) -> None:
        source, outcome = done
        manifests.write(
            source,
            Manifest(
                source.object.uri,
                source.object.etag,
                source.version,
                outcome.rows_in,
                outcome.rows_out,
                outcome.rows_quarantined,
                outcome.files,
                outcome.quarantine_files,
                settings,
                schema.as_dict(),
            ),
        )

    try:
        done = list(staging.bring(new))
        store.each(record, done)
    finally:
        staging.clean_up()
    for _, outcome in done:
        result.add(outcome)
    return result


def _known_schema(known: dict[str, Manifest]) -> TableSchema | None:
    """A table without a declared schema keeps the types that its first run found."""
    for manifest in known.values():
        if manifest.schema:
            return TableSchema.of(manifest.schema)
    return None
