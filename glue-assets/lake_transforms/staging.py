"""The work of one run between reading and the final keys."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from lake_transforms.generations import Generations
from lake_transforms.keeping import check_folders, loses_rows
from lake_transforms.manifests import Manifest
from lake_transforms.options import COMPACT_ABOVE, CsvOptions, TableSchema
from lake_transforms.partitions import Partitions
from lake_transforms.progress import Notes, Reading
from lake_transforms.reading import Reader
from lake_transforms.registration import TableEntry
from lake_transforms.retyping import Retyping, changes
from lake_transforms.rows import WHY, TypedRows, source_column, typed_rows
from lake_transforms.run_names import earliest_name, run_name
from lake_transforms.s3 import Location, StoredObject
from lake_transforms.session import WRITE_OPTIONS, filters_in_place
from lake_transforms.sources import SOURCE_NAME, Source
from lake_transforms.text_rows import LINE, RECORD, SOURCE, TextWriter, read_text_rows

_ABANDONED = timedelta(days=1)
_MANY_OBJECTS = 50
_LONGEST_KEY = 1024  # bytes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
_REST_OF_A_KEY = 160  # the folder of the source and the name of the file, as Spark writes them
_FEW_REFUSED = 100  # rows, of a megabyte at most, that fit the memory of the job: a write by Spark takes longer than all of them
_TEXTS_AT_ONCE = 64  # objects of text, of 16 MB each, that are typed and landed together


@dataclass(frozen=True)
class Landing:
    """Where a table comes from and goes to."""

    table: str
    source: Location
    target: Location
    quarantine: Location
    schema: TableSchema | None = None
    csv: CsvOptions = field(default_factory=CsvOptions)
    partition_columns: tuple[str, ...] = ()
    refused_share: float = 0.5  # a run of which more is refused fails
    compact_above: int = COMPACT_ABOVE  # small files of a folder; 0: never
    entry: TableEntry | None = None  # of the target in the catalog

    @property
    def staging(self) -> Location:
        return self.target.at_root("staging", self.table)

    @property
    def manifests(self) -> Location:
        return self.target.at_root("manifests", self.table)


@dataclass(frozen=True)
class Outcome:
    """What became of one source."""

    rows_out: int = 0
    files: list[str] = field(default_factory=list)
    quarantine_files: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    kept: bool = False  # what an earlier run made of the same object was kept: it has rows that would be refused now

    @property
    def rows_quarantined(self) -> int:
        return self.reasons.total()

    @property
    def rows_in(self) -> int:
        return self.rows_out + self.rows_quarantined


class Staging:
    """A prefix that only this run uses."""

    def __init__(self, spark: SparkSession, generations: Generations, landing: Landing):
        self.spark, self.store, self.generations, self.landing = spark, generations.store, generations, landing
        now = datetime.now(UTC)
        self.run = run_name(now)
        self.location = landing.staging.child(self.run)
        self.notes = Notes(self.store, self.location, "")
        self.writer = TextWriter(self.store, self.location.child("text"))
        self.work = self.location.child("0")  # what Spark writes for the objects that are landed together
        self.retyping = Retyping(spark, generations, self.location.child("retyped"))
        self.present: dict[Location, dict[str, list[str]]] = {}
        self.abandoned_before = earliest_name(now - _ABANDONED)

    def clean_up(self) -> None:
        """Remove this run's scratch, and that of runs that died long ago."""
        self.store.delete_under(self.location)
        for name in list(self.store.folders(self.landing.staging)):
            if name < self.abandoned_before:
                self.store.delete_under(self.landing.staging.child(name))

    def begun(self, manifests: dict[str, Manifest]) -> Iterator[tuple[str, frozenset[str]]]:
        """Yield the runs that have left something, the last one first, with the sources that they landed."""
        for name in sorted(self.store.folders(self.landing.staging), reverse=True):
            yield name, frozenset(hash for hash, manifest in manifests.items() if manifest.run == name)

    def adopt(self, run: str, settings: str, sources: list[Source], landed: frozenset[str]) -> bool:
        """Take over what a run that was killed has read. `settings` decide how an object is read."""
        self.notes = Notes(self.store, self.location, settings)
        count = self.notes.adopt(self.landing.staging.child(run), sources, landed) if run else 0
        self.writer = TextWriter(self.store, self.location.child("text"), self.notes, count)
        self.writer.objects.update({hash: (one.first, one.last) for hash, one in self.notes.progress.items()})
        return count > 0

    def reader(self, schema: TableSchema | None, declared: bool) -> Reader:
        reader = Reader(self.store, self.writer, self.landing.source, self.landing.csv, schema, declared)
        reader.positions.update(self.notes.positions)
        return reader

    def lines(self, readings: list[Reading], reader: Reader, every: bool = True) -> DataFrame:
        """Return the text of all objects, or of these alone, without those that turned out to be unreadable half-way."""
        numbers: Iterable[int] = range(self.writer.parts)
        if not every:
            objects = [self.writer.objects[reading.source.hash] for reading in readings]
            numbers = sorted({number for first, last in objects for number in range(first, last + 1)} & set(numbers))
        uris = [f"s3://{self.location.bucket}/{self.writer.key(number)}" for number in numbers]
        lines = read_text_rows(self.spark, uris, len(reader.positions))
        if not every:
            return lines.filter(F.col(SOURCE).isin(*(reading.source.hash for reading in readings)))
        others = [*self.notes.landed, *(reading.source.hash for reading in readings if reading.unreadable)]
        return lines.filter(~F.col(SOURCE).isin(*others)) if others else lines

    def batches(self, readings: list[Reading], schema: TableSchema, known: dict[str, Manifest]) -> Iterator[list[Reading]]:
        """Yield the objects that are to be landed together: a run that is killed later does not have to land them again.

        All of them if files change their types: a table of two types cannot be read.
        """
        if self.writer.parts <= _TEXTS_AT_ONCE or any(changes(one, schema, self.landing.partition_columns) for one in known.values()):
            yield readings
            return
        batch: list[Reading] = []
        texts: set[int] = set()
        for reading in sorted(readings, key=lambda reading: self.writer.objects.get(reading.source.hash, (0, 0))):
            first, last = self.writer.objects.get(reading.source.hash, (0, 0))
            if batch and len(texts | set(range(first, last + 1))) > _TEXTS_AT_ONCE:
                yield batch
                batch, texts = [], set()
            batch.append(reading)
            texts.update(range(first, last + 1))
        yield batch

    def bring(
        self, readings: list[Reading], reader: Reader, schema: TableSchema, known: dict[str, Manifest], every: bool = True
    ) -> Iterable[tuple[Reading, Outcome]]:
        """Bring the rows of these objects, every one of the run or some, to their final keys. `known`: the manifests before."""
        self.work = self.location.child(secrets.token_hex(4))
        with_rows = [reading for reading in readings if reading.rows]
        good: dict[str, list[StoredObject]] = {}
        counts: dict[str, int] = {}
        reasons: dict[str, Counter[str]] = {}
        if with_rows:
            lines = self.lines(readings if every else with_rows, reader, every)
            partitions = Partitions(self.landing.partition_columns, _LONGEST_KEY - len(self.work.child("rows").prefix) - _REST_OF_A_KEY)
            rows = typed_rows(lines, with_rows, schema, reader.positions, self.landing.csv, partitions)
            with filters_in_place(self.spark):
                good, counts, reasons = self._write(rows, source_column(schema), with_rows)
        self._check(with_rows, counts, reasons)
        bad = self._staged("refused") if reasons else {}
        kept = {reading.source.hash for reading in readings if self._is_kept(reading, counts, bad, known)}
        check_folders(self.landing.table, self.landing.target, (known[hash] for hash in kept), self.landing.partition_columns)
        if every:
            read = {reading.source.hash for reading in readings} - kept
            self.retyping.stage({name: one for name, one in known.items() if name not in read}, schema, self.landing.partition_columns)
            self.retyping.publish()
        self._present(self.landing.target), self._present(self.landing.quarantine)

        def publish(reading: Reading) -> Outcome:
            source = reading.source
            if source.hash in kept:
                before = known[source.hash]
                refused = reasons.get(source.hash, Counter([reading.unreadable] if reading.unreadable else []))
                return Outcome(before.rows_out, before.files, before.quarantine_files, refused, kept=True)
            if reading.unreadable:
                return self._refuse_object(source, reading.unreadable)
            files = self._move(source, good.get(source.hash, []), self.landing.target, "parquet")
            refused_files = self._move(source, bad.get(source.hash, []), self.landing.quarantine, "json")
            return Outcome(counts.get(source.hash, 0), files, refused_files, reasons.get(source.hash, Counter()))

        return zip(readings, self.store.each(publish, readings), strict=True)

    def _is_kept(self, reading: Reading, counts: dict[str, int], bad: Mapping[str, list[StoredObject]], known: dict[str, Manifest]) -> bool:
        """Whether rows that landed would leave the table, although their object is the same."""
        hash = reading.source.hash
        before = known.get(hash)
        if before is None or before.etag != reading.source.object.etag:
            return False
        quarantine = self.landing.quarantine
        present = {*self._present(quarantine).get(hash, [])} if before.rows_quarantined else set()
        refused_before = [(quarantine.bucket, key) for key in before.quarantine_files if key in present]
        return loses_rows(self.store, before, counts.get(hash, 0), refused_before, [(item.bucket, item.key) for item in bad.get(hash, [])])

    def _write(
        self, rows: TypedRows, source: str, readings: list[Reading]
    ) -> tuple[dict[str, list[StoredObject]], dict[str, int], dict[str, Counter[str]]]:
        """Write the rows to staging. Return, by source, the files of good rows, how many rows are in them, and why others are refused."""
        files: dict[str, list[StoredObject]] = {}
        counts: dict[str, int] = {}
        if rows.good.columns != [source]:  # else no header could be used: there are only refused rows
            self._write_good(rows.good, source, readings)
            files = self._staged("rows")
            counts = self._row_counts(source, sum(map(len, files.values()))) if files else {}
        refused = sum(reading.rows for reading in readings) - sum(counts.values())
        return files, counts, self._write_refused(rows.refused, readings, refused) if refused else {}

    def spread(self, rows: DataFrame, source: str, readings: list[Reading]) -> DataFrame:
        """Spread many small objects over all cores. Together they are a few blocks of text, and each block is one task.

        A task puts the file of each object in place by itself, with a dozen requests one after the other: that is most of their time.
        """
        tasks = self.spark.sparkContext.defaultParallelism
        if len(readings) < _MANY_OBJECTS or self.writer.parts >= tasks:
            return rows
        return rows.repartition(tasks, source)

    def _write_good(self, rows: DataFrame, source: str, readings: list[Reading]) -> None:
        (
            self.spread(rows, source, readings)
            .write.mode("append")
            .options(**WRITE_OPTIONS)
            .partitionBy(source, *self.landing.partition_columns)
            .parquet(self.work.child("rows").uri)
        )

    def _write_refused(self, rows: DataFrame, readings: list[Reading], count: int) -> dict[str, Counter[str]]:
        """Write the refused rows to staging, and return their reasons by source."""
        uris = {reading.source.hash: reading.source.object.uri for reading in readings}
        if count > _FEW_REFUSED:
            return self._write_many_refused(rows.persist(), uris)
        reasons: dict[str, Counter[str]] = {}
        texts: dict[str, list[str]] = {}
        for hash, line, reason, record in sorted(rows.collect(), key=lambda row: (row[0], row[1])):
            reasons.setdefault(hash, Counter())[reason] += 1
            told = {"source": uris[hash], "line": line, "reason": reason, **({} if record is None else {"record": record})}
            texts.setdefault(hash, []).append(json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n")
        for hash, lines in texts.items():
            key = f"{self.work.child('refused', f'hash={hash}').prefix}part-00000.json"
            self.store.put(self.location.bucket, key, "".join(lines).encode())
        return reasons

    def _write_many_refused(self, rows: DataFrame, uris: Mapping[str, str]) -> dict[str, Counter[str]]:
        """Let Spark write them."""
        reasons: dict[str, Counter[str]] = {}
        try:
            for row in rows.groupBy(SOURCE, WHY).count().collect():
                reasons.setdefault(row[0], Counter())[row[1]] = row["count"]
            refused = self._pairs({hash: uris[hash] for hash in reasons})
            (
                rows.join(F.broadcast(refused), F.col(SOURCE) == F.col("hash"))
                .select("hash", F.col("uri").alias("source"), LINE, F.col(WHY).alias("reason"), RECORD)
                .write.mode("append")
                .options(**WRITE_OPTIONS)
                .partitionBy("hash")
                .json(self.work.child("refused").uri)
            )
        finally:
            rows.unpersist()
        return reasons

    def _pairs(self, uris: Mapping[str, str]) -> DataFrame:
        """Return rows of hash and uri. Rows that Python makes would each start a Python process beside Spark."""
        pairs = F.from_json(F.lit(json.dumps(uris)), "map<string,string>")
        return self.spark.range(1, numPartitions=1).select(F.explode(pairs).alias("hash", "uri"))

    def _staged(self, kind: str) -> dict[str, list[StoredObject]]:
        """What Spark wrote, by source."""
        found: dict[str, list[StoredObject]] = {}
        for item in self.store.objects(self.work.child(kind)):
            if not item.name.startswith("_"):
                found.setdefault(_part(item, self.work.child(kind), 0).partition("=")[2], []).append(item)
        return found

    def _row_counts(self, source: str, files: int) -> dict[str, int]:
        schema = StructType([StructField(source, StringType())])  # without one, a job of Spark looks for the columns
        written = self.spark.read.schema(schema).parquet(self.work.child("rows").uri)
        if files < _MANY_OBJECTS:  # one task, of a few kilobytes for each file, and nothing to shuffle
            written = written.coalesce(1)
        return {row[0]: row["count"] for row in written.groupBy(source).count().collect()}

    def _check(self, readings: list[Reading], counts: dict[str, int], reasons: dict[str, Counter[str]]) -> None:
        """Compare what was counted while reading with what was written, object by object."""
        for reading in readings:
            out, refused = counts.get(reading.source.hash, 0), reasons.get(reading.source.hash, Counter()).total()
            if reading.rows != out + refused:
                raise RuntimeError(
                    f"{reading.source.object.uri}: {reading.rows} rows were read, but {out} written and {refused} quarantined"
                )

    def _move(self, source: Source, staged: list[StoredObject], target: Location, suffix: str) -> list[str]:
        """Copy the staged files to their final keys, then remove what else is there of this source."""
        kind = self.work.child("rows" if suffix == "parquet" else "refused")
        keys = []
        for index, item in enumerate(sorted(staged, key=lambda item: item.key)):
            folders = item.key[len(kind.prefix) :].split("/")[1:-1]
            key = target.prefix + "".join(f"{name}/" for name in folders) + f"{source.hash}-{index:05d}.{suffix}"
            for place in self._places(target, key):
                self.store.copy(item, target.bucket, place)
            keys.append(key)
        self._remove_stale(source, target, keys)
        return keys

    def _remove_stale(self, source: Source, target: Location, keys: list[str]) -> None:
        stale = [key for key in self._present(target).get(source.hash, []) if key not in keys]
        self.store.delete(target.bucket, [place for key in stale for place in self._places(target, key)])

    def _places(self, target: Location, key: str) -> list[str]:
        return self.generations.places(key) if target == self.generations.table else [key]

    def _present(self, target: Location) -> dict[str, list[str]]:
        """The keys that were there before this run, by source, in whatever partition: listed once."""
        if target not in self.present:
            found: dict[str, list[str]] = {}
            for item in self.store.objects(target):
                if target != self.generations.table or not self.generations.is_inside(item.key):
                    found.setdefault(item.name.partition("-")[0], []).append(item.key)
            self.present[target] = found
        return self.present[target]

    def _refuse_object(self, source: Source, reason: str) -> Outcome:
        """An object that cannot be read at all counts as one refused row, and is kept as it is."""
        target = self.landing.quarantine
        note = f"{target.prefix}{source.hash}-00000.json"
        files, told = [note], {"source": source.object.uri, "reason": reason}
        if source.object.key.isprintable():  # rights to other keys cannot be granted reliably
            copy = f"{target.prefix}{source.hash}-object{_suffix(source.object.name)}"
            self.store.copy(source.object, target.bucket, copy)
            files, told = [copy, note], {**told, "object": copy}
        self.store.write_json(target.bucket, note, told)
        self._remove_stale(source, target, files)
        self._remove_stale(source, self.landing.target, [])
        return Outcome(quarantine_files=files, reasons=Counter([reason]))


def _suffix(name: str) -> str:
    """Return the end of an object's name, such as .csv.gz, in lower case."""
    found = SOURCE_NAME.search(name)
    return found[0].lower() if found else ""


def _part(item: StoredObject, below: Location, index: int) -> str:
    return item.key[len(below.prefix) :].split("/")[index]
