"""Glue, as a service of ours."""

from __future__ import annotations

import os

from lake_local.config import Config

from ..pages import register_page
from ..service import Service, wrap_service
from ..shutdown import on_shutdown
from . import access, api, connections, differences, events, reads, resource_types, security, triggers, workflow_targets
from .engine import Engine


def install(config: Config) -> None:
    """Take Glue's jobs, crawlers, triggers and workflows over. Imports neither Spark nor DuckDB."""
    engine = Engine(config)
    engine.recover()
    engine.on_end(lambda run: triggers.on_end(engine, run))
    access.install()
    wrap_service("glue", api.wrapper(engine))
    connections.install()
    resource_types.install(engine)
    workflow_targets.install(engine)
    events.start_clock(engine)
    register_page("glue/pending", lambda _parameters: events.pending(engine))
    on_shutdown(engine.close)
    with engine.state.view() as data:
        has_jobs = any(job["Command"]["Name"] == "glueetl" for job in data["jobs"].values())
    if has_jobs or os.environ.get("LAKE_PREWARM_SPARK", "") not in ("", "0"):
        engine.jvm.prewarm()


_TYPES = (*resource_types.FIDELITY, *connections.FIDELITY)
SERVICE = Service(
    "glue",
    install,
    operations=frozenset({*api.OPERATIONS, *reads.OPERATIONS, *security.TAG_OPERATIONS}),
    resource_types=frozenset(entry.subject for entry in _TYPES),
    fidelity=(*_TYPES, *workflow_targets.FIDELITY, *differences.FIDELITY),
)
