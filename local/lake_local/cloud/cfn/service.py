"""CloudFormation, as a service of ours."""

from __future__ import annotations

from lake_local.config import Config

from ..ministack import cloudformation
from ..pages import register_page
from ..service import Service
from ..startup import on_loaded
from . import base_types, bootstrap, buckets, custom, default_group, functions, network, recorded, rights, secrets, vpc_parts


def install(config: Config) -> None:
    """Register the types of MiniStack's services; the engines add theirs."""
    bootstrap.install()
    buckets.install()
    custom.install()
    default_group.install()
    functions.install()
    network.install()
    vpc_parts.install()
    recorded.install()
    rights.install(config)
    secrets.install()
    cloudformation.join_in_conditions()
    on_loaded(lambda: cloudformation.end_unfinished("the lake was stopped during the operation"))
    register_page("recorded", lambda _parameters: {"types": sorted(recorded.RECORDED)})


_MODULES = (base_types, buckets, custom, default_group, functions, network, recorded, rights, secrets, vpc_parts)
SERVICE = Service(
    "cloudformation",
    install,
    resource_types=frozenset(
        {
            bootstrap.TYPE,
            buckets.TYPE,
            custom.TYPE,
            default_group.TYPE,
            functions.TYPE,
            *secrets.TYPES,
            *network.TYPES,
            *vpc_parts.TYPES,
            *recorded.RECORDED,
        }
    ),
    fidelity=tuple(entry for module in _MODULES for entry in module.FIDELITY),
)
