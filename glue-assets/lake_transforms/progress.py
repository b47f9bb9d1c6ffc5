"""How far a run has read, written beside its text: a run that is killed is not begun anew.

Each object of text has a note: what has been read so far of each source whose lines are in it. A later run of the same settings copies the
text of a run that was killed, as far as its notes go without a gap, and reads on from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from lake_transforms.s3 import Location, ObjectStore, StoredObject
from lake_transforms.sources import Source

NOWHERE = -1
"""In place of a position: the text cannot be cut there."""


@dataclass(frozen=True)
class Reading:
    """What was found in one object."""

    source: Source
    columns: tuple[str, ...] = ()  # by their names in the table; those of the path are the last
    path_columns: tuple[str, ...] = ()
    rows: int = 0
    unreadable: str | None = None  # not even rows can be told apart: counts as one refused row
    formats: dict[str, list[str]] = field(default_factory=dict)  # by column, where not all values are ISO 8601: the formats that fit


@dataclass(frozen=True)
class Stop:
    """A place between two records of an object, where reading can go on."""

    position: int  # in the bytes of the text, decompressed and without a byte order mark
    line: int  # the last one that was read
    width: int  # of the first record
    names: list[str] | None = None  # as the header has them
    refusal: str | None = None  # of all rows
    dates: dict[str, list[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """What has been read of one object: all of it, or up to a stop."""

    reading: Reading
    stop: Stop | None = None
    first: int = 0  # objects of text that have its lines
    last: int = 0

    def note(self) -> dict[str, Any]:
        reading = {name: value for name, value in vars(self.reading).items() if name != "source"}
        source = {**asdict(self.reading.source.object), "version": self.reading.source.version}
        return {"source": source, "reading": reading, "stop": asdict(self.stop) if self.stop else None, "first": self.first}

    @classmethod
    def of(cls, note: Mapping[str, Any], number: int) -> Progress:
        version = note["source"]["version"]
        source = Source(StoredObject(**{name: value for name, value in note["source"].items() if name != "version"}), version)
        told: dict[str, Any] = {name: tuple(value) if name.endswith("columns") else value for name, value in note["reading"].items()}
        return cls(Reading(source, **told), Stop(**note["stop"]) if note["stop"] else None, note["first"], number)


class Notes:
    """The notes of one run."""

    def __init__(self, store: ObjectStore, run: Location, settings: str) -> None:
        self._store, self._run, self.settings = store, run, settings
        self.progress: dict[str, Progress] = {}  # what an earlier run has read
        self.positions: dict[str, int] = {}  # of the values in a line, by column
        self.landed: frozenset[str] = frozenset()  # sources that have lines in the text, but are not to be brought

    def write(self, number: int, progress: Iterable[Progress], positions: Mapping[str, int]) -> None:
        """Write the note of an object of text, which must be there already."""
        content = {"settings": self.settings, "positions": dict(positions), "progress": [one.note() for one in progress]}
        self._store.write_json(self._run.bucket, _note(self._run, number), content)

    def adopt(self, run: Location, sources: Iterable[Source], landed: frozenset[str]) -> int:
        """Take over what a run that was killed has read of these sources; return how many objects of text that are.

        Nothing is taken over if one of its sources has changed since. `landed`: the sources that it brought to their end.
        """
        notes = self._read(run)
        found = {one.reading.source.hash: one for number, note in enumerate(notes) for one in _progress(note, number)}
        etags = {source.hash: source.object.etag for source in sources}
        begun = {hash: one for hash, one in found.items() if hash not in landed}
        if not begun or any(one.reading.source.object.etag != etags.get(hash) for hash, one in begun.items()):
            return 0
        self.progress, self.positions, self.landed = begun, notes[-1]["positions"], landed & found.keys()
        self._take(run, notes)
        return len(notes)

    def _read(self, run: Location) -> list[dict[str, Any]]:
        """Return the notes of a run without a gap, up to the last after which every source can be read on."""
        notes: list[dict[str, Any]] = []
        usable, stuck = 0, set()
        while (note := self._store.read_json(run.bucket, _note(run, len(notes)))) and note["settings"] == self.settings:
            for one in _progress(note, len(notes)):
                if one.stop and one.stop.position == NOWHERE:
                    stuck.add(one.reading.source.hash)
                else:
                    stuck.discard(one.reading.source.hash)
            notes.append(note)
            usable = usable if stuck else len(notes)
        return notes[:usable]

    def _take(self, run: Location, notes: list[dict[str, Any]]) -> None:
        """Copy the text and then its notes: the other run may be alive after all, and remove its own."""
        names = {f"{number:05d}.txt" for number in range(len(notes))}
        target = self._run.child("text")
        texts = [item for item in self._store.objects(run.child("text")) if item.name in names]
        self._store.each(lambda item: self._store.copy(item, target.bucket, target.prefix + item.name), texts)
        self._store.each(lambda item: self._store.write_json(self._run.bucket, _note(self._run, item[0]), item[1]), enumerate(notes))


def _progress(note: Mapping[str, Any], number: int) -> list[Progress]:
    return [Progress.of(one, number) for one in note["progress"]]


def _note(run: Location, number: int) -> str:
    return f"{run.prefix}read/{number:05d}.json"
