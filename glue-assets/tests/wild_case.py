"""A case of the tests of data as it is in the wild, and what holds for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lake_transforms import CsvOptions


@dataclass(frozen=True)
class Case:
    """Files in the order in which they arrive, one run each; the schema; and what is wanted with it and without one."""

    files: dict[str, bytes]
    types: dict[str, Any]
    rows: list[tuple[Any, ...]]  # in the order of the declared columns
    rows_inferred: list[tuple[Any, ...]] | None = None  # where they differ
    refused: dict[str, int] | None = None  # if the schema is declared
    refused_inferred: bool = False  # without one, too
    refused_only_inferred: bool = False
    csv: CsvOptions = CsvOptions()
    partition_columns: tuple[str, ...] = ()
    names_inferred: tuple[str, ...] = ()  # where they differ from the declared ones


def check(lake, case: Case, declared: bool) -> None:
    """Land the files, with the schema or without one: the rows, value by value, the reasons, and the sums."""
    found, refused = 0, {}
    for key, content in case.files.items():
        lake.put(key, content)
        result = lake.land(case.types if declared else None, csv=case.csv, partition_columns=case.partition_columns)
        found += result.rows_in
        refused |= result.reasons
    wanted = case.rows if declared or case.rows_inferred is None else case.rows_inferred
    columns = tuple(case.types) if declared else case.names_inferred or tuple(case.types)
    are_refused = not declared if case.refused_only_inferred else declared or case.refused_inferred
    wanted_refusals = (case.refused or {}) if are_refused else {}
    assert refused == wanted_refusals
    assert found == len(wanted) + sum(wanted_refusals.values())
    assert (lake.rows(*(f"`{column}`" for column in columns)) if wanted else lake.rows()) == sorted(wanted, key=repr)
