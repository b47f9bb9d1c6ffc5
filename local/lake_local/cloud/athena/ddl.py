"""Statements other than SELECT: each a few calls to Glue and S3, with the caller's rights."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..tables.catalog import CatalogTable
from ..tables.errors import TableError
from ..tables.storage import split_uri
from . import create, describe, parsing, writes
from .columns import text_column
from .create_view import create_view
from .engine import Engine, Result
from .errors import AthenaError, not_supported
from .executions import Execution
from .names import NAME, split_name, unquote
from .statements import Kind

_Handler = Callable[["re.Match[str]", Engine], Result]


def text_result(name: str, rows: list[str]) -> Result:
    return Result([text_column(name)], iter([[row] for row in rows]))


def done() -> Result:
    return Result([], iter([]))


def run(sql: str, kind: Kind, engine: Engine, execution: Execution) -> Result:
    """Run one statement."""
    if write := writes.STATEMENTS.get(kind.substatement):
        execution.update_count = write(sql, engine, execution)
        return Result([text_column("rows", "bigint", 19)], iter([]), engine.session.scanned)
    for pattern, handler in _STATEMENTS:
        found = re.fullmatch(rf"\s*{pattern}\s*", sql, re.IGNORECASE | re.DOTALL)
        if found:
            return handler(found, engine)
    raise not_supported(f"the statement {' '.join(sql.split()[:3])} ...")


def _like(names: list[str], pattern: str | None) -> list[str]:
    """Hive's patterns: `*` for any text, `|` between alternatives."""
    if not pattern:
        return names
    wanted = re.compile(
        "|".join("(?:" + re.escape(part).replace(r"\*", ".*").replace("%", ".*") + ")" for part in pattern.split("|")), re.IGNORECASE
    )
    return [name for name in names if wanted.fullmatch(name)]


def _show_databases(found: re.Match[str], engine: Engine) -> Result:
    return text_result("database_name", _like(engine.catalog.databases(), found["pattern"]))


def _show_tables(found: re.Match[str], engine: Engine) -> Result:
    tables = engine.catalog.tables(unquote(found["database"]) or engine.database)
    return text_result("tab_name", _like([table.name for table in tables], found["pattern"]))


def _show_views(found: re.Match[str], engine: Engine) -> Result:
    tables = engine.catalog.tables(unquote(found["database"]) or engine.database)
    return text_result("views", _like([table.name for table in tables if table.is_view], found["pattern"]))


def _table(found: re.Match[str], engine: Engine) -> CatalogTable:
    database, name = split_name(found["table"])
    return engine.catalog.table(unquote(_group(found, "database")) or database or engine.database, name)


def _group(found: re.Match[str], name: str) -> str | None:
    return found[name] if name in found.re.groupindex else None


def _show_columns(found: re.Match[str], engine: Engine) -> Result:
    table = _table(found, engine)
    return text_result("field", [f"{name:<20}" for name, _ in [*table.columns, *table.partition_keys]])


def _show_partitions(found: re.Match[str], engine: Engine) -> Result:
    table = _table(found, engine)
    if not table.partition_keys:
        raise AthenaError(
            f"FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. Table {table.name} "
            "is not a partitioned table"
        )
    names = [name for name, _ in table.partition_keys]
    return text_result(
        "partition",
        sorted(
            "/".join(f"{n}={v}" for n, v in zip(names, partition["Values"], strict=True)) for partition in engine.catalog.partitions(table)
        ),
    )


def _describe(found: re.Match[str], engine: Engine) -> Result:
    table = _table(found, engine)
    comments = {
        column["Name"]: column.get("Comment", "") for column in [*table.storage.get("Columns", []), *table.raw.get("PartitionKeys", [])]
    }
    line = "{:<20}\t{:<20}\t{:<20}".format
    rows = [line(name, kind, comments.get(name) or "") for name, kind in [*table.columns, *table.partition_keys]]
    if table.partition_keys:
        rows += ["\t \t ", "# Partition Information\t \t ", line("# col_name", "data_type", "comment"), "\t \t "]
        rows += [line(name, kind, comments.get(name) or "") for name, kind in table.partition_keys]
    return Result([text_column(name) for name in ("col_name", "data_type", "comment")], iter([[row] for row in rows]))


