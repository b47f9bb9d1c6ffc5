"""The catalog's entry of a table in the next zone: made, or adopted from a crawler, and kept by the job that writes the table.

An entry is current as soon as the job has landed something: nothing has to crawl the files first, and a table can be queried although the
job of another one failed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from lake_transforms.casts import canonical_type
from lake_transforms.catalog import Catalog
from lake_transforms.generations import Generations
from lake_transforms.options import TableSchema


@dataclass(frozen=True)
class TableEntry:
    """Where a table stands in the catalog."""

    database: str
    table: str


def register(
    catalog: Catalog,
    entry: TableEntry,
    generations: Generations,
    schema: TableSchema,
    partition_columns: Iterable[str],
    files: Iterable[str],
) -> None:
    """Make the entry say what there is of a table: columns, partition keys, and a partition for each folder that has files.

    `files` are the keys of the files of all sources. Folders that Hive's naming does not explain are no partitions.
    """
    keys = [name.lower() for name in partition_columns]
    types = {column.name.lower(): canonical_type(column.type) for column in schema.columns}
    columns = {name: kind for name, kind in types.items() if name not in keys}
    location = generations.table
    catalog.keep(entry.database, entry.table, location if keys else generations.location(""), columns, {name: types[name] for name in keys})
    if keys:
        folders = {key[len(location.prefix) :].rpartition("/")[0] for key in files}
        found = {values: generations.location(folder) for folder in folders if (values := _values(folder, keys)) is not None}
        catalog.keep_partitions(entry.database, entry.table, location, found)


def _values(folder: str, keys: list[str]) -> tuple[str, ...] | None:
    """Return a folder's partition values as they were before they became names of folders."""
    parts = [part.partition("=") for part in folder.split("/")]
    if [unquote(name).lower() for name, _, _ in parts] != keys:
        return None
    return tuple(unquote(value) for _, _, value in parts)
