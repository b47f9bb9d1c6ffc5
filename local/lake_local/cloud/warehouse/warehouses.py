"""The warehouses of a lake: each a PostgreSQL with its databases and users, behind a namespace or a cluster of the API."""

from __future__ import annotations

import contextvars
import hashlib
import logging
import re
import secrets
import threading
import time
from pathlib import Path
from typing import Any

from lake_local.config import Config
from lake_local.store import Store

from .errors import ServerError, StatementError
from .postgres import Server
from .sql.tokens import folded

logger = logging.getLogger("lake.warehouse")
# Users of the Data API sign in as this and act as the user: what they were granted, and no way back to more.
_PROXY = "api:"
# Redshift's names have 127 bytes, PostgreSQL's 63: it cuts those in statements, and so do we.
_LONGEST = 63
_SETUP = Path(__file__).with_name("setup.sql")


class Warehouses:
    """What the APIs keep, and the servers behind it. `namespace:a`, `cluster:b` and `aurora:c` are names of warehouses."""

    def __init__(self, config: Config, folder: str = "warehouse") -> None:
        self.config = config
        self.folder = config.state_dir / folder
        self.state = Store(self.folder / "state.json")
        self._servers: dict[str, Server] = {}
        self._prepared: set[tuple[str, str]] = set()
        self._proxies: dict[tuple[str, str], str] = {}
        self._lock = threading.RLock()

    def create(self, name: str, admin: str, password: str, database: str) -> int:
        """Remember a warehouse; its server starts when it is first used. Return its port."""
        port = _reserved_port(name)
        with self.state.change() as data:
            made = {"admin": admin.lower(), "password": password, "database": database.lower(), "port": port, "created": time.time()}
            data.setdefault("servers", {})[name] = made
        return port

    def warm_up(self, name: str) -> None:
        """Start a warehouse's server in the background. What goes wrong is told to the first who uses it."""
        threading.Thread(target=contextvars.copy_context().run, args=(self._warm_up, name), name="warehouse-start", daemon=True).start()

    def remove(self, name: str) -> None:
        """End a warehouse's server, and delete its data."""
        with self._lock:
            self._server(name).remove()
            self._servers.pop(name, None)
            self._prepared = {one for one in self._prepared if one[0] != name}
            self._proxies = {one: value for one, value in self._proxies.items() if one[0] != name}
            with self.state.change() as data:
                data.get("servers", {}).pop(name, None)

    def details(self, name: str) -> dict[str, Any]:
        """Return a warehouse's admin, password, database and port."""
        found: dict[str, Any] | None = self.state.read("servers", {}).get(name)
        if found is None:
            raise ServerError(f"there is no warehouse {name}")
        return found

    def set_password(self, name: str, password: str) -> None:
        """Change the admin's password."""
        with self.state.change() as data:
            data["servers"][name]["password"] = password
        admin = self.details(name)["admin"]
        if (name, "") in self._prepared:
            from psycopg import sql

            with self._server(name).connect("postgres", autocommit=True) as connection:
                connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(admin), sql.Literal(password)))

    def open(self, name: str, database: str, user: str) -> Any:
        """Return a connection on which `user` acts; one of IAM's is made on its first use."""
        from psycopg import sql

        user = _cut(folded(user))
        self.prepare(name, database)
        password = self._proxy(name, user)
        connection = self._server(name).connect(database.lower(), _proxy_of(user), password, autocommit=True)
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(user)))
        return connection

    def open_with_password(self, name: str, database: str, user: str, password: str) -> Any:
        """Return a connection of a user who knows the password."""
        import psycopg

        self.prepare(name, database)
        try:
            return self._server(name).connect(database.lower(), folded(user), password, autocommit=True)
        except psycopg.OperationalError as error:
            raise StatementError(f"FATAL: {str(error).rpartition('FATAL:')[2].strip()}") from error

    def open_as_owner(self, name: str, database: str) -> Any:
        """Return a connection of ours, with all rights: never for a caller's statement."""
        self.prepare(name, database)
        return self._server(name).connect(database.lower(), autocommit=True)

    def prepare(self, name: str, database: str) -> None:
        """Start the server, and make what it must have: the admin, its database, and Redshift's functions in the one asked for."""
        with self._lock:
            found = self.details(name)
            server = self._server(name)
            if not server.is_running:
                self._prepared = {one for one in self._prepared if one[0] != name}
                self._proxies = {one: value for one, value in self._proxies.items() if one[0] != name}
            server.ensure()
            if server.port != found["port"]:
                with self.state.change() as data:
                    data["servers"][name]["port"] = server.port
            if (name, "") not in self._prepared:
                self._make_admin(server, found)
                self._prepared.add((name, ""))
            if (name, database.lower()) not in self._prepared:
                self._make_database(server, found, database.lower())
                self._prepared.add((name, database.lower()))

    def stop(self) -> None:
        """End all servers."""
        for server in list(self._servers.values()):
            server.stop()

    def _warm_up(self, name: str) -> None:
        try:
            self.prepare(name, self.details(name)["database"])
        except Exception as error:
            logger.info("warehouse %s did not start in the background: %s", name, error)

    def _server(self, name: str) -> Server:
        with self._lock:
            if name not in self._servers:
                port = self.state.read("servers", {}).get(name, {}).get("port", 0)
                self._servers[name] = Server(self.folder / _folder_name(name), port)
            return self._servers[name]

    def _make_admin(self, server: Server, found: dict[str, Any]) -> None:
        from psycopg import sql

        with server.connect("postgres", autocommit=True) as connection:
            admin = sql.Identifier(found["admin"])
            if not _has_role(connection, found["admin"]):
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE CREATEDB").format(admin))
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(admin, sql.Literal(found["password"])))

    def _make_database(self, server: Server, found: dict[str, Any], database: str) -> None:
        from psycopg import sql

        names = {"admin": sql.Identifier(found["admin"]), "database": sql.Identifier(database)}
        with server.connect("postgres", autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone()
            if not known:
                if database != found["database"]:
                    raise StatementError(f'FATAL: database "{database}" does not exist')
                connection.execute(sql.SQL("CREATE DATABASE {database}").format(**names))
                with server.connect(database, autocommit=True) as made:
                    self._open_schema(made, found["admin"])
            connection.execute(sql.SQL("GRANT CREATE, CONNECT, TEMPORARY ON DATABASE {database} TO {admin}").format(**names))
        with server.connect(database, autocommit=True) as connection:
            self._complete(connection)

    def _open_schema(self, connection: Any, admin: str) -> None:
        """Give the schema public its owner and rights: here, everybody may use and fill it.

        https://docs.aws.amazon.com/redshift/latest/dg/r_Schemas_and_tables.html
        """
        from psycopg import sql

        connection.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(admin)))
        connection.execute("GRANT CREATE, USAGE ON SCHEMA public TO PUBLIC")

    def _complete(self, connection: Any) -> None:
        """Make what a database has beyond PostgreSQL, each time that the server has started."""
        connection.execute(_SETUP.read_text(encoding="utf-8"))

    def _proxy(self, name: str, user: str) -> str:
        """Return the password of the sign-in that acts as a user, made anew for each run of the server."""
        from psycopg import sql

        with self._lock:
            if known := self._proxies.get((name, user)):
                return known
            password = secrets.token_hex(16)
            admin = self.details(name)["admin"]
            proxy, acted = sql.Identifier(_proxy_of(user)), sql.Identifier(user)
            with self._server(name).connect("postgres", autocommit=True) as connection:
                if not _has_role(connection, user):
                    if not re.match(r"IAMR?:", user):
                        raise StatementError(f'FATAL: user "{user}" does not exist')
                    connection.execute(sql.SQL("CREATE ROLE {}").format(acted))
                    grant = sql.SQL("GRANT {} TO {} WITH ADMIN TRUE, INHERIT TRUE, SET TRUE")
                    connection.execute(grant.format(acted, sql.Identifier(admin)))
                if not _has_role(connection, _proxy_of(user)):
                    connection.execute(sql.SQL("CREATE ROLE {} LOGIN NOINHERIT").format(proxy))
                connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(proxy, sql.Literal(password)))
                connection.execute(sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE").format(acted, proxy))
            self._proxies[name, user] = password
            return password


def _cut(name: str) -> str:
    return name.encode()[:_LONGEST].decode(errors="ignore")


def _proxy_of(user: str) -> str:
    """Return the name of the sign-in that acts as a user; two users of long names have two."""
    name = f"{_PROXY}{user}"
    return name if len(name.encode()) <= _LONGEST else f"{_PROXY}{hashlib.sha256(user.encode()).hexdigest()[:32]}"


def _has_role(connection: Any, name: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is not None


def _folder_name(name: str) -> str:
    if not re.fullmatch(r"(namespace|cluster|aurora):[a-z0-9-]{1,64}", name):
        raise ServerError(f"{name!r} is no name of a warehouse")
    return name.replace(":", "-", 1)


def _reserved_port(name: str) -> int:
    """Return a port that is free now; the server takes it when it starts."""
    import socket

    _folder_name(name)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
