"""Which files make a table, and which folders are its partitions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from .classify import Schema
from .listing import S3Object, split

_PARTITION = re.compile(r"([^=/]+)=([^/]*)")
# Schemas with at least this share of common column names are one table's.
_SIMILAR = 0.7


@dataclass
class FoundTable:
    """One table: its folder, its files, and per folder below it the values of its partition keys."""

    name: str
    location: str
    objects: list[S3Object]
    partition_keys: list[str] = field(default_factory=list)
    partitions: dict[tuple[str, ...], str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(item.size for item in self.objects)


def tables(
    path: str, objects: list[S3Object], level: int | None, combine: bool, schema_of: Callable[[S3Object], Schema | None]
) -> Iterator[FoundTable]:
    """Return the tables under a target. `level`: the folder that is a table, the bucket being 1 (TableLevelConfiguration)."""
    if not objects:
        return
    bucket, prefix = split(path)
    if len(objects) == 1 and objects[0].key == prefix:
        name = re.sub(r"\.[^.]*$", "", prefix.rsplit("/", 1)[-1])
        yield FoundTable(table_name(name), objects[0].path, objects)
        return
    if level is not None:
        groups: dict[str, list[S3Object]] = {}
        for item in objects:
            folders = item.key.split("/")[:-1]
            groups.setdefault("".join(f"{folder}/" for folder in folders[: level - 1]), []).append(item)
        for folder in sorted(groups):
            yield one_table(f"s3://{bucket}/{folder}", groups[folder])
        return
    root = prefix if not prefix or prefix.endswith("/") else f"{prefix}/"
    yield from _grouped(bucket, root, objects, combine, schema_of)


def _grouped(
    bucket: str, folder: str, objects: list[S3Object], combine: bool, schema_of: Callable[[S3Object], Schema | None]
) -> Iterator[FoundTable]:
    """Yield tables as Glue finds them without a table level: a folder whose files are alike is one, else each folder below is looked at."""
    children: dict[str, list[S3Object]] = {}
    direct = []
    for item in objects:
        below, slash, _ = item.key[len(folder) :].partition("/")
        if slash:
            children.setdefault(below, []).append(item)
        else:
            direct.append(item)
    samples = [*direct[:2], *(items[0] for items in children.values())]
    if not children or all(_PARTITION.fullmatch(child) for child in children) or _alike(samples, combine, schema_of):
        yield one_table(f"s3://{bucket}/{folder}", objects)
        return
    for child in sorted(children):
        yield from _grouped(bucket, f"{folder}{child}/", children[child], combine, schema_of)
    for item in direct:
        yield FoundTable(table_name(item.key.rsplit("/", 1)[-1].replace(".", "_")), item.path, [item])


def _alike(samples: list[S3Object], combine: bool, schema_of: Callable[[S3Object], Schema | None]) -> bool:
    schemas = [schema for schema in map(schema_of, samples) if schema is not None]
    if len(schemas) < 2:
        return len(samples) < 2
    first = schemas[0]
    for other in schemas[1:]:
        if other.classification != first.classification:
            return False
        names, others = set(first.names), set(other.names)
        if not combine and len(names & others) < _SIMILAR * max(len(names), len(others), 1):
            return False
        if combine and not names & others:
            return False
    return True


def one_table(location: str, objects: list[S3Object]) -> FoundTable:
    """Return a folder as a table. Folders below it are partitions: `key=value`, or partition_0 and so on without names."""
    bucket, prefix = split(location)
    folder = prefix if not prefix or prefix.endswith("/") else f"{prefix}/"
    found = FoundTable(table_name(folder.rstrip("/").rsplit("/", 1)[-1] or bucket), f"s3://{bucket}/{folder}", objects)
    depths = {item.key[len(folder) :].count("/") for item in objects}
    # Files at different depths have no common partition keys.
    depth = depths.pop() if len(depths) == 1 else 0
    if not depth:
        return found
    for item in objects:
        parts = item.key[len(folder) :].split("/")[:-1]
        matches = [_PARTITION.fullmatch(part) for part in parts]
        keys = [match.group(1).lower() if match else f"partition_{index}" for index, match in enumerate(matches)]
        found.partition_keys = found.partition_keys or keys
        # Spark and Hive escape what a folder's name cannot hold: a value is what was escaped.
        values = tuple(unquote(match.group(2)) if match else part for match, part in zip(matches, parts, strict=True))
        found.partitions.setdefault(values, f"s3://{bucket}/{folder}{'/'.join(parts)}/")
    return found


def table_name(name: str) -> str:
    """Return a table's name as Glue forms it: in lower case, with everything but letters, digits and underscores replaced."""
    return re.sub(r"[^a-z0-9_]", "_", name.lower())[:128]
