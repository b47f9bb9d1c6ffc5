"""Lines of text in staging to typed rows, each either good or with the reason why it is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lake_transforms.casts import canonical_type, cast_text, physical_type
from lake_transforms.inference import keeps
from lake_transforms.options import CsvOptions, TableColumn, TableSchema
from lake_transforms.partitions import Partitions
from lake_transforms.progress import Reading
from lake_transforms.text_rows import FIXED, LINE, REASON, RECORD, SOURCE

_FIRST_DOUBTFUL_YEAR = 2030  # spreadsheets take 30 for 1930, other tools for 2030


@dataclass(frozen=True)
class Names:
    """Names of the bookkeeping columns that no column of the table has."""

    source: str
    line: str
    reason: str
    record: str

    @classmethod
    def beside(cls, schema: TableSchema) -> Names:
        taken = {name.lower() for name in schema.names}
        suffix = "_"
        while any(f"{name}{suffix}" in taken for name in FIXED):
            suffix += "_"
        return cls(*(f"{name}{suffix}" for name in (SOURCE, LINE, REASON, RECORD)))

    @property
    def all(self) -> tuple[str, ...]:
        return (self.source, self.line, self.reason, self.record)


def typed_rows(
    lines: DataFrame,
    readings: Iterable[Reading],
    schema: TableSchema,
    positions: Mapping[str, int],
    csv: CsvOptions,
    names: Names,
    partitions: Partitions,
) -> DataFrame:
    """Return the columns of the schema, typed, and the bookkeeping columns."""
    formats = _formats(readings)
    values, reasons = [], []
    for column in schema.columns:
        if column.name not in positions:
            values.append(F.lit(None).cast(physical_type(column.type)).alias(column.name))
            continue
        text = f"c{positions[column.name]}"
        value, column_reasons = _typed(column, text, formats.get(column.name, {}), csv)
        values.append(value.alias(column.name))
        reasons += column_reasons
        if column.required:
            reasons.append(F.when(F.col(text).isNull(), F.lit(f"{column.name} is required, but empty")))
    reasons += partitions.reasons(positions)
    given = F.col(REASON)
    refused = F.coalesce(*reasons).isNotNull() if reasons else F.lit(False)
    reason = F.coalesce(given, F.when(refused, F.concat_ws("; ", *reasons)))
    return lines.select(
        *values,
        F.col(SOURCE).alias(names.source),
        F.col(LINE).cast("bigint").alias(names.line),
        reason.alias(names.reason),
        F.coalesce(F.col(RECORD), F.when(given.isNull(), _record(schema, positions))).alias(names.record),
    )


def _formats(readings: Iterable[Reading]) -> dict[str, dict[tuple[str, ...], list[str]]]:
    """Return by column and formats the sources whose values have them."""
    found: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for reading in readings:
        for name, formats in reading.formats.items():
            found.setdefault(name, {}).setdefault(tuple(formats), []).append(reading.source.hash)
    return found


def _typed(column: TableColumn, text: str, formats: Mapping[tuple[str, ...], list[str]], csv: CsvOptions) -> tuple[Column, list[Column]]:
    """Return the value, and the reasons why it may not fit."""
    kind = canonical_type(column.type)
    if column.format:
        csv = replace(csv, date_format=column.format, timestamp_format=column.format)
    value, misfit = cast_text(text, kind, csv)
    if misfit is None:
        return value, []
    reason = F.lit(f"{column.name} is not {readable(kind)}")
    if column.inferred:
        bent = (F.trim(F.col(text)) != "") & ~F.coalesce(keeps(kind, text), F.lit(False))
        kept = F.lit(f"{column.name} is not exactly {readable(kind)}, as which an earlier run found it: declare its type")
        reason = F.when(misfit, reason).otherwise(kept)
        misfit = misfit | bent
    for found, sources in formats.items():
        inside = F.col(SOURCE).isin(*sources)
        if len(found) == 1:
            other, other_misfit = cast_text(text, kind, replace(csv, date_format=found[0], timestamp_format=found[0]))
            value = F.when(inside, other).otherwise(value)
            misfit = F.when(inside, other_misfit).otherwise(misfit)
            if found[0].count("y") == 2:  # 68 would become 2068
                of_any_century = inside & (F.year(other) >= _FIRST_DOUBTFUL_YEAR)
                misfit = misfit | of_any_century
                choice = F.lit(f"{column.name} may be of 19yy or 20yy: declare the format of the column")
                reason = F.when(of_any_century, choice).otherwise(reason)
        elif found:
            choice = F.lit(f"{column.name} may be {' or '.join(found)}: declare the format of the column")
            reason = F.when(inside, choice).otherwise(reason)
    return value, [F.when(misfit, reason)]


def _record(schema: TableSchema, positions: Mapping[str, int]) -> Column:
    """Return the row as it came: its fields by name, as JSON."""
    fields = [F.col(f"c{positions[name]}").alias(name) for name in schema.names if name in positions]
    return F.to_json(F.struct(*fields), {"ignoreNullFields": "false"}) if fields else F.lit(None)


def readable(kind: str) -> str:
    if kind.startswith("varchar"):
        return f"a text of at most {kind[8:-1]} characters"
    return f"an {kind}" if kind == "int" else f"a {kind}"
