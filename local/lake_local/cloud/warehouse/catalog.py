"""What the Data API tells of databases, schemas, tables and columns: those that the connection's user may use."""

from __future__ import annotations

from typing import Any

from . import values

_SHOWN = "n.nspname NOT IN ('rs', 'pg_toast') AND n.nspname NOT LIKE 'pg\\_t%%'"
_KINDS = {"r": "TABLE", "v": "VIEW", "m": "VIEW"}


def databases(connection: Any) -> list[str]:
    """Return the names of databases."""
    return _first(connection.execute("SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1"))


def schemas(connection: Any, pattern: str) -> list[str]:
    """Return the names of schemas."""
    query = f"SELECT n.nspname FROM pg_namespace n WHERE {_SHOWN} AND n.nspname LIKE %s ORDER BY 1"
    return _first(connection.execute(query, (pattern,)))


def tables(connection: Any, schema: str, table: str) -> list[dict[str, str]]:
    """Return tables and views."""
    query = f"""
        SELECT c.relname, n.nspname, c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'v', 'm') AND {_SHOWN} AND n.nspname NOT IN ('pg_catalog', 'information_schema')
          AND n.nspname LIKE %s AND c.relname LIKE %s ORDER BY 2, 1"""
    found = connection.execute(query, (schema, table)).fetchall()
    return [{"name": name, "schema": place, "type": _KINDS[kind]} for name, place, kind in found]


def columns(connection: Any, schema: str, table: str) -> list[dict[str, Any]]:
    """Return the columns of a table."""
    query = """
        SELECT a.attname, a.atttypid::int, a.atttypmod, a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""
    found = connection.execute(query, (schema.lower(), table.lower())).fetchall()
    return [
        {
            **values.column(name, code, modifier),
            "nullable": 0 if required else 1,
            "schemaName": schema.lower(),
            "tableName": table.lower(),
            **({"columnDefault": default} if default else {}),
        }
        for name, code, modifier, required, default in found
    ]


def _first(cursor: Any) -> list[str]:
    return [row[0] for row in cursor.fetchall()]
