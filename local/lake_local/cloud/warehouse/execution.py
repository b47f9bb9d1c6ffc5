"""One SQL statement of Redshift on a connection to PostgreSQL: translated, run, its result in the Data API's terms."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from . import values
from .access import Login
from .errors import StatementError
from .sql.files import Copy
from .sql.statements import translated
from .transfer import Transfer

# The number of PostgreSQL's type.
_NUMERIC = 1700
_LARGEST_DECIMAL = 38


@dataclass
class Result:
    """What a statement gave: rows with their columns if it is a query, and how many rows it touched."""

    count: int = 0
    columns: list[dict[str, Any]] | None = None
    rows: list[list[Any]] = field(default_factory=list)


class Executor:
    """Runs statements for one lake."""

    def __init__(self, transfer: Transfer) -> None:
        self.transfer = transfer

    def run(self, connection: Any, login: Login, text: str, parameters: list[dict[str, str]]) -> Result:
        """Run one statement of Redshift."""
        found = translated(text, parameters)
        if found.files is not None:
            if isinstance(found.files, Copy):
                return Result(self.transfer.copy(connection, login, found.files))
            return Result(self.transfer.unload(connection, login, found.files))
        results = [_execute(connection, sql) for sql in found.sqls]
        if found.commits and _is_in_transaction(connection):
            connection.execute("COMMIT")
            connection.execute("BEGIN")
        # What follows the first only completes it.
        return results[0]


def _is_in_transaction(connection: Any) -> bool:
    import psycopg

    return bool(connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS)


def _execute(connection: Any, text: str) -> Result:
    """Run PostgreSQL's SQL, one statement."""
    cursor = connection.execute(text)
    if cursor.description is None:
        return Result(max(cursor.rowcount, 0))
    answer = cursor.pgresult
    codes = [column.type_code for column in cursor.description]
    columns = [values.column(one.name, one.type_code, answer.fmod(i)) for i, one in enumerate(cursor.description)]
    for column in (i for i, code in enumerate(codes) if code == _NUMERIC):
        for row in range(answer.ntuples):
            _check_decimal(answer.get_value(row, column))
    rows = [[values.value(answer.get_value(row, i), code) for i, code in enumerate(codes)] for row in range(answer.ntuples)]
    return Result(len(rows), columns, rows)


def _check_decimal(raw: bytes | None) -> None:
    """Refuse what no DECIMAL can hold: https://docs.aws.amazon.com/redshift/latest/dg/r_Numeric_types201.html"""
    digits = (raw or b"").lstrip(b"-").replace(b".", b"").lstrip(b"0")
    if raw is not None and (len(digits) > _LARGEST_DECIMAL or (digits and not digits.isdigit())):
        raise StatementError(f"Numeric data overflow (result precision): no DECIMAL holds {raw.decode()[:60]}")
