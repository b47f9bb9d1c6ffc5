"""Bring the new CSV objects of one table to the next zone, as Parquet that is keyed by its source object.

1. Spark writes the rows to a staging prefix that only this run uses.
2. For each source its files are copied to their final keys, which depend on the source alone, and files of that source that
   are left from before, in any partition, are removed.
3. The source's manifest is written.
4. Small files are put together, if there are many (`compaction.py`).
5. The table's entry in the catalog is brought up to date.

A run that dies anywhere leaves sources without a new manifest. The next run does those again and comes to the same keys: nothing is
lost and nothing is there twice. What the dead run has read to staging is not read again (`progress.py`); a table of more than a gigabyte of
text is landed in batches, and batches that have landed stay landed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pyspark.sql import SparkSession

from lake_transforms.catalog import Catalog
from lake_transforms.compaction import Compaction
from lake_transforms.generations import Generations
from lake_transforms.inference import infer_types
from lake_transforms.keeping import check_folders
from lake_transforms.manifests import Manifest, Manifests, settings_hash
from lake_transforms.options import TableColumn, TableSchema
from lake_transforms.progress import Reading
from lake_transforms.reading import Reader
from lake_transforms.refusals import Refusals
from lake_transforms.registration import register
from lake_transforms.run_names import run_name
from lake_transforms.s3 import ObjectStore
from lake_transforms.session import configure
from lake_transforms.sources import Source, find_sources
from lake_transforms.staging import Landing, Outcome, Staging
from lake_transforms.text_rows import TEXT_FORMAT


@dataclass
class LandingResult:
    table: str
    sources: int = 0
    skipped: int = 0
    rows_in: int = 0
    rows_out: int = 0
    rows_quarantined: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    inferred: dict[str, str] = field(default_factory=dict)  # types of the columns without a declared one
    formats: dict[str, list[str]] = field(default_factory=dict)  # formats of dates and timestamps that are not ISO 8601, by column
    kept: list[str] = field(default_factory=list)  # objects whose rows were left as an earlier run landed them
    compacted: dict[str, int] = field(default_factory=dict)  # how many files were put together, into how many
    failure: str | None = None  # why the run is to fail, although what could be landed was

    def add(self, reading: Reading, outcome: Outcome) -> None:
        self.rows_in += outcome.rows_in
        self.rows_out += outcome.rows_out
        self.rows_quarantined += outcome.rows_quarantined
        self.reasons.update(outcome.reasons)
        if outcome.kept:
            self.kept.append(reading.source.object.uri)
        for name, found in reading.formats.items():
            if len(found) == 1 and found[0] not in self.formats.setdefault(name, []):
                self.formats[name].append(found[0])


def land(
    spark: SparkSession,
    store: ObjectStore,
    landing: Landing,
    reprocess: bool = False,
    acknowledge: bool = False,
    log: Callable[[str], None] = print,
) -> LandingResult:
    """Bring what is new; with `reprocess`, bring everything again. `acknowledge` takes what was refused before for settled."""
    configure(spark)
    found, others = find_sources(store, landing.source)
    manifests = Manifests(store, landing.manifests)
    landed = manifests.read()
    known = {source.hash: landed[source.hash] for source in found if source.hash in landed}
    refusals = Refusals(manifests, landing)
    if acknowledge:
        known = refusals.acknowledge(known)
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
        result.compacted = _show(spark, store, landing, landed)
        result.failure = refusals.pending(known)
        return result
    there = {source.hash for source in found}
    gone = (manifest for name, manifest in landed.items() if name not in there)
    check_folders(landing.table, landing.target, gone, landing.partition_columns)
    staging = Staging(spark, Generations(store, landing.target), landing)
    try:
        before, done = _go_on(landing, staging, new, landed)
        if done:
            log(f"{landing.table}: going on where a run that was killed has stopped; it had landed {len(done)} objects")
            new = [source for source in new if source.hash not in done]
        reader = staging.reader(landing.schema or before, declared=landing.schema is not None)
        readings = reader.read_all(new, staging.notes.progress)
        schema, inferred = _table_schema(landing, _known_schema(landed), staging, readings, reader)
        result.inferred = {column.name: column.type for column in schema.columns if column.name in inferred}
        written = {name: landed[name] for name in done}  # what counts as this run's, too
        batches = list(staging.batches(readings, schema, landed))
        for batch in batches:
            fresh = {}
            for reading, outcome in staging.bring(batch, reader, schema, landed, every=len(batches) == 1):
                result.add(reading, outcome)
                fresh[reading.source.hash] = _manifest(reading, outcome, settings, schema, inferred, staging.run)
                if outcome.kept:
                    fresh[reading.source.hash] = _with_columns_of(fresh[reading.source.hash], landed[reading.source.hash])
            written.update(fresh)
            if batch is batches[-1] and refusals.is_too_much(written.values()):
                fresh.update({name: replace(one, alarm=True) for name, one in written.items() if one.reasons})
                written.update(fresh)
            store.each(lambda item: manifests.write(*item), {**staging.retyping.manifests, **fresh}.items())
            store.delete_under(staging.work)
    finally:
        staging.clean_up()
    for uri in result.kept:
        log(f"kept as an earlier run landed it, because rows of it would be refused now: {uri}")
    result.compacted = _show(spark, store, landing, {**landed, **staging.retyping.manifests, **written})
    result.failure = refusals.pending({**known, **written})
    return result


def _go_on(landing: Landing, staging: Staging, new: list[Source], landed: dict[str, Manifest]) -> tuple[TableSchema | None, frozenset[str]]:
    """Take over what a run that was killed has read; return the columns that were known before it, and the sources that it landed."""
    for run, done in staging.begun(landed):
        before = _known_schema({name: one for name, one in landed.items() if name not in done})
        if staging.adopt(run, _reading_settings(landing, before), [source for source in new if source.hash not in done], done):
            return before, done
    before = _known_schema(landed)
    staging.adopt("", _reading_settings(landing, before), [], frozenset())
    return before, frozenset()


def _reading_settings(landing: Landing, before: TableSchema | None) -> str:
    """Changes whenever the same object would be read to other lines of text."""
    kind = "declared" if landing.schema else "found"
    return f"{TEXT_FORMAT} {kind} {settings_hash(landing.schema or before, landing.csv, list(landing.partition_columns))}"


def _manifest(reading: Reading, outcome: Outcome, settings: str, schema: TableSchema, inferred: list[str], run: str) -> Manifest:
    return Manifest(
        source=reading.source.object.uri,
        etag=reading.source.object.etag,
        version=reading.source.version,
        rows_in=outcome.rows_in,
        rows_out=outcome.rows_out,
        rows_quarantined=outcome.rows_quarantined,
        files=outcome.files,
        quarantine_files=outcome.quarantine_files,
        settings=settings,
        schema=schema.as_dict(),
        inferred=inferred,
        formats={name: formats[0] for name, formats in reading.formats.items() if len(formats) == 1},
        reasons=dict(outcome.reasons),
        run=run,
    )


def _with_columns_of(manifest: Manifest, before: Manifest) -> Manifest:
    """Return a manifest that has the columns of the files that were kept, too: they may be declared no more."""
    others = {name: kind for name, kind in before.schema.items() if name not in manifest.schema}
    inferred = [*manifest.inferred, *(name for name in before.inferred if name in others)]
    return replace(manifest, schema={**manifest.schema, **others}, inferred=inferred)


def _show(spark: SparkSession, store: ObjectStore, landing: Landing, manifests: dict[str, Manifest]) -> dict[str, int]:
    """Show readers what has landed: compact it, if that is due, and bring the table's entry up to date. Return what was compacted."""
    generations = Generations(store, landing.target)
    if not generations.current:
        _register(landing, generations, manifests)
    above = landing.compact_above if landing.entry else 0  # without an entry, readers do not learn of it
    rows = {manifest.files[0]: manifest.rows_out for manifest in manifests.values() if len(manifest.files) == 1}
    compaction = Compaction(spark, generations, landing.staging.child(run_name()), above, rows)
    compaction.run()
    if generations.current:
        _register(landing, generations, manifests)
        generations.remove_retired()
    return {"files": compaction.files, "into": compaction.into} if compaction.files else {}


