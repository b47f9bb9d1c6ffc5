"""CloudFormation on the embedded cloud: the resource types that MiniStack lacks or only half applies."""

from __future__ import annotations


def install() -> None:
    """Register our types. Idempotent; call before the engines add theirs."""
    from ..glue import connections as glue_connection
    from ..glue import workflow_targets
    from . import buckets, custom, functions, network, recorded

    buckets.install()
    custom.install()
    functions.install()
    network.install()
    glue_connection.install()
    recorded.install()
    workflow_targets.install()
