"""Glue's transforms as classes with `apply`: each calls the method of `DynamicFrame` that does it."""

from __future__ import annotations

from typing import Any

from pyspark.sql import functions as F
from pyspark.sql.types import NullType

from .dynamicframe import DynamicFrame


class ApplyMapping:
    @staticmethod
    def apply(frame: DynamicFrame, mappings: Any, **options: Any) -> DynamicFrame:
        return frame.apply_mapping(mappings, **options)


class SelectFields:
    @staticmethod
    def apply(frame: DynamicFrame, paths: Any, **options: Any) -> DynamicFrame:
        return frame.select_fields(paths, **options)


class DropFields:
    @staticmethod
    def apply(frame: DynamicFrame, paths: Any, **options: Any) -> DynamicFrame:
        return frame.drop_fields(paths, **options)


class RenameField:
    @staticmethod
    def apply(frame: DynamicFrame, old_name: str, new_name: str, **options: Any) -> DynamicFrame:
        return frame.rename_field(old_name, new_name, **options)


class ResolveChoice:
    @staticmethod
    def apply(frame: DynamicFrame, specs: Any = None, choice: str = "", **options: Any) -> DynamicFrame:
        return frame.resolveChoice(specs, choice, **options)


class Filter:
    @staticmethod
    def apply(frame: DynamicFrame, f: Any, **options: Any) -> DynamicFrame:
        return frame.filter(f, **options)


class Map:
    @staticmethod
    def apply(frame: DynamicFrame, f: Any, **options: Any) -> DynamicFrame:
        return frame.map(f, **options)


class Join:
    @staticmethod
    def apply(frame1: DynamicFrame, frame2: DynamicFrame, keys1: Any, keys2: Any, **options: Any) -> DynamicFrame:
        return frame1.join(keys1, keys2, frame2, **options)


class DropNullFields:
    """Without the columns that hold nothing at all."""

    @staticmethod
    def apply(frame: DynamicFrame, **options: Any) -> DynamicFrame:
        data = frame.toDF()
        if not data.columns:
            return frame
        [filled] = data.agg(*[F.count(F.col(f"`{name}`")).alias(name) for name in data.columns]).collect()
        empty = [field.name for field in data.schema if isinstance(field.dataType, NullType) or not filled[field.name]]
        return frame.drop_fields(empty)
