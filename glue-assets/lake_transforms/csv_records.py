"""CSV objects to typed rows, every row either good or with the reason why it is refused.

Spark's multi-line reader (univocity) does the parsing. Around it, what it lets pass:
- a row with too few or too many fields is filled or cut: it is refused;
- a quote that is never closed swallows the rest of the object into one value: refused as one row, with all that it swallowed;
- text after a closing quote ("a"b) makes it keep the quotes as part of the value, and a line end may hide inside: such rows are first
  set aside as *doubtful*, because a value may also really begin with a quote, and judged in a second look at the object (see `landing`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from itertools import groupby

from pyspark.sql import Column, DataFrame, DataFrameReader, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from lake_transforms.casts import canonical_type, cast_text
from lake_transforms.options import CsvOptions, TableSchema
from lake_transforms.sources import TAIL, Source, normal_name

SOURCE = "lake_source"  # the hash of the source's key
REASON = "lake_reason"
DOUBTFUL = "lake_doubtful"
RECORD = "lake_record"

UNCLOSED = "quote that is never closed"

_RAW = "raw"
_PATH = "path"
_LONG = TAIL - 1024


@dataclass(frozen=True)
class Verdict:
    """What the second look at the doubtful rows of an object found."""

    malformed: frozenset[str] = frozenset()  # hashes of the sources where some quotes are not escaped
    tails: tuple[tuple[str, str], ...] = ()  # hash and tail of the sources that have values as long as the tail


def read_rows(
    spark: SparkSession, sources: Iterable[Source], schema: TableSchema, options: CsvOptions, verdict: Verdict | None = None
) -> DataFrame:
    """The rows of the objects: the columns of the schema, typed, and the bookkeeping columns."""

    def alike(source: Source) -> tuple:
        # Spark takes a path with these for the whole set of paths, when there are several: such an object is read alone
        alone = source.object.key if set(source.object.key) & set("{}[]*?\\") else ""
        return (source.columns, source.line_separator, source.refusal or "", alone)

    groups = [list(group) for _, group in groupby(sorted(sources, key=alike), alike)]
    return reduce(DataFrame.unionByName, [_read_group(spark, group, schema, options, verdict) for group in groups])


def read_text(spark: SparkSession, sources: list[Source], options: CsvOptions, strict: bool = False) -> DataFrame:
    """The fields of the objects as text, in columns c0, c1, ... Rows whose number of fields differs also have their raw text."""
    count = len(sources[0].columns)
    fields = [StructField(name, StringType()) for name in [*_names(count), _RAW]]
    handling = "RAISE_ERROR" if strict else "STOP_AT_DELIMITER"
    reader = _reader(spark, sources, options).schema(StructType(fields)).option("unescapedQuoteHandling", handling)
    return reader.csv([source.object.uri for source in sources])


def _reader(spark: SparkSession, sources: list[Source], options: CsvOptions) -> DataFrameReader:
    return (
        spark.read.option("multiLine", True)
        .option("mode", "PERMISSIVE")
        .option("columnNameOfCorruptRecord", _RAW)
        .option("header", options.header)
        .option("enforceSchema", True)
        .option("columnPruning", False)
        .option("sep", options.delimiter)
        .option("quote", options.quote)
        .option("escape", options.escape)
        .option("encoding", options.encoding)
        .option("maxCharsPerColumn", -1)
        # fixed, because its detection takes the first line end for all, and would rewrite those inside of values
        .option("lineSep", sources[0].line_separator)
        .option("__globPaths__", False)  # a key may hold [ ] { } * ?
    )


def infer_schema(spark: SparkSession, sources: list[Source], options: CsvOptions) -> TableSchema:
    """Without a declared schema and before a crawler has been there: Spark's inference on the new objects."""
    readable = [source for source in sources if source.columns and not source.refusal and not source.unreadable]
    if not readable:
        return TableSchema(())
    first = [source for source in readable if source.columns == readable[0].columns]
    rows = _reader(spark, first, options).option("inferSchema", True).csv([source.object.uri for source in first])
    kinds = [field.dataType.simpleString() for field in rows.schema.fields]
    wider = {"int": "bigint", "void": "string"}
    return TableSchema.of({name.strip().lower(): wider.get(kind, kind) for name, kind in zip(readable[0].columns, kinds, strict=True)})


def _names(count: int) -> list[str]:
    return [f"c{index}" for index in range(count)]


def _read_group(spark: SparkSession, sources: list[Source], schema: TableSchema, options: CsvOptions, verdict: Verdict | None) -> DataFrame:
    names = _names(len(sources[0].columns))
    rows = read_text(spark, sources, options).withColumn(_PATH, _source_hash(sources))
    rows = rows.filter(_is_a_row(names)).select(
        *[_cleaned(name, name == names[-1], options).alias(name) for name in names], _RAW, F.col(_PATH).alias(SOURCE)
    )
    reasons = [_structure_reason(names, sources, options, verdict)]
    typed: list[Column] = []
    if sources[0].refusal:
        reasons.append(F.lit(sources[0].refusal))
        typed = [F.lit(None).cast(_spark_type(column.type)).alias(column.name) for column in schema.columns]
    else:
        position = {normal_name(name): index for index, name in enumerate(sources[0].columns)}
        for column in schema.columns:
            kind = canonical_type(column.type)
            value, misfit = cast_text(names[position[normal_name(column.name)]], kind, options)
            typed.append(value.alias(column.name))
            if misfit is not None:
                reasons.append(F.when(misfit, F.lit(f"{column.name} is not {_readable(kind)}")))
    structure, *others = reasons
    reason = F.coalesce(structure, F.when(F.coalesce(*others).isNotNull(), F.concat_ws("; ", *others))) if others else structure
    doubtful = _begins_with_quote(names, options) | F.coalesce(F.length(names[-1]) > _LONG, F.lit(False))
    return rows.select(*typed, SOURCE, reason.alias(REASON), doubtful.alias(DOUBTFUL), _record(names, sources[0]).alias(RECORD))