def _create_database(found: re.Match[str], engine: Engine) -> Result:
    name = unquote(found["name"]).lower()
    if engine.catalog.has_database(name):
        if found["exists"]:
            return done()
        raise AthenaError(
            f"FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. Database {name} already exists"
        )
    properties = {
        "Name": name,
        **({"Description": found["comment"]} if found["comment"] else {}),
        **({"LocationUri": found["location"]} if found["location"] else {}),
    }
    engine.catalog.call("create_database", DatabaseInput=properties)
    return done()


def _drop_database(found: re.Match[str], engine: Engine) -> Result:
    name = unquote(found["name"]).lower()
    if not engine.catalog.has_database(name):
        if found["exists"]:
            return done()
        raise AthenaError(f"FAILED: SemanticException [Error 10072]: Database does not exist: {name}")
    if engine.catalog.tables(name) and (found["mode"] or "").upper() != "CASCADE":
        raise AthenaError(
            f"FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "
            f"InvalidOperationException(message:Database {name} is not empty. One or more tables exist.)"
        )
    for table in engine.catalog.tables(name):
        engine.catalog.call("delete_table", DatabaseName=name, Name=table.name)
    engine.catalog.call("delete_database", Name=name)
    return done()


def _drop_table(found: re.Match[str], engine: Engine) -> Result:
    database, name = split_name(found["table"])
    database = database or engine.database
    try:
        engine.catalog.table(database, name)
    except TableError as error:
        if found["exists"] and error.reason.startswith("TABLE_NOT_FOUND"):
            return done()
        raise
    # The objects stay, as on AWS: a table of Athena is external.
    engine.catalog.call("delete_table", DatabaseName=database, Name=name.lower())
    return done()


def _create_view(found: re.Match[str], engine: Engine) -> Result:
    database, name = split_name(found["table"])
    create_view(database or engine.database, name, found["sql"].strip(), bool(found["replace"]), engine)
    return done()


def _create_table(found: re.Match[str], engine: Engine) -> Result:
    create.external_table(found["rest"], engine)
    return done()


def _explain(found: re.Match[str], engine: Engine) -> Result:
    rows = engine.execute(parsing.parse(found["sql"]), "EXPLAIN ").fetchall()
    return text_result("Query Plan", [line for row in rows for line in row[1].splitlines()])


def _repair(found: re.Match[str], engine: Engine) -> Result:
    """Partitions that are there as folders and not in the catalog."""
    table = _table(found, engine)
    names = [name for name, _ in table.partition_keys]
    bucket, prefix = split_uri(table.storage["Location"].rstrip("/") + "/")
    known = {tuple(partition["Values"]) for partition in engine.catalog.partitions(table)}
    pattern = re.compile("/".join(rf"{re.escape(name)}=([^/]+)" for name in names) + "/", re.IGNORECASE)
    new: dict[tuple[str, ...], str] = {}
    for page in engine.session.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            match = pattern.match(entry["Key"][len(prefix) :]) if names else None
            if match and match.groups() not in known:
                new[match.groups()] = f"s3://{bucket}/{prefix}{match[0]}"
    engine.catalog.add_partitions(table, new)
    if not new:
        return done()
    labels = ["/".join(f"{n}={v}" for n, v in zip(names, values, strict=True)) for values in new]
    return text_result(
        "result",
        [
            f"Partitions not in metastore:\t{chr(9).join(f'{table.name}:{label}' for label in labels)}",
            *(f"Repair: Added partition to metastore {table.name}:{label}" for label in labels),
        ],
    )


def _partition_values(table: CatalogTable, text: str) -> tuple[str, ...]:
    given = {name.lower().strip('`"'): value.strip().strip("'\"") for name, value in (part.split("=", 1) for part in text.split(","))}
    given = {name.strip(): value for name, value in given.items()}
    return tuple(given[name] for name, _ in table.partition_keys)


