"""`DynamicFrame` on a Spark DataFrame: the operations that scripts use most. A column here has one type, never a choice of types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F


class Context(Protocol):
    """What frames, readers and writers need of a `GlueContext`."""

    def create_dynamic_frame_from_catalog(self, database: str, table_name: str, *args: Any, **options: Any) -> DynamicFrame: ...

    def create_dynamic_frame_from_options(self, connection_type: str, *args: Any, **options: Any) -> DynamicFrame: ...

    def write_dynamic_frame_from_catalog(
        self, frame: DynamicFrame, database: str, table_name: str, *args: Any, **options: Any
    ) -> DynamicFrame: ...

    def write_dynamic_frame_from_options(self, frame: DynamicFrame, connection_type: str, *args: Any, **options: Any) -> DynamicFrame: ...


_SPARK_TYPES = {"long": "bigint", "short": "smallint", "byte": "tinyint"}


def _column(path: str) -> Any:
    """A column by its path in Glue's notation: `a.b` is a field of a struct unless a column has that very name."""
    return F.col(path)


class DynamicFrame:
    def __init__(self, data: DataFrame, glue_ctx: Context, name: str = "") -> None:
        self._data = data
        self.glue_ctx = glue_ctx
        self.name = name

    @classmethod
    def fromDF(cls, dataframe: DataFrame, glue_ctx: Context, name: str = "") -> DynamicFrame:
        return cls(dataframe, glue_ctx, name)

    def toDF(self, options: Any = None) -> DataFrame:
        return self._data

    def _with(self, data: DataFrame) -> DynamicFrame:
        return DynamicFrame(data, self.glue_ctx, self.name)

    # -- looking ------------------------------------------------------------------------------------------------------------------
    def count(self) -> int:
        return self._data.count()

    def schema(self) -> Any:
        return self._data.schema

    def printSchema(self) -> None:
        self._data.printSchema()

    def show(self, num_rows: int = 20) -> None:
        for line in self._data.limit(num_rows).toJSON().collect():
            print(line)

    def errorsCount(self) -> int:
        return 0

    # -- transforming -------------------------------------------------------------------------------------------------------------
    def select_fields(self, paths: Sequence[str], transformation_ctx: str = "", **_: Any) -> DynamicFrame:
        present = [path for path in paths if path.split(".")[0] in self._data.columns]
        return self._with(self._data.select(*[_column(path) for path in present]))

    def drop_fields(self, paths: Sequence[str], transformation_ctx: str = "", **_: Any) -> DynamicFrame:
        data = self._data
        for path in [paths] if isinstance(paths, str) else paths:
            column, _dot, field = path.replace("`", "").partition(".")
            if path.strip("`") in data.columns or not field:
                data = data.drop(path.strip("`"))
            elif column in data.columns:
                data = data.withColumn(column, F.col(f"`{column}`").dropFields(field))
        return self._with(data)

    def rename_field(self, oldName: str, newName: str, transformation_ctx: str = "", **_: Any) -> DynamicFrame:
        return self._with(self._data.withColumnRenamed(oldName, newName))

    def apply_mapping(self, mappings: Sequence[tuple[str, ...]], case_sensitive: bool = False, **_: Any) -> DynamicFrame:
        columns = []
        for source, *rest in mappings:
            # (source, type) keeps the name; (source, type, target, type) names and casts.
            target, kind = (rest[1], rest[2]) if len(rest) == 3 else (source, rest[-1])
            if source.split(".")[0].strip("`") in self._data.columns:
                columns.append(_column(source).cast(_SPARK_TYPES.get(kind, kind)).alias(target))
        return self._with(self._data.select(*columns))

    def resolveChoice(
        self,
        specs: Sequence[tuple[str, str]] | None = None,
        choice: str = "",
        transformation_ctx: str = "",
        **_: Any,
    ) -> DynamicFrame:
        data = self._data
        for path, action in specs or []:
            if action.startswith("cast:"):
                kind = action.removeprefix("cast:")
                data = data.withColumn(path, _column(path).cast(_SPARK_TYPES.get(kind, kind)))
        return self._with(data)

    def filter(self, f: Callable[[Row], bool], transformation_ctx: str = "", **_: Any) -> DynamicFrame:
        session = self._data.sparkSession
        return self._with(session.createDataFrame(self._data.rdd.filter(f), self._data.schema))

    def map(self, f: Callable[[dict[str, Any]], dict[str, Any]], transformation_ctx: str = "", **_: Any) -> DynamicFrame:
        session = self._data.sparkSession
        mapped = self._data.rdd.map(lambda row: Row(**f(row.asDict(recursive=True))))
        return self._with(session.createDataFrame(mapped))

    def join(self, paths1: str | Sequence[str], paths2: str | Sequence[str], frame2: DynamicFrame, **_: Any) -> DynamicFrame:
        # One key may be given by itself.
        paths1, paths2 = ([paths] if isinstance(paths, str) else paths for paths in (paths1, paths2))
        left, right = self._data, frame2.toDF()
        # As Glue: a column of the right that the left has too gets a dot in front.
        renamed = {name: f".{name}" for name in right.columns if name in left.columns}
        for name, new in renamed.items():
            right = right.withColumnRenamed(name, new)
        condition = [left[a] == right[f"`{renamed.get(b, b)}`"] for a, b in zip(paths1, paths2, strict=True)]
        return self._with(left.join(right, condition, "inner"))

    def union(self, frame: DynamicFrame, **_: Any) -> DynamicFrame:
        return self._with(self._data.unionByName(frame.toDF(), allowMissingColumns=True))

    def repartition(self, num_partitions: int, **_: Any) -> DynamicFrame:
        return self._with(self._data.repartition(num_partitions))

    def coalesce(self, num_partitions: int, shuffle: bool = False, **_: Any) -> DynamicFrame:
        return self._with(self._data.coalesce(num_partitions))


class DynamicFrameReader:
    """`glueContext.create_dynamic_frame`."""

    def __init__(self, glue_context: Context) -> None:
        self._glue_context = glue_context

    def from_catalog(self, database: str, table_name: str, *args: Any, **options: Any) -> DynamicFrame:
        return self._glue_context.create_dynamic_frame_from_catalog(database, table_name, *args, **options)

    def from_options(self, connection_type: str, *args: Any, **options: Any) -> DynamicFrame:
        return self._glue_context.create_dynamic_frame_from_options(connection_type, *args, **options)


class DynamicFrameWriter:
    """`glueContext.write_dynamic_frame`."""

    def __init__(self, glue_context: Context) -> None:
        self._glue_context = glue_context

    def from_catalog(self, frame: DynamicFrame, database: str, table_name: str, *args: Any, **options: Any) -> DynamicFrame:
        return self._glue_context.write_dynamic_frame_from_catalog(frame, database, table_name, *args, **options)

    def from_options(self, frame: DynamicFrame, connection_type: str, *args: Any, **options: Any) -> DynamicFrame:
        return self._glue_context.write_dynamic_frame_from_options(frame, connection_type, *args, **options)