def _source_hash(sources: list[Source]) -> Column:
    if len(sources) == 1:
        return F.lit(sources[0].hash)
    # s3://bucket/key, percent-encoded as a URI is: unlike in a form, + means itself
    key = F.expr("url_decode(replace(regexp_replace(_metadata.file_path, '^[a-z0-9]+://[^/]+/', ''), '+', '%2B'))")
    return F.substring(F.sha2(key, 256), 1, 16)


def _is_a_row(names: list[str]) -> Column:
    """Blank lines are no rows. Of Windows' line ends the reader leaves a carriage return, which makes the line look like a field."""
    blank = F.expr(f"trim(BOTH ' \\t\\r\\n' FROM {_RAW}) = ''") if len(names) > 1 else F.col(names[0]) == "\r"
    return ~F.coalesce(blank, F.lit(False))


def _cleaned(name: str, last: bool, options: CsvOptions) -> Column:
    value = F.col(name)
    if last:
        value = F.when(value.endswith("\r"), F.expr(f"substring({name}, 1, length({name}) - 1)")).otherwise(value)
    empty = value.isin("", options.null_value) if options.null_value else value == ""
    return F.when(~empty, value)


def _any(names: list[str], test: Callable[[Column], Column]) -> Column:
    return reduce(Column.__or__, [F.coalesce(test(F.col(name)), F.lit(False)) for name in names])


def _begins_with_quote(names: list[str], options: CsvOptions) -> Column:
    return _any(names, lambda value: value.startswith(options.quote))


def _equals(name: str, value: str | None) -> Column:
    if value is None or len(value) < 1000:
        return F.col(name).eqNullSafe(F.lit(value))
    # it may have swallowed megabytes: too long to have it in the query
    same = (F.length(name) == len(value)) & (F.sha2(name, 256) == hashlib.sha256(value.encode()).hexdigest())
    return F.coalesce(same, F.lit(False))


def _structure_reason(names: list[str], sources: list[Source], options: CsvOptions, verdict: Verdict | None) -> Column:
    quote, raw, last = _sql(options.quote), F.col(_RAW), F.col(names[-1])
    odd = F.expr(f"(length({_RAW}) - length(replace({_RAW}, '{quote}', ''))) % 2 = 1")
    reason = (
        F.when(raw.isNotNull() & odd, F.lit(UNCLOSED))
        .when(raw.isNotNull(), F.lit("wrong number of fields"))
        .when(_any(names, lambda value: value.contains("\ufffd")), F.lit(f"not {options.encoding} text"))
    )
    for source in sources:
        if source.open_row and len(source.open_row) == len(names):
            same = reduce(Column.__and__, [_equals(name, value) for name, value in zip(names, source.open_row, strict=True)])
            reason = reason.when((F.col(SOURCE) == source.hash) & same, F.lit(UNCLOSED))
    if verdict is None:
        return reason
    for name, tail in verdict.tails:
        swallowed = F.expr(f"endswith(replace({names[-1]}, '{quote}', ''), '{_sql(tail)}')")
        reason = reason.when((F.col(SOURCE) == name) & (F.length(last) > _LONG) & swallowed, F.lit(UNCLOSED))
    if verdict.malformed:
        begins = _begins_with_quote(names, options)
        reason = reason.when(F.col(SOURCE).isin(*verdict.malformed) & begins, F.lit("text after a closing quote"))
    return reason


def _record(names: list[str], source: Source) -> Column:
    """The row as it came: its fields by the names of its header, or its raw text when the fields are not to be trusted."""
    fields = F.struct(*[F.col(name).alias(column) for name, column in zip(names, _distinct(source.columns), strict=True)])
    return F.coalesce(F.col(_RAW), F.to_json(fields, {"ignoreNullFields": "false"}))


def _distinct(columns: tuple[str, ...]) -> list[str]:
    seen: dict[str, int] = {}
    names = []
    for index, column in enumerate(columns):
        name = column if column.strip() and column.lower() not in seen else f"{column.strip() or 'column'}_{index + 1}"
        seen[name.lower()] = index
        names.append(name)
    return names


def _spark_type(declared: str) -> str:
    kind = canonical_type(declared)
    return "string" if kind.startswith("varchar") else kind


def _readable(kind: str) -> str:
    if kind.startswith("varchar"):
        return f"a text of at most {kind[8:-1]} characters"
    return f"an {kind}" if kind == "int" else f"a {kind}"


def _sql(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
