"""Tags of the warehouse's resources, by ARN."""

from __future__ import annotations

from lake_local.store import Store

Tag = dict[str, str]


class Tags:
    """They are kept as `{"key": ..., "value": ...}`, as Redshift Serverless writes them."""

    def __init__(self, state: Store) -> None:
        self._state = state

    def put(self, arn: str, tags: list[Tag]) -> None:
        """Add tags, or give them new values."""
        with self._state.change() as data:
            data.setdefault("tags", {}).setdefault(arn, {}).update({tag["key"]: tag.get("value", "") for tag in tags})

    def remove(self, arn: str, keys: list[str]) -> None:
        """Take tags away."""
        with self._state.change() as data:
            for key in keys:
                data.get("tags", {}).get(arn, {}).pop(key, None)

    def drop(self, arn: str) -> None:
        """Forget a resource."""
        with self._state.change() as data:
            data.get("tags", {}).pop(arn, None)

    def listed(self, arn: str) -> list[Tag]:
        """Return a resource's tags."""
        return [{"key": key, "value": value} for key, value in self._state.read("tags", {}).get(arn, {}).items()]
