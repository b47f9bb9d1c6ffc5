"""Lines of text in staging to typed rows, each either good or with the reason why it is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lake_transforms.casts import canonical_type, cast_text, misfit, physical_type
from lake_transforms.inference import keeps
from lake_transforms.options import CsvOptions, TableColumn, TableSchema
from lake_transforms.partitions import Partitions
from lake_transforms.progress import Reading
from lake_transforms.text_rows import LINE, REASON, RECORD, SOURCE

_FIRST_DOUBTFUL_YEAR = 2030  # spreadsheets take 30 for 1930, other tools for 2030


WHY = "why"
"""The column of the reasons why a row is refused: "" if it is good."""


@dataclass(frozen=True)
class TypedRows:
    """Rows of either kind. Each has its own condition: see `filters_in_place`."""

    good: DataFrame  # the columns of the schema, and the source under a name that none of them has
    refused: DataFrame  # source, line, why, record


def source_column(schema: TableSchema) -> str:
    """Return a name for the column of the source that no column of the table has."""
    taken = {name.lower() for name in schema.names}
    name = f"{SOURCE}_"
    while name in taken:
        name += "_"
    return name


def typed_rows(
    lines: DataFrame,
    readings: Iterable[Reading],
    schema: TableSchema,
    positions: Mapping[str, int],
    csv: CsvOptions,
    partitions: Partitions,
) -> TypedRows:
    """Return the rows of the lines.

    Each step is a projection of its own, which Spark does not merge with the next one as long as that uses a value twice: so a text is
    cast once, not once for each of its uses.
    """
    formats = _formats(readings)
    values, columns, reasons = [], [], []
    for column in schema.columns:
        if column.name not in positions:
            columns.append(F.lit(None).cast(physical_type(column.type)).alias(column.name))
            continue
        text, value = f"c{positions[column.name]}", f"v{positions[column.name]}"
        kind, found = canonical_type(column.type), formats.get(column.name, {})
        values.append(_value(column, text, found, csv).alias(value))
        columns.append(F.col(value).alias(column.name))
        reasons += _reasons(column, kind, text, F.col(value), found)
        if column.required:
            reasons.append(F.when(F.col(text).isNull(), F.lit(f"{column.name} is required, but empty")))
    reasons += partitions.reasons(positions)
    why = F.coalesce(F.col(REASON), F.concat_ws("; ", *reasons)).alias(WHY)
    rows = lines.select("*", *values).select("*", why)
    record = F.coalesce(F.col(RECORD), F.when(F.col(REASON).isNull(), _record(schema, positions))).alias(RECORD)
    return TypedRows(
        rows.filter(F.col(WHY) == "").select(*columns, F.col(SOURCE).alias(source_column(schema))),
        rows.filter(F.col(WHY) != "").select(SOURCE, F.col(LINE).cast("bigint").alias(LINE), WHY, record),
    )


def _formats(readings: Iterable[Reading]) -> dict[str, dict[tuple[str, ...], list[str]]]:
    """Return by column and formats the sources whose values have them."""
    found: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for reading in readings:
        for name, formats in reading.formats.items():
            found.setdefault(name, {}).setdefault(tuple(formats), []).append(reading.source.hash)
    return found


def _value(column: TableColumn, text: str, formats: Mapping[tuple[str, ...], list[str]], csv: CsvOptions) -> Column:
    kind = canonical_type(column.type)
    value = cast_text(text, kind, _formatted(csv, column.format) if column.format else csv)
    for found, sources in formats.items():
        if len(found) == 1:
            value = F.when(F.col(SOURCE).isin(*sources), cast_text(text, kind, _formatted(csv, found[0]))).otherwise(value)
    return value


def _formatted(csv: CsvOptions, format: str) -> CsvOptions:
    return replace(csv, date_format=format, timestamp_format=format)


def _reasons(column: TableColumn, kind: str, text: str, value: Column, formats: Mapping[tuple[str, ...], list[str]]) -> list[Column]:
    """Return the reasons why a value may not fit."""
    misfits = misfit(value, F.col(text), kind)
    if misfits is None:
        return []
    reason = F.lit(f"{column.name} is not {readable(kind)}")
    if column.inferred:
        bent = (F.trim(F.col(text)) != "") & ~F.coalesce(keeps(kind, text), F.lit(False))
        kept = F.lit(f"{column.name} is not exactly {readable(kind)}, as which an earlier run found it: declare its type")
        reason = F.when(misfits, reason).otherwise(kept)
        misfits = misfits | bent
    for found, sources in formats.items():
        inside = F.col(SOURCE).isin(*sources)
        if len(found) == 1 and found[0].count("y") == 2:  # 68 would become 2068
            of_any_century = inside & (F.year(value) >= _FIRST_DOUBTFUL_YEAR)
            misfits = misfits | of_any_century
            choice = F.lit(f"{column.name} may be of 19yy or 20yy: declare the format of the column")
            reason = F.when(of_any_century, choice).otherwise(reason)
        elif len(found) > 1:
            choice = F.lit(f"{column.name} may be {' or '.join(found)}: declare the format of the column")
            reason = F.when(inside, choice).otherwise(reason)
    return [F.when(misfits, reason)]


def _record(schema: TableSchema, positions: Mapping[str, int]) -> Column:
    """Return the row as it came: its fields by name, as JSON."""
    fields = [F.col(f"c{positions[name]}").alias(name) for name in schema.names if name in positions]
    return F.to_json(F.struct(*fields), {"ignoreNullFields": "false"}) if fields else F.lit(None)


def readable(kind: str) -> str:
    if kind.startswith("varchar"):
        return f"a text of at most {kind[8:-1]} characters"
    return f"an {kind}" if kind == "int" else f"a {kind}"