def _register(landing: Landing, generations: Generations, manifests: dict[str, Manifest]) -> None:
    """Bring the table's entry up to date, as soon as its columns are known: those of the path may be in no declared schema."""
    known = _known_schema(manifests)
    schema = (landing.schema or TableSchema()).with_columns(known.columns if known else ())
    if landing.entry and schema.columns and set(landing.partition_columns) <= set(schema.names):
        files = (key for manifest in manifests.values() for key in manifest.files)
        catalog = Catalog(classification=generations.store.classification)
        register(catalog, landing.entry, generations, schema, landing.partition_columns, files)


def _table_schema(
    landing: Landing, before: TableSchema | None, staging: Staging, readings: list[Reading], reader: Reader
) -> tuple[TableSchema, list[str]]:
    """Return the table's columns, and which of them have an inferred type.

    Columns that are new stand after those that the table has. Those of the path are text.
    """
    schema = landing.schema or before or TableSchema()
    readings = sorted((reading for reading in readings if reading.rows), key=lambda reading: reading.source.object.key)
    found = dict.fromkeys(name for reading in readings for name in reading.columns if name in reader.positions)
    of_paths = {name for reading in readings for name in reading.path_columns}
    new = [name for name in found if name not in schema.names]
    types = {}
    if texts := {name: f"c{reader.positions[name]}" for name in new if name not in of_paths}:
        types = infer_types(staging.lines(readings, reader), texts)
    schema = schema.with_columns(TableColumn(name, types.get(name, "string")) for name in new)
    for name in landing.partition_columns:
        if readings and name not in schema.names:
            raise ValueError(f"partition column {name!r} is not in the table; it has {', '.join(schema.names)}")
    if schema.columns and set(schema.names) <= set(landing.partition_columns):
        raise ValueError(f"all columns are partition columns, so that files would have none: {', '.join(schema.names)}")
    declared = landing.schema.names if landing.schema else ()
    return schema, [name for name in schema.names if name not in declared]


def _known_schema(known: dict[str, Manifest]) -> TableSchema | None:
    """Return the types that earlier runs found: a table without a declared schema keeps them."""
    manifests = sorted((manifest for manifest in known.values() if manifest.schema), key=lambda one: len(one.schema), reverse=True)
    schema = TableSchema()
    for manifest in manifests:
        columns = TableSchema.of(manifest.schema).columns
        schema = schema.with_columns(replace(column, inferred=column.name in manifest.inferred) for column in columns)
    return schema if schema.columns else None
