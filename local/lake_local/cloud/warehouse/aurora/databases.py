"""The databases of Aurora clusters: PostgreSQL without Redshift's functions, with rights as Aurora gives them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from lake_local.config import Config

from ..errors import StatementError
from ..warehouses import Warehouses

_EXTENSION = Path(__file__).with_name("aws_s3.sql")
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_PostgreSQL.S3Import.InstallExtension.html
_CREATE_EXTENSION = re.compile(r"\s*CREATE\s+EXTENSION\s+(IF\s+NOT\s+EXISTS\s+)?(\w+)(\s+CASCADE)?\s*;?\s*", re.IGNORECASE)


class Databases(Warehouses):
    """What the API keeps, and the servers behind it."""

    def __init__(self, config: Config) -> None:
        super().__init__(config, "aurora")

    def create_extension(self, name: str, connection: Any, sql: str) -> bool:
        """Make the extension aws_s3 if a statement asks for it; return whether it was such a statement."""
        match = _CREATE_EXTENSION.fullmatch(sql)
        if match is None:
            return False
        may_exist, extension, cascades = match.groups()
        if extension.lower() != "aws_s3":
            raise StatementError(f'ERROR: extension "{extension}" is not available here: aws_s3 is')
        admin = self.details(name)["admin"]
        if connection.info.user != admin:
            raise StatementError(f'ERROR: permission denied to create extension "{extension}"')
        database = connection.info.dbname
        with self.open_as_owner(name, database) as owner:
            # Two transactions that both make it would wait for each other's entries in the catalog.
            owner.execute("SELECT pg_advisory_lock(5432000)")
            if owner.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'aws_s3'").fetchone():
                if not may_exist:
                    raise StatementError('ERROR: extension "aws_s3" already exists')
                return True
            if not cascades:
                raise StatementError('ERROR: required extension "aws_commons" is not installed')
            owner.execute(_EXTENSION.read_text(encoding="utf-8"))
            owner.execute(f'GRANT USAGE ON SCHEMA aws_s3, aws_commons TO "{admin}"')
        return True

    def _open_schema(self, connection: Any, admin: str) -> None:
        """Let the master user own the database, and with it the schema public."""
        from psycopg import sql

        connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(connection.info.dbname), sql.Identifier(admin)))

    def _complete(self, connection: Any) -> None:
        """Nothing: it is PostgreSQL."""
