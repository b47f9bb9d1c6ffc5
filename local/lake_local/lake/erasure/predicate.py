"""The condition of `lake erase --where`, decided on rows: in a database that can reach nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import UserError

_TYPES = re.compile(r"(tinyint|smallint|int|integer|bigint|float|double|boolean|date|timestamp|decimal(\(\d+, ?\d+\))?)$", re.IGNORECASE)


class Predicate:
    """A condition on columns of one row, in Athena's SQL."""

    def __init__(self, text: str) -> None:
        from sqlglot import exp, parse
        from sqlglot.errors import SqlglotError

        try:
            statements = parse(f"SELECT 1 FROM t WHERE {text}\n", dialect="athena")
        except SqlglotError:
            raise UserError(f"--where {text!r} is no condition: give one such as \"customer_id = 'x'\"") from None
        tree = statements[0] if len(statements) == 1 else None
        if not isinstance(tree, exp.Select) or any(
            value for name, value in tree.args.items() if name not in ("expressions", "from_", "where")
        ):
            raise UserError(f"--where {text!r} is more than a condition: give one such as \"customer_id = 'x'\"")
        condition = tree.args["where"].this
        if condition.find(exp.Query, exp.Anonymous, exp.Placeholder, exp.Parameter):
            raise UserError(f"--where {text!r}: conditions on columns only, without subqueries and functions of one's own")
        columns = list(condition.find_all(exp.Column))
        self.literals = tuple(dict.fromkeys(str(one.this) for one in condition.find_all(exp.Literal) if str(one.this)))
        if not columns or not self.literals or any(one.table for one in columns):
            raise UserError(f"--where {text!r} compares no column with a value: give a condition such as \"customer_id = 'x'\"")
        self.text = text
        self._words = [re.compile(rf"(?<!\w){re.escape(literal)}(?!\w)") for literal in self.literals]
        for column in columns:
            column.replace(exp.column(column.name.lower(), quoted=True))
        self.columns = tuple(dict.fromkeys(column.name.lower() for column in columns))
        self._sql = f"coalesce({condition.sql(dialect='duckdb')}, false)"

    def in_text(self, text: str) -> bool:
        """Return whether every value that the condition names is somewhere in a text, as a word."""
        return all(word.search(text) for word in self._words)

    def matches(self, values: Mapping[str, Sequence[str | None]], types: Mapping[str, str]) -> list[bool]:
        """Return for each row whether it meets the condition. A column whose type is not known is text, else a number."""
        import duckdb

        unknown = [name for name in self.columns if name not in types]
        for guess in ("string", "double") if unknown else ("string",):
            tried = {**types, **dict.fromkeys(unknown, guess)}
            try:
                return self._matches(values, tried)
            except duckdb.Error:
                continue
        raise self._misfit({name: types.get(name, "string") for name in self.columns})

    def _matches(self, values: Mapping[str, Sequence[str | None]], types: Mapping[str, str]) -> list[bool]:
        lists = ", ".join(f"unnest(${place}::VARCHAR[]) AS c{place}" for place in range(1, len(self.columns) + 1))
        typed = ", ".join(f'{_cast(f"c{place}", types.get(name))} AS "{name}"' for place, name in enumerate(self.columns, 1))
        with _locked() as database:
            sql = f"SELECT {self._sql} FROM (SELECT {typed} FROM (SELECT {lists}))"
            return [bool(found) for (found,) in database.execute(sql, [list(values[name]) for name in self.columns]).fetchall()]

    def count_in_parquet(self, file: Path, folders: Mapping[str, str | None], types: Mapping[str, str]) -> int:
        """Return how many rows of a Parquet file meet the condition; `folders` are columns that the file's path gives."""
        import duckdb

        with duckdb.connect() as database:
            database.execute("SET threads = 1")
            present = {row[0].lower(): row[0] for row in database.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(file)]).fetchall()}
            parameters: list[Any] = []
            chosen = []
            for name in self.columns:
                if name in present:
                    quoted = present[name].replace('"', '""')
                    chosen.append(f'"{quoted}" AS "{name}"')
                else:
                    parameters.append(folders.get(name))
                    chosen.append(f'{_cast("?::VARCHAR", types.get(name))} AS "{name}"')
            database.execute(f"CREATE TABLE t AS SELECT {', '.join(chosen)} FROM read_parquet(?)", [*parameters, str(file)])
            _lock(database)
            try:
                [(count,)] = database.execute(f"SELECT count(*) FROM t WHERE {self._sql}").fetchall()
            except duckdb.Error:
                raise self._misfit({name: types.get(name, "string") for name in self.columns}) from None
            return int(count)

    def _misfit(self, types: Mapping[str, str]) -> UserError:
        described = ", ".join(f"{name} is {kind}" for name, kind in types.items())
        return UserError(f"--where {self.text!r} does not fit the types of its columns: {described}")


def _locked() -> Any:
    import duckdb

    database = duckdb.connect()
    _lock(database)
    return database


def _lock(database: Any) -> None:
    """Let a database read no file and load nothing from here on: the condition comes from a user."""
    for setting in ("threads = 1", "enable_external_access = false", "autoload_known_extensions = false", "lock_configuration = true"):
        database.execute(f"SET {setting}")


def _cast(value: str, kind: str | None) -> str:
    if kind and _TYPES.match(kind.strip()):
        return f"TRY_CAST(nullif(trim({value}), '') AS {kind})"
    return f"nullif({value}, '')"
