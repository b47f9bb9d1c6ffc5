"""CloudFormation, as a service of ours."""

from __future__ import annotations

from lake_local.config import Config

from ..ministack import cloudformation
from ..pages import register_page
from ..service import Service
from ..startup import on_loaded
from . import base_types, buckets, custom, functions, network, recorded


def install(_config: Config) -> None:
    """Register the types of MiniStack's services; the engines add theirs."""
    buckets.install()
    custom.install()
    functions.install()
    network.install()
    recorded.install()
    on_loaded(lambda: cloudformation.end_unfinished("the lake was stopped during the operation"))
    register_page("recorded", lambda: {"types": sorted(recorded.RECORDED)})


_FIDELITY = (*base_types.FIDELITY, *buckets.FIDELITY, *custom.FIDELITY, *functions.FIDELITY, *network.FIDELITY, *recorded.FIDELITY)
SERVICE = Service(
    "cloudformation",
    install,
    resource_types=frozenset({buckets.TYPE, custom.TYPE, functions.TYPE, *network.TYPES, *recorded.RECORDED}),
    fidelity=_FIDELITY,
)
