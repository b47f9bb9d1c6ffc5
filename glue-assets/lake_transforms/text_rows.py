"""The rows between reading and casting: lines of text in staging, which Spark splits at every block and reads with no rules of CSV.

A line is a record: the hash of its source, its line number there, the reason if it is refused already, the record as it came, and its
values. The control characters that end fields and lines are escaped where a value has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from threading import Lock

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lake_transforms.content import BAD_CHARACTER
from lake_transforms.progress import Notes, Progress, Reading, Stop
from lake_transforms.s3 import Location, ObjectStore

TEXT_FORMAT = 2
"""Of the lines, and of what is noted about them: other versions' text is not taken over."""

SOURCE, LINE, REASON, RECORD = "source", "line", "reason", "record"
FIXED = (SOURCE, LINE, REASON, RECORD)

_SEPARATOR, _ESCAPE = "\x1f", "\x1e"
_ESCAPES = {_ESCAPE: "\x1e0", "\n": "\x1e1", "\r": "\x1e2", _SEPARATOR: "\x1e3"}
_SPECIAL = re.compile("[\x1e\x1f\n\r]")
_TABLE = str.maketrans(_ESCAPES)
_PART_CHARACTERS = 16 * 1024 * 1024


def encode(fields: Iterable[str]) -> str:
    """Return one line, with its end."""
    fields = list(fields)
    line = _SEPARATOR.join(fields)
    if _SPECIAL.search(line.replace(_SEPARATOR, "")) or line.count(_SEPARATOR) >= len(fields):
        line = _SEPARATOR.join(field.translate(_TABLE) for field in fields)
    return line + "\n"


class TextWriter:
    """Collects lines, from any thread, and puts them into objects of bounded size, each with a note of how far its sources are read."""

    def __init__(self, store: ObjectStore, location: Location, notes: Notes | None = None, parts: int = 0) -> None:
        self.store, self.location, self._notes = store, location, notes
        self._lines: list[str] = []
        self._size = 0
        self.parts = parts  # objects that are there
        self._lock = Lock()
        self._progress: dict[str, Progress] = {}  # since the last object
        self.objects: dict[str, tuple[int, int]] = {}  # by source: the first and the last object that has its lines
        self.positions: Mapping[str, int] = {}  # of the values in a line, by column

    def write(self, lines: list[str], reading: Reading, stop: Stop | None = None) -> None:
        """Take lines of one source. With them, it has been read up to a stop; without one, to its end."""
        with self._lock:
            self._lines += lines
            self._size += sum(map(len, lines))
            hash = reading.source.hash
            self.objects[hash] = first, last = self.objects.get(hash, (self.parts, 0))[0], self.parts
            self._progress[hash] = Progress(reading, stop, first, last)
            if self._size < _PART_CHARACTERS:
                return
        self.flush()

    def flush(self) -> None:
        with self._lock:
            lines, self._lines, self._size = self._lines, [], 0
            progress, self._progress = self._progress, {}
            number, self.parts = self.parts, self.parts + bool(lines)
            positions = dict(self.positions)
        if lines:
            body = "".join(lines).replace(BAD_CHARACTER, "\ufffd").encode()
            self.store.put(self.location.bucket, self.key(number), body)
            if self._notes:
                self._notes.write(number, progress.values(), positions)

    def key(self, number: int) -> str:
        return f"{self.location.prefix}{number:05d}.txt"


def read_text_rows(spark: SparkSession, uris: list[str], values: int) -> DataFrame:
    """Return the lines as columns: the fixed ones, and the values as text in c0, c1, ... An empty value is NULL."""
    lines = spark.read.option("lineSep", "\n").text(uris)
    parts = lines.select(F.split("value", _SEPARATOR, -1).alias("parts"), F.contains("value", F.lit(_ESCAPE)).alias("is_escaped"))
    names = [*FIXED, *(f"c{index}" for index in range(values))]
    return parts.selectExpr(*[f"{_decoded(f'parts[{index}]')} as {name}" for index, name in enumerate(names)])


def _decoded(text: str) -> str:
    """Return the SQL of a value. One text for Spark's parser: each call from Python to Java takes longer than a row."""
    decoded = text
    for character, escaped in reversed(_ESCAPES.items()):
        decoded = f"replace({decoded}, {_literal(escaped)}, {_literal(character)})"
    return f"case when {text} != '' then case when is_escaped then {decoded} else {text} end end"


def _literal(text: str) -> str:
    return "'" + "".join(f"\\u{ord(character):04x}" for character in text) + "'"
