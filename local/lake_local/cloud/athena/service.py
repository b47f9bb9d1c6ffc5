"""Athena, as a service of ours."""

from __future__ import annotations

from lake_local.config import Config

from ..service import Service, wrap_service
from ..shutdown import on_shutdown
from . import access
from .api import OPERATIONS, Api
from .differences import FIDELITY


def install(config: Config) -> None:
    """Take the calls that run queries over from MiniStack."""
    api = Api(config)
    access.install(api.executions)
    wrap_service("athena", api.handle)
    on_shutdown(api.runner.stop)


SERVICE = Service("athena", install, operations=frozenset({*OPERATIONS, "GetWorkGroup"}), fidelity=tuple(FIDELITY))
