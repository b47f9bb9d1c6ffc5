"""MiniStack's CloudTrail: trails and what they are to keep."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

Answer = tuple[int, dict[str, str], Any]


class Trail(NamedTuple):
    """A trail as it is kept (changing `record` changes it), and its event selectors."""

    account: str
    region: str
    record: dict[str, Any]
    selectors: list[dict[str, Any]]


def trails() -> Iterator[Trail]:
    """Yield the trails of all accounts and regions."""
    from ministack.services import cloudtrail

    for (account, region, name), record in list(cloudtrail._trails.all_items()):
        selectors = cloudtrail._event_selectors.get_scoped(account, region, name, cloudtrail._DEFAULT_EVENT_SELECTORS)
        yield Trail(account, region, record, selectors)


def call(operation: str, request: dict[str, Any]) -> Answer:
    """Return the answer to one of CloudTrail's operations, asked within an account and region."""
    from ministack.services import cloudtrail

    answer: Answer = cloudtrail._DISPATCH[operation](request)
    return answer
