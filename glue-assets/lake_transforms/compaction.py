"""Put the small files of a table together: readers need a request or more for each file, however small it is.

A folder is compacted into a new generation (`generations.py`) when more than a number of its files are small. What was compacted before is
copied as it is once it is large enough, so that a row is rewritten a few times only. When a file whose rows were compacted has changed or
is gone, the compacted file that has them is made anew without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pyspark.sql import DataFrame, SparkSession

from lake_transforms.generations import Generation, Generations, has_folders
from lake_transforms.run_names import run_name
from lake_transforms.s3 import Location, ObjectStore, StoredObject
from lake_transforms.session import WRITE_OPTIONS

SMALL = 16 * 1024 * 1024
LARGE = 128 * 1024 * 1024
"""Compacted files are made of so many bytes; those of less than half are compacted again with the next ones."""


@dataclass(frozen=True)
class Part:
    """What a compacted file is made of: an object, and the files whose rows are in it."""

    item: StoredObject
    covers: Mapping[str, str]


@dataclass
class Plan:
    """A generation to be made of one folder."""

    merged: list[Part] = field(default_factory=list)
    kept: list[Part] = field(default_factory=list)  # compacted files that are copied
    loose: list[StoredObject] = field(default_factory=list)  # files of sources that are copied
    folder: Location | None = None  # if what is merged is all that is in it


class Compaction:
    """Compacts one table. What Spark writes goes to a scratch prefix first.

    `rows` are those of the files of sources, by key, as far as they are known.
    """

    def __init__(self, spark: SparkSession, generations: Generations, scratch: Location, above: int, rows: Mapping[str, int]) -> None:
        self._spark, self._generations, self._scratch, self._above, self._rows = spark, generations, scratch, above, rows
        self._store: ObjectStore = generations.store
        self.files = self.into = 0  # how many were put together, into how many

    def run(self) -> None:
        """Make the generations that are due."""
        if not self._above and not self._generations.current:
            return
        originals = self._generations.originals()
        plans = {}
        for folder in sorted({*originals, *self._generations.current}):
            if plan := self._plan(originals.get(folder, {}), self._generations.current.get(folder)):
                plans[folder] = plan
                if len(plan.merged) == len(originals.get(folder, ())) and not has_folders(folder, originals):
                    plan.folder = self._generations.table.child(folder) if folder else self._generations.table
        try:
            for folder, plan in plans.items():
                self._make(folder, plan)
        finally:
            if plans:
                self._store.delete_under(self._scratch)

    def _plan(self, originals: Mapping[str, StoredObject], current: Generation | None) -> Plan | None:
        """Return what is to be done, or None: the current generation shows what the files of the sources say, in few enough files."""
        generation = current or Generation(self._generations.table)
        covered = generation.covered
        valid = {name for name, item in originals.items() if covered.get(name) == item.etag}
        loose = [item for name, item in originals.items() if name not in valid]
        small = [item for item in loose if item.size < SMALL]
        is_due = 0 < self._above < len(small)
        if not is_due and (current is None or _is_exact(current, originals)):
            return None
        plan = Plan(loose=[item for item in loose if not (is_due and item.size < SMALL)])
        for name, covers in generation.sources.items():
            item = generation.files.get(name)
            if item is None or not covers.keys() <= valid:
                plan.merged += [_part(originals[one]) for one in covers if one in valid]
            elif is_due and item.size < LARGE / 2:
                plan.merged.append(Part(item, covers))
            else:
                plan.kept.append(Part(item, covers))
        plan.merged += [_part(item) for item in small if is_due]
        return plan

    def _make(self, folder: str, plan: Plan) -> None:
        location = self._generations.begin(folder)
        sources: dict[str, Mapping[str, str]] = {}
        copies: list[tuple[StoredObject, str]] = [(item, item.name) for item in plan.loose]
        for part in plan.kept:
            name = f"part-{len(sources):05d}.parquet"
            sources[name] = part.covers
            copies.append((part.item, name))
        bins = list(_bins(plan.merged))
        for parts in bins:
            name = f"part-{len(sources):05d}.parquet"
            sources[name] = {file: etag for part in parts for file, etag in part.covers.items()}
            # one listing instead of one for each file
            uris = [plan.folder.uri] if plan.folder and len(bins) == 1 else [part.item.uri for part in parts]
            copies.append((self._merge(parts, uris, self._scratch.child(run_name())), name))
        self._store.each(lambda copy: self._store.copy(copy[0], location.bucket, location.prefix + copy[1]), copies)
        self._generations.commit(folder, location, sources)
        self.files += len(plan.merged)
        self.into += len(bins)

    def _merge(self, parts: list[Part], uris: list[str], to: Location) -> StoredObject:
        """Write the rows of some files into one; return it."""
        self._read(uris).repartition(1).write.options(**WRITE_OPTIONS).parquet(to.uri)
        [written] = [item for item in self._store.objects(to) if item.name.endswith(".parquet")]
        found = self._spark.read.parquet(written.uri).count()
        # a manifest may be older than its file: a run has died then, and the object is gone
        if found != self._count(parts) and found != (count := self._spark.read.parquet(*uris).count()):
            raise RuntimeError(f"{to.uri}: there are {count} rows, but {found} were written")
        return written

    def _read(self, uris: list[str]) -> DataFrame:
        return self._spark.read.option("mergeSchema", True).parquet(*uris)

    def _count(self, parts: list[Part]) -> int:
        """Return how many rows files have: as the manifests say, or else as the files themselves say."""
        others = [part.item.uri for part in parts if part.item.key not in self._rows]
        known = sum(self._rows.get(part.item.key, 0) for part in parts)
        return known + (self._spark.read.parquet(*others).count() if others else 0)


def _is_exact(current: Generation, originals: Mapping[str, StoredObject]) -> bool:
    """Return whether readers of a generation are shown just the rows of the files of the sources."""
    covered = current.covered
    copies = {name: item.size for name, item in current.copies.items()}
    return (
        current.sources.keys() <= current.files.keys()
        and all(name in originals and originals[name].etag == etag for name, etag in covered.items())
        and copies == {name: item.size for name, item in originals.items() if name not in covered}
    )


def _part(item: StoredObject) -> Part:
    return Part(item, {item.name: item.etag})


def _bins(parts: Iterable[Part]) -> Iterable[list[Part]]:
    """Yield what is put into one file each."""
    together: list[Part] = []
    size = 0
    for part in parts:
        if together and size + part.item.size > LARGE:
            yield together
            together, size = [], 0
        together.append(part)
        size += part.item.size
    if together:
        yield together
