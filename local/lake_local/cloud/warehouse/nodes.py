"""How many nodes of which type a cluster has.

https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-clusters.html#rs-ra3-node-types and #rs-rg-nodes-table
"""

from __future__ import annotations

from typing import NamedTuple

from .errors import ApiError


class Range(NamedTuple):
    """The fewest nodes, the most of a new cluster, and the most that an elastic resize reaches."""

    fewest: int
    created: int
    resized: int


RANGES = {
    "rg.large": Range(1, 16, 16),
    "rg.xlarge": Range(2, 16, 32),
    "rg.4xlarge": Range(2, 32, 64),
    "rg.12xlarge": Range(2, 128, 128),
    "ra3.large": Range(1, 16, 16),
    "ra3.xlplus": Range(1, 16, 32),
    "ra3.4xlarge": Range(2, 32, 64),
    "ra3.16xlarge": Range(2, 128, 128),
}


def check_nodes(node_type: str, nodes: int, *, is_new: bool) -> None:
    """Raise unless a cluster, a new one or one that changes, can have so many nodes of a type."""
    found = RANGES.get(node_type)
    if found is None:
        raise ApiError("InvalidParameterValue", f"Invalid node type: {node_type}. Use one of {', '.join(RANGES)}.")
    most = found.created if is_new else found.resized
    if not found.fewest <= nodes <= most:
        raise ApiError("InvalidParameterValue", f"Number of nodes for node type {node_type} must be {found.fewest} to {most}, got {nodes}.")
