"""CREATE EXTERNAL TABLE, Hive's DDL, as a table of Glue; and back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .catalog import CatalogTable
from .errors import AthenaError
from .names import NAME, split_name
from .values import duckdb_type

if TYPE_CHECKING:
    from .engine import Engine

_TEXT = {
    "input": "org.apache.hadoop.mapred.TextInputFormat",
    "output": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
    "serde": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
}
FORMATS: dict[str, dict[str, str]] = {
    "TEXTFILE": _TEXT,
    "JSON": {**_TEXT, "serde": "org.openx.data.jsonserde.JsonSerDe"},
    "PARQUET": {
        "input": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "output": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "serde": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    },
}


def table_input(
    name: str,
    columns: list[dict[str, str]],
    partitions: list[dict[str, str]],
    location: str,
    form: str,
    serde_parameters: dict[str, str] | None = None,
    parameters: dict[str, str] | None = None,
    serde: str | None = None,
) -> dict[str, Any]:
    classes = FORMATS[form]
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": partitions,
        "Parameters": {"EXTERNAL": "TRUE", **(parameters or {})},
        "StorageDescriptor": {
            "Columns": columns,
            "Location": location if location.endswith("/") else location + "/",
            "InputFormat": classes["input"],
            "OutputFormat": classes["output"],
            "SerdeInfo": {
                "SerializationLibrary": serde or classes["serde"],
                "Parameters": {"serialization.format": "1", **(serde_parameters or {})},
            },
        },
    }


def external_table(rest: str, engine: Engine) -> None:
    """`rest`: what follows CREATE EXTERNAL TABLE."""
    found = re.match(rf"(?P<exists>IF\s+NOT\s+EXISTS\s+)?(?P<table>{NAME})\s*(?=\()", rest, re.IGNORECASE)
    if not found:
        raise AthenaError("FAILED: ParseException line 1:22 cannot recognize input near the table's name")
    database, name = split_name(found["table"])
    database = database or engine.database
    columns_text, rest = _parenthesized(rest[found.end() :])
    columns, partitions = _columns(columns_text), []
    location, form, serde = "", "TEXTFILE", None
    serde_parameters: dict[str, str] = {}
    parameters: dict[str, str] = {}
    while rest := rest.strip():
        if match := re.match(r"PARTITIONED\s+BY\s*(?=\()", rest, re.IGNORECASE):
            text, rest = _parenthesized(rest[match.end() :])
            partitions = _columns(text)
        elif match := re.match(r"COMMENT\s+'([^']*)'", rest, re.IGNORECASE):
            parameters["comment"], rest = match[1], rest[match.end() :]
        elif match := re.match(r"ROW\s+FORMAT\s+SERDE\s+'([^']*)'", rest, re.IGNORECASE):
            serde, rest = match[1], rest[match.end() :]
        elif match := re.match(r"WITH\s+SERDEPROPERTIES\s*(?=\()", rest, re.IGNORECASE):
            text, rest = _parenthesized(rest[match.end() :])
            serde_parameters.update(_properties(text))
        elif match := re.match(r"ROW\s+FORMAT\s+DELIMITED", rest, re.IGNORECASE):
            rest = rest[match.end() :]
        elif match := re.match(
            r"(FIELDS|LINES|ESCAPED|COLLECTION\s+ITEMS|MAP\s+KEYS)\s*(?:TERMINATED\s+)?BY\s+'((?:[^'\\]|\\.)*)'", rest, re.IGNORECASE
        ):
            rest = rest[match.end() :]
            kind = match[1].split()[0].upper()
            value = match[2].encode().decode("unicode_escape")
            if kind == "FIELDS":
                serde_parameters |= {"field.delim": value, "serialization.format": value}
            elif kind == "ESCAPED":
                serde_parameters["escape.delim"] = value
        elif match := re.match(r"NULL\s+DEFINED\s+AS\s+'([^']*)'", rest, re.IGNORECASE):
            parameters["serialization.null.format"], rest = match[1], rest[match.end() :]
        elif match := re.match(r"STORED\s+AS\s+INPUTFORMAT\s+'([^']*)'\s+OUTPUTFORMAT\s+'([^']*)'", rest, re.IGNORECASE):
            rest = rest[match.end() :]
            form = "PARQUET" if "parquet" in match[1].lower() else "TEXTFILE"
        elif match := re.match(r"STORED\s+AS\s+(\w+)", rest, re.IGNORECASE):
            form, rest = match[1].upper(), rest[match.end() :]
        elif match := re.match(r"LOCATION\s+'([^']*)'", rest, re.IGNORECASE):
            location, rest = match[1], rest[match.end() :]
        elif match := re.match(r"TBLPROPERTIES\s*(?=\()", rest, re.IGNORECASE):
            text, rest = _parenthesized(rest[match.end() :])
            parameters.update(_properties(text))
        else:
            raise AthenaError(f"NOT_SUPPORTED: CREATE EXTERNAL TABLE near {rest[:40]!r}")
    if form not in FORMATS:
        raise AthenaError(f"NOT_SUPPORTED: tables stored as {form} are not supported by the embedded Athena")
    if not location:
        raise AthenaError("FAILED: SemanticException table is not partitioned and has no location: LOCATION is required")
    for column in [*columns, *partitions]:
        duckdb_type(column["Type"])
    made = table_input(name, columns, partitions, location, form, serde_parameters, parameters, serde)
    if found["exists"] and any(table.name == name for table in engine.catalog.tables(database)):
        return
    engine.catalog.call("create_table", DatabaseName=database, TableInput=made)


def _parenthesized(text: str) -> tuple[str, str]:
    """What is inside the parenthesis that `text` starts with, and what follows it."""
    depth, quote = 0, ""
    for i, c in enumerate(text):
        if quote:
            quote = "" if c == quote else quote
        elif c in "'\"`":
            quote = c
        elif c == "(":
            depth += 1
        elif c == ")":
            depth -= 1
            if depth == 0:
                return text[1:i], text[i + 1 :]
    raise AthenaError("FAILED: ParseException: missing ')'")


def _columns(text: str) -> list[dict[str, str]]:
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text + ","):
        depth += (c in "<(") - (c in ">)")
        if c == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    columns = []
    for part in parts:
        found = re.fullmatch(r"\s*[`\"]?([^\s`\"]+)[`\"]?\s+(.+?)(?:\s+COMMENT\s+'([^']*)')?\s*", part, re.IGNORECASE | re.DOTALL)
        if not found:
            raise AthenaError(f"FAILED: ParseException cannot recognize input near {part.strip()!r} in column specification")
        kind = re.sub(r"\s+", "", found[2]).lower()
        columns.append(
            {"Name": found[1].lower(), "Type": "int" if kind == "integer" else kind, **({"Comment": found[3]} if found[3] else {})}
        )
    return columns


def _properties(text: str) -> dict[str, str]:
    return {
        key: value.encode().decode("unicode_escape") for key, value in re.findall(r"['\"]([^'\"]+)['\"]\s*=\s*'((?:[^'\\]|\\.)*)'", text)
    }


def describe(table: CatalogTable) -> list[str]:
    """SHOW CREATE TABLE."""

    def listed(columns: list[tuple[str, str]]) -> str:
        return ", \n".join(f"  `{name}` {kind}" for name, kind in columns)

    storage = table.storage
    lines = [f"CREATE EXTERNAL TABLE `{table.database}.{table.name}`(", listed(table.columns) + ")"]
    if table.partition_keys:
        lines += ["PARTITIONED BY ( ", listed(table.partition_keys) + ")"]
    serde = storage.get("SerdeInfo") or {}
    if serde.get("SerializationLibrary"):
        lines += ["ROW FORMAT SERDE ", f"  '{serde['SerializationLibrary']}' "]
    if serde.get("Parameters"):
        lines += [
            "WITH SERDEPROPERTIES ( ",
            ", \n".join(f"  '{key}'='{value}'" for key, value in sorted(serde["Parameters"].items())) + ") ",
        ]
    lines += [
        "STORED AS INPUTFORMAT ",
        f"  '{storage.get('InputFormat', '')}' ",
        "OUTPUTFORMAT ",
        f"  '{storage.get('OutputFormat', '')}'",
        "LOCATION",
        f"  '{storage.get('Location', '')}'",
        "TBLPROPERTIES (",
        ", \n".join(f"  '{key}'='{value}'" for key, value in sorted(table.parameters.items()) if key != "EXTERNAL") + ")",
    ]
    return "\n".join(lines).splitlines()
