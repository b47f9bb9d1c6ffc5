"""AWS Glue on this machine: jobs on real Spark, crawlers, triggers and workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lake_local.config import Config

    from .engine import Engine

_engine: Engine | None = None


def install(config: Config) -> None:
    """Take Glue's jobs, crawlers, triggers and workflows over. Idempotent; imports neither Spark nor DuckDB."""
    global _engine
    if _engine is not None:
        return
    import os

    from ..server.services import register_internal, wrap_service
    from ..server.shutdown import on_shutdown
    from . import access, api, events, triggers
    from . import resource_types as glue_types
    from .engine import Engine

    engine = Engine(config)
    engine.recover()
    engine.on_end(lambda kind, run: triggers.on_end(engine, kind, run))
    access.install()
    wrap_service("glue", api.wrapper(engine))
    glue_types.install(engine)
    events.attach(engine)
    register_internal("/_lake/glue/pending", lambda: events.pending(engine))
    on_shutdown(engine.close)
    _engine = engine
    with engine.state.view() as data:
        has_jobs = any(job["Command"]["Name"] == "glueetl" for job in data["jobs"].values())
    if has_jobs or os.environ.get("LAKE_PREWARM_SPARK", "") not in ("", "0"):
        engine.jvm.prewarm()
