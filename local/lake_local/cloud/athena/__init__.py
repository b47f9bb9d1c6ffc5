"""Athena: its SQL on DuckDB, over the lake's own catalog and objects, with the caller's rights."""

from __future__ import annotations

from lake_local.config import Config


def install(config: Config) -> None:
    """Take the calls that run queries over from MiniStack."""
    from ..server.services import wrap_service
    from ..server.shutdown import on_shutdown
    from .api import Api

    api = Api(config)
    wrap_service("athena", api.handle)
    on_shutdown(api.runner.stop)
