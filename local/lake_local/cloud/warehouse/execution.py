"""One SQL statement of Redshift on a connection to PostgreSQL: translated, run, its result in the Data API's terms."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lake_local.config import Config

from . import values
from .access import Login


@dataclass
class Result:
    """What a statement gave: rows with their columns if it is a query, and how many rows it touched."""

    count: int = 0
    columns: list[dict[str, Any]] | None = None
    rows: list[list[Any]] = field(default_factory=list)


class Executor:
    """Runs statements for one lake."""

    def __init__(self, config: Config) -> None:
        self.config = config

    def run(self, connection: Any, login: Login, text: str, parameters: list[dict[str, str]]) -> Result:
        return execute(connection, text)


def execute(connection: Any, text: str) -> Result:
    """Run PostgreSQL's SQL, one statement."""
    cursor = connection.execute(text)
    if cursor.description is None:
        return Result(max(cursor.rowcount, 0))
    answer = cursor.pgresult
    codes = [column.type_code for column in cursor.description]
    columns = [values.column(one.name, one.type_code, answer.fmod(i)) for i, one in enumerate(cursor.description)]
    rows = [[values.value(answer.get_value(row, i), code) for i, code in enumerate(codes)] for row in range(answer.ntuples)]
    return Result(len(rows), columns, rows)