def _alter_partitions(found: re.Match[str], engine: Engine) -> Result:
    table = _table(found, engine)
    wanted: dict[tuple[str, ...], str] = {}
    for part in re.finditer(r"PARTITION\s*\(([^)]*)\)(?:\s*LOCATION\s*'([^']*)')?", found["partitions"], re.IGNORECASE):
        try:
            values = _partition_values(table, part[1])
        except (KeyError, ValueError):
            raise AthenaError(f"FAILED: SemanticException Partition spec {{{part[1]}}} contains non-partition columns") from None
        folder = "/".join(f"{name}={value}" for (name, _), value in zip(table.partition_keys, values, strict=True))
        wanted[values] = part[2] or f"{table.storage['Location'].rstrip('/')}/{folder}/"
    known = {tuple(partition["Values"]) for partition in engine.catalog.partitions(table)}
    if found["action"].upper() == "DROP":
        for values in wanted:
            if values in known:
                engine.catalog.call("delete_partition", DatabaseName=table.database, TableName=table.name, PartitionValues=list(values))
            elif not found["exists"]:
                raise AthenaError(f"FAILED: SemanticException [Error 10006]: Partition not found {values}")
        return done()
    if not found["exists"] and (twice := known & set(wanted)):
        raise AthenaError(
            f"FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. AlreadyExistsException: "
            f"Partition {sorted(twice)[0]} already exists"
        )
    engine.catalog.add_partitions(table, {values: location for values, location in wanted.items() if values not in known})
    return done()


_LIKE = r"(?:\s+(?:LIKE\s+)?'(?P<pattern>[^']*)')?"
_IN = r"(?:\s+(?:IN|FROM)\s+(?P<database>[`\"]?\w+[`\"]?))?"
_STATEMENTS: list[tuple[str, _Handler]] = [
    (r"SHOW\s+(?:DATABASES|SCHEMAS)" + _LIKE, _show_databases),
    (r"SHOW\s+TABLES" + _IN + _LIKE, _show_tables),
    (r"SHOW\s+VIEWS" + _IN + _LIKE, _show_views),
    (rf"SHOW\s+COLUMNS\s+(?:IN|FROM)\s+(?P<table>{NAME}){_IN}", _show_columns),
    (rf"SHOW\s+PARTITIONS\s+(?P<table>{NAME})", _show_partitions),
    (
        rf"SHOW\s+CREATE\s+TABLE\s+(?P<table>{NAME})",
        lambda found, engine: text_result("createtab_stmt", describe.show_create_table(_table(found, engine))),
    ),
    (rf"(?:DESCRIBE|DESC)\s+(?:TABLE\s+)?(?:EXTENDED\s+|FORMATTED\s+)?(?P<table>{NAME})", _describe),
    (
        r"CREATE\s+(?:DATABASE|SCHEMA)\s+(?P<exists>IF\s+NOT\s+EXISTS\s+)?(?P<name>[`\"]?\w+[`\"]?)(?:\s+COMMENT\s+'(?P<comment>[^']*)')?"
        r"(?:\s+LOCATION\s+'(?P<location>[^']*)')?(?:\s+WITH\s+DBPROPERTIES\s*\([^)]*\))?",
        _create_database,
    ),
    (
        r"DROP\s+(?:DATABASE|SCHEMA)\s+(?P<exists>IF\s+EXISTS\s+)?(?P<name>[`\"]?\w+[`\"]?)(?:\s+(?P<mode>RESTRICT|CASCADE))?",
        _drop_database,
    ),
    (rf"DROP\s+(?:TABLE|VIEW)\s+(?P<exists>IF\s+EXISTS\s+)?(?P<table>{NAME})", _drop_table),
    (rf"CREATE\s+(?P<replace>OR\s+REPLACE\s+)?VIEW\s+(?P<table>{NAME})\s+AS\s+(?P<sql>.*)", _create_view),
    (r"CREATE\s+EXTERNAL\s+TABLE\s+(?P<rest>.*)", _create_table),
    (r"EXPLAIN\s+(?:\(.*?\)\s*)?(?P<sql>(?:SELECT|WITH|VALUES).*)", _explain),
    (rf"MSCK\s+REPAIR\s+TABLE\s+(?P<table>{NAME})", _repair),
    (
        rf"ALTER\s+TABLE\s+(?P<table>{NAME})\s+(?P<action>ADD|DROP)\s+(?P<exists>IF\s+(?:NOT\s+)?EXISTS\s+)?(?P<partitions>PARTITION\b.*)",
        _alter_partitions,
    ),
]
