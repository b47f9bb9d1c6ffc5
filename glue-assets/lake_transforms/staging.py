"""The work of one run between reading and the final keys."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, Observation, SparkSession
from pyspark.sql import functions as F

from lake_transforms.csv_records import DOUBTFUL, REASON, RECORD, SOURCE, Verdict, read_rows, read_text
from lake_transforms.options import CsvOptions, TableSchema
from lake_transforms.s3 import Location, ObjectStore, StoredObject
from lake_transforms.sources import Source

_ABANDONED = timedelta(days=1)
# staging is private to the run and counted afterwards, so the committer may put files there without a second round of renames
_WRITE_OPTIONS = {"mapreduce.fileoutputcommitter.algorithm.version": "2", "mapreduce.fileoutputcommitter.marksuccessfuljobs": "false"}


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

    @property
    def rows_quarantined(self) -> int:
        return self.reasons.total()

    @property
    def rows_in(self) -> int:
        return self.rows_out + self.rows_quarantined


class Staging:
    """A prefix that only this run uses."""

    def __init__(self, spark: SparkSession, store: ObjectStore, landing: Landing, schema: TableSchema):
        self.spark, self.store, self.landing, self.schema = spark, store, landing, schema
        now = datetime.now(UTC)
        self.location = landing.staging.child(f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}")
        self.rows_read = 0
        self.present: dict[Location, dict[str, list[str]]] = {}
        self.abandoned_before = f"{now - _ABANDONED:%Y%m%dT%H%M%SZ}"

    def clean_up(self) -> None:
        """Remove this run's scratch, and that of runs that died long ago."""
        self.store.delete_under(self.location)
        for name in list(self.store.folders(self.landing.staging)):
            if name < self.abandoned_before:
                self.store.delete_under(self.landing.staging.child(name))

    def bring(self, sources: list[Source]) -> Iterable[tuple[Source, Outcome]]:
        readable = [source for source in sources if source.columns and not source.unreadable]
        reasons = self._write(readable) if readable else {}
        good, bad = self._staged("rows"), self._staged("refused")
        counts = self._row_counts() if good else {}
        self._check(counts, reasons)
        self._present(self.landing.target), self._present(self.landing.quarantine)

        def publish(source: Source) -> Outcome:
            if source.unreadable:
                return self._refuse_object(source)
            files = self._move(source, good.get(source.hash, []), self.landing.target, "parquet")
            refused = self._move(source, bad.get(source.hash, []), self.landing.quarantine, "json")
            return Outcome(counts.get(source.hash, 0), files, refused, reasons.get(source.hash, Counter()))

        return zip(sources, self.store.each(publish, sources), strict=True)

    def _write(self, sources: list[Source]) -> dict[str, Counter[str]]:
        """Write good and refused rows to staging; the reasons of the refused rows by source."""
        csv = self.landing.csv
        seen = Observation()
        refused, doubtful = F.col(REASON).isNotNull(), F.col(DOUBTFUL)
        rows = read_rows(self.spark, sources, self.schema, csv).observe(
            seen, F.count(F.lit(1)).alias("rows"), _which(refused).alias("refused"), _which(doubtful).alias("doubtful")
        )
        self._write_good(rows.filter(~refused & ~doubtful))
        self.rows_read = seen.get["rows"]
        with_refused, with_doubtful = (set(seen.get[name].split(",")) for name in ("refused", "doubtful"))
        reasons: dict[str, Counter[str]] = {}
        if again := [source for source in sources if source.hash in with_refused | with_doubtful]:
            verdict = self._second_look([source for source in again if source.hash in with_doubtful])
            rows = read_rows(self.spark, again, self.schema, csv, verdict).filter(refused | doubtful).persist()
            try:
                for row in rows.groupBy(SOURCE, REASON).count().collect():
                    reasons.setdefault(row[SOURCE], Counter())[row[REASON]] = row["count"]
                if any(None in counter for counter in reasons.values()):
                    self._write_good(rows.filter(F.col(REASON).isNull()))
                self._write_refused(rows.filter(F.col(REASON).isNotNull()), again)
            finally:
                rows.unpersist()
        for counter in reasons.values():
            counter.pop(None, None)
        return reasons

    def _write_good(self, rows: DataFrame) -> None:
        partitions = self.landing.partition_columns
        (
            rows.drop(REASON, DOUBTFUL, RECORD)
            .write.mode("append")
            .options(**_WRITE_OPTIONS)
            .partitionBy(SOURCE, *partitions)
            .parquet(self.location.child("rows").uri)
        )

    def _write_refused(self, rows: DataFrame, sources: list[Source]) -> None:
        (
            rows.select(SOURCE, _uri(sources).alias("source"), F.col(REASON).alias("reason"), F.col(RECORD).alias("record"))
            .write.mode("append")
            .options(**_WRITE_OPTIONS)
            .partitionBy(SOURCE)
            .json(self.location.child("refused").uri)
        )

    def _second_look(self, sources: list[Source]) -> Verdict:
        """Read each object once more with a reader that stops at the first quote that is not escaped."""
        malformed = self.store.each(lambda source: is_malformed(self.spark, source, self.landing.csv), sources)
        return Verdict(
            frozenset(source.hash for source, bad in zip(sources, malformed, strict=True) if bad),
            tuple((source.hash, source.tail[-64:].replace(self.landing.csv.quote, "")) for source in sources),
        )

    def _staged(self, kind: str) -> dict[str, list[StoredObject]]:
        """What Spark wrote, by source."""
        found: dict[str, list[StoredObject]] = {}
        for item in self.store.list(self.location.child(kind)):
            if not item.name.startswith("_"):
                found.setdefault(_part(item, self.location.child(kind), 0).partition("=")[2], []).append(item)
        return found

    def _row_counts(self) -> dict[str, int]:
        rows = self.spark.read.parquet(self.location.child("rows").uri).groupBy(SOURCE).count().collect()
        return {row[SOURCE]: row["count"] for row in rows}

    def _check(self, counts: dict[str, int], reasons: dict[str, Counter[str]]) -> None:
        out, refused = sum(counts.values()), sum(counter.total() for counter in reasons.values())
        if self.rows_read != out + refused:
            raise RuntimeError(
                f"{self.landing.table}: {self.rows_read} rows were read, but {out} written and {refused} quarantined: "
                "an object changed during the run; run it again"
            )

    def _move(self, source: Source, staged: list[StoredObject], target: Location, suffix: str) -> list[str]:
        """Copy the staged files to their final keys, then remove what else is there of this source."""
        kind = self.location.child("rows" if suffix == "parquet" else "refused")
        keys = []
        for index, item in enumerate(sorted(staged, key=lambda item: item.key)):
            folders = item.key[len(kind.prefix) :].split("/")[1:-1]
            key = target.prefix + "".join(f"{name}/" for name in folders) + f"{source.hash}-{index:05d}.{suffix}"
            self.store.copy(item, target.bucket, key)
            keys.append(key)
        self._remove_stale(source, target, keys)
        return keys

    def _remove_stale(self, source: Source, target: Location, keys: list[str]) -> None:
        stale = [key for key in self._present(target).get(source.hash, []) if key not in keys]
        self.store.delete(target.bucket, stale)

    def _present(self, target: Location) -> dict[str, list[str]]:
        """The keys that were there before this run, by source, in whatever partition: listed once."""
        if target not in self.present:
            found: dict[str, list[str]] = {}
            for item in self.store.list(target):
                found.setdefault(item.name.partition("-")[0], []).append(item.key)
            self.present[target] = found
        return self.present[target]

    def _refuse_object(self, source: Source) -> Outcome:
        """An object that cannot be read at all counts as one refused row, and is kept as it is."""
        target = self.landing.quarantine
        copy = f"{target.prefix}{source.hash}-object{'.csv.gz' if source.object.name.lower().endswith('.gz') else '.csv'}"
        note = f"{target.prefix}{source.hash}-00000.json"
        self.store.copy(source.object, target.bucket, copy)
        self.store.write_json(target.bucket, note, {"source": source.object.uri, "reason": source.unreadable, "object": copy})
        self._remove_stale(source, target, [copy, note])
        self._remove_stale(source, self.landing.target, [])
        return Outcome(quarantine_files=[copy, note], reasons=Counter([source.unreadable]))


def _which(rows: Column) -> Column:
    """The sources of these rows, as one text: of the values that a query can be watched for, the one that Python gets as such."""
    return F.array_join(F.collect_set(F.when(rows, F.col(SOURCE))), ",")


def _uri(sources: list[Source]) -> Column:
    pairs = [F.lit(text) for source in sources for text in (source.hash, source.object.uri)]
    return F.create_map(*pairs)[F.col(SOURCE)]


def is_malformed(spark: SparkSession, source: Source, options: CsvOptions) -> bool:
    try:
        read_text(spark, [source], options, strict=True).agg(F.count("c0")).collect()
    except (Py4JJavaError, PySparkException) as error:
        if "TextParsingException" in str(error):
            return True
        raise
    return False


def _part(item: StoredObject, below: Location, index: int) -> str:
    return item.key[len(below.prefix) :].split("/")[index]
