"""MiniStack's Glue connections and Athena work groups: what our engines leave to it."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any


def connections() -> MutableMapping[str, dict[str, Any]]:
    """Return Glue's live connections by name."""
    from ministack.services import glue

    found: MutableMapping[str, dict[str, Any]] = glue._connections
    return found


def put_connection(connection: dict[str, Any]) -> None:
    """Create or replace a connection of Glue."""
    from ministack.services import glue

    glue._create_connection({"ConnectionInput": connection})


def work_group(name: str) -> dict[str, Any] | None:
    """Return one of Athena's work groups; `primary` always exists."""
    from ministack.services import athena

    athena._ensure_default_workgroup()
    found: dict[str, Any] | None = athena._workgroups.get(name)
    return found


def prepared_statement(work_group: str, name: str) -> dict[str, Any] | None:
    """Return one of a work group's prepared statements."""
    from ministack.services import athena

    found: dict[str, Any] | None = athena._prepared_statements.get(f"{work_group}/{name}")
    return found


def table_names(database: str) -> list[str]:
    """Return the names of a database's tables."""
    from ministack.services import glue

    return [key.split("/", 1)[1] for key in glue._tables if key.split("/", 1)[0] == database]


def work_group_of_named_query(identity: str) -> str | None:
    """Return the work group of a named query, None if there is no such query."""
    from ministack.services import athena

    found = athena._named_queries.get(identity)
    return str(found.get("WorkGroup") or "primary") if found else None
