"""What the readers of a table are shown: the files of each source as they were landed, or a generation in which small ones are together.

A folder of a table is its root, or a partition's. The files of each source stay in it for good, as `<source hash>-00000.parquet`. A
generation of the folder is a prefix `_compacted/[<folder>/]<run>/` below the table. Readers of the table's root pass over it, because its
name begins with an underscore. In it are

- compacted files `part-00000.parquet` with the rows of many sources: they never change,
- copies of the files that are in none of them, under their own names: they are written and deleted together with their originals,
- `_sources.json`, written last: which version of which file is in which compacted file. With it, the generation is the current one.

So a generation can always be made anew from the files of the sources, and nothing else has to know of it: what replaces, retypes or erases
rows does so in the files of their source. The catalog's entry names the current generations. Those before them are kept for a day, for
readers that are still reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from lake_transforms.run_names import run_name, time_of_run
from lake_transforms.s3 import Location, ObjectStore, StoredObject

COMPACTED = "_compacted"
NOTE = "_sources.json"
_KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Generation:
    """One generation of one folder, and what is in it."""

    location: Location
    files: Mapping[str, StoredObject] = field(default_factory=dict)  # by name, without the note
    sources: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # ETags of files, by their names, by compacted file

    @property
    def covered(self) -> dict[str, str]:
        """The ETags of the files whose rows are in compacted ones, by name."""
        return {name: etag for files in self.sources.values() for name, etag in files.items()}

    @property
    def copies(self) -> dict[str, StoredObject]:
        """The files that are in no compacted one."""
        return {name: item for name, item in self.files.items() if name not in self.sources}


class Generations:
    """The generations of one table."""

    def __init__(self, store: ObjectStore, table: Location) -> None:
        self.store, self.table = store, table
        self.root = table.child(COMPACTED)
        self._runs: dict[str, dict[str, dict[str, StoredObject]]] = {}  # what was found, by folder, run and name
        self._whole: dict[str, set[str]] = {}  # the runs that have their note, by folder
        for item in store.objects(self.root):
            place, _, name = item.key[len(self.root.prefix) :].rpartition("/")
            folder, _, run = place.rpartition("/")
            if time_of_run(run):
                self._runs.setdefault(folder, {}).setdefault(run, {})[name] = item
                if name == NOTE:
                    self._whole.setdefault(folder, set()).add(run)
        self.current = {folder: self._read(folder, max(runs)) for folder, runs in self._whole.items()}
        self._compacted = {folder: _sources(generation) for folder, generation in self.current.items()}

    def location(self, folder: str) -> Location:
        """Return where the files of a folder are to be read."""
        if folder in self.current:
            return self.current[folder].location
        return self.table.child(folder) if folder else self.table

    def originals(self) -> dict[str, dict[str, StoredObject]]:
        """Return the files of the sources, by folder and name: all that readers of the table's root see."""
        found: dict[str, dict[str, StoredObject]] = {}
        for item in self.store.objects(self.table):
            if item.size and not item.name.startswith(("_", ".")) and not self.is_inside(item.key):
                found.setdefault(self._folder(item.key), {})[item.name] = item
        return found

    def is_inside(self, key: str) -> bool:
        """Return whether a key is that of an object in a generation, of a table with that root."""
        return key.startswith(self.root.prefix)

    def places(self, key: str) -> list[str]:
        """Return the keys under which the file of a source is to be: its own, and that of its copy in the current generation.

        As long as a generation has rows of an earlier version of the source, it gets no copies: the next generation has all at once.
        """
        folder, name = self._folder(key), key.rpartition("/")[2]
        if folder not in self.current or _source(name) in self._compacted[folder]:
            return [key]
        return [key, self.current[folder].location.prefix + name]

    def begin(self, folder: str) -> Location:
        """Return the prefix of a generation that is later than all others of its folder, whatever the clock says."""
        now = datetime.now(UTC)
        if last := time_of_run(max(self._runs.get(folder, ()), default="")):
            now = max(now, last + timedelta(seconds=1))
        run = run_name(now)
        self._runs.setdefault(folder, {})[run] = {}
        return self._prefix(folder, run)

    def commit(self, folder: str, location: Location, sources: Mapping[str, Mapping[str, str]]) -> None:
        """Make a generation the current one: everything else of it is there."""
        self.store.write_json(location.bucket, f"{location.prefix}{NOTE}", {"sources": sources})
        self.current[folder] = Generation(location, {}, sources)
        self._compacted[folder] = _sources(self.current[folder])
        self._whole.setdefault(folder, set()).add(location.prefix.split("/")[-2])

    def retired(self, until: datetime | None = None) -> Iterator[Location]:
        """Yield the generations that are not the current ones: replaced until then, or begun until then and never finished."""
        for folder, runs in self._runs.items():
            whole = self._whole.get(folder, set())
            for run in runs.keys() - ({max(whole)} if whole else set()):
                since = min((other for other in whole if other > run), default=run) if run in whole else run
                if until is None or (time_of_run(since) or until) < until:
                    yield self._prefix(folder, run)

    def remove_retired(self, now: datetime | None = None) -> None:
        """Delete what readers have had a day to finish reading, and what was never finished."""
        for location in list(self.retired((now or datetime.now(UTC)) - _KEPT)):
            self.store.delete_under(location)

    def _read(self, folder: str, run: str) -> Generation:
        location, files = self._prefix(folder, run), self._runs[folder][run]
        note = self.store.read_json(location.bucket, f"{location.prefix}{NOTE}") or {}
        return Generation(location, {name: item for name, item in files.items() if name != NOTE}, note.get("sources", {}))

    def _folder(self, key: str) -> str:
        return key[len(self.table.prefix) :].rpartition("/")[0]

    def _prefix(self, folder: str, run: str) -> Location:
        return self.root.child(folder, run) if folder else self.root.child(run)


def has_folders(folder: str, folders: Iterable[str]) -> bool:
    """Return whether one of the folders is inside another one."""
    return any(other != folder and (not folder or other.startswith(f"{folder}/")) for other in folders)


def _sources(generation: Generation) -> set[str]:
    """Return the hashes of the sources that have rows in compacted files."""
    return {_source(name) for name in generation.covered}


def _source(name: str) -> str:
    return name.partition("-")[0]
