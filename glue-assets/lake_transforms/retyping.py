"""One physical type for each column of a table: files of earlier runs get the types that the table has now, or the change is refused.

Readers such as Athena fail on a table whose files differ in a type. Most files are made anew from their sources when a type changes. Those
that stay, because their source is gone or because rows of it would be refused now, are rewritten, if every value of them fits the new type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from lake_transforms.casts import cast_text, misfit, physical_type
from lake_transforms.generations import Generations
from lake_transforms.manifests import Manifest
from lake_transforms.options import CsvOptions, TableSchema
from lake_transforms.rows import source_column
from lake_transforms.s3 import Location

Changes = tuple[tuple[str, str, str], ...]
"""Column, type in the files, type in the table."""


class TypesDiffer(Exception):
    """Rows that landed before do not fit the types that the table is to have. Nothing was changed."""


class Retyping:
    """Rewrites files into a prefix of the run, checks them, and then puts them in the place of the old ones."""

    def __init__(self, spark: SparkSession, generations: Generations, scratch: Location) -> None:
        self._spark, self._store, self._generations, self._scratch = spark, generations.store, generations, scratch
        self._target = generations.table
        self._table = self._target.prefix.rstrip("/").rpartition("/")[2]
        self._keys: dict[str, str] = {}  # by the name of the file
        self.manifests: dict[str, Manifest] = {}  # of the sources whose files are rewritten, as they are then

    def stage(self, staying: Mapping[str, Manifest], schema: TableSchema, partition_columns: tuple[str, ...]) -> None:
        """Rewrite the files of these manifests that have other types. Raises TypesDiffer if a value does not fit."""
        groups: dict[Changes, dict[str, Manifest]] = {}
        for name, manifest in staying.items():
            if manifest.files and (differing := changes(manifest, schema, partition_columns)):
                groups.setdefault(differing, {})[name] = manifest
        for differing, manifests in groups.items():
            self._rewrite(differing, manifests, schema)

    def publish(self) -> None:
        """Put the rewritten files in the place of the old ones."""
        staged = list(self._store.objects(self._scratch))
        files = [item for item in staged if item.name.endswith(".parquet")]
        copies = [(item, place) for item in files for place in self._generations.places(self._keys[_folder(item.key)])]
        self._store.each(lambda copy: self._store.copy(copy[0], self._target.bucket, copy[1]), copies)

    def _rewrite(self, differing: Changes, manifests: dict[str, Manifest], schema: TableSchema) -> None:
        keys = [key for manifest in manifests.values() for key in manifest.files]
        self._keys.update({_file(key): key for key in keys})
        types = {name: new for name, _, new in differing}
        sources = {_file(key): manifest.source for manifest in manifests.values() for key in manifest.files}
        try:
            frames = [self._read(keys)]
        except (PySparkException, Py4JJavaError):  # a run that died here has rewritten some of them already
            frames = [self._read([key]) for key in keys]
        for frame in frames:
            self._write(frame, types, sources, schema)
        self.manifests.update({name: replace(one, schema={**one.schema, **types}) for name, one in manifests.items()})

    def _read(self, keys: list[str]) -> DataFrame:
        return self._spark.read.option("mergeSchema", True).parquet(*(f"s3://{self._target.bucket}/{key}" for key in keys))

    def _write(self, old: DataFrame, types: Mapping[str, str], sources: Mapping[str, str], schema: TableSchema) -> None:
        names, kinds = old.columns, dict(old.dtypes)
        file = source_column(TableSchema.of(dict.fromkeys((*names, *schema.names), "string")))
        rows = old.toDF(*(f"c{index}" for index in range(len(names))))
        rows = rows.withColumn("file", F.regexp_extract(F.input_file_name(), r"([^/]+)\.parquet$", 1))
        converted = {name: _converted(f"c{names.index(name)}", kinds[name], new) for name, new in types.items() if name in names}
        for name, (value, origin) in _first_misfits(rows, names, converted).items():
            raise TypesDiffer(
                f"{self._table}: {name} cannot become {types[name]}: {value!r} of {sources[origin]} landed as {kinds[name]} and would have "
                f"to leave the table. Nothing was changed. Declare {name} as {kinds[name]}, or mend that object"
            )
        values = [(converted[name][0] if name in converted else F.col(f"c{index}")).alias(name) for index, name in enumerate(names)]
        retyped = rows.select(*values, F.col("file").alias(file))
        retyped.repartition(F.col(file)).write.mode("append").partitionBy(file).parquet(self._scratch.uri)


def _first_misfits(rows: DataFrame, names: list[str], converted: Mapping[str, tuple[Column, Column]]) -> dict[str, tuple[str, str]]:
    """Return a value that does not fit, and its file, for each column that has one."""
    examples = {name: F.struct(F.col(f"c{names.index(name)}").cast("string"), F.col("file")) for name in converted}
    firsts = [F.first(F.when(converted[name][1], example), ignorenulls=True) for name, example in examples.items()]
    found = rows.agg(*firsts).collect()[0] if firsts else []
    return {name: (example[0], example[1]) for name, example in zip(converted, found, strict=True) if example is not None}


def changes(manifest: Manifest, schema: TableSchema, partition_columns: tuple[str, ...]) -> Changes:
    """Return the columns whose type in the manifest's files is another than the table's."""
    columns = [column for column in schema.columns if column.name in manifest.schema and column.name not in partition_columns]
    kinds = [(column.name, physical_type(manifest.schema[column.name]), physical_type(column.type)) for column in columns]
    return tuple(change for change in kinds if change[1] != change[2])


def _converted(column: str, old: str, new: str) -> tuple[Column, Column]:
    """Return the value in its new type, and whether it does not fit: text as in a file, all else if it is not the same value any more."""
    if old == "string":
        value = cast_text(column, new, CsvOptions())
        bent = misfit(value, F.col(column), new)
        return value, F.lit(False) if bent is None else bent
    value = F.expr(f"try_cast({column} as {new})")
    back = value.cast(old)
    return value, F.col(column).isNotNull() & ~F.coalesce(back == F.col(column), F.lit(False))


def _file(key: str) -> str:
    return key.rpartition("/")[2].removesuffix(".parquet")


def _folder(key: str) -> str:
    """Return the value of the partition that a staged file is in."""
    return key.split("/")[-2].partition("=")[2]
