"""When so much of a run is refused that it has to fail, and until when it keeps failing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from lake_transforms.manifests import Manifest, Manifests
from lake_transforms.staging import Landing

LEAST_ROWS = 10
"""Fewer refused rows never fail a run."""

_REASONS_SHOWN = 5


class RefusedRows(Exception):
    """More rows were refused than the table's share allows. What fits was landed."""


class Refusals:
    def __init__(self, manifests: Manifests, landing: Landing) -> None:
        self._manifests, self._landing = manifests, landing

    def is_too_much(self, run: Iterable[Manifest]) -> bool:
        """Return whether a run that brought these is to fail."""
        manifests = list(run)
        refused = sum(manifest.rows_quarantined for manifest in manifests)
        share = Decimal(str(self._landing.refused_share))  # 0.29 of 100 as a float is less than 29
        return refused >= LEAST_ROWS and refused > share * sum(manifest.rows_in for manifest in manifests)

    def pending(self, known: Mapping[str, Manifest]) -> str | None:
        """Return what was refused and not acknowledged, as an error's message."""
        refused = [manifest for manifest in known.values() if manifest.alarm]
        if not refused:
            return None
        return describe(self._landing.table, refused) + (
            f"; see {self._landing.quarantine.uri}. Mend the objects or the table's schema and run the job with --reprocess true "
            "(`lake quarantine retry`), or accept what is refused with --acknowledge true (`lake quarantine acknowledge`)"
        )

    def acknowledge(self, known: Mapping[str, Manifest]) -> dict[str, Manifest]:
        """Take what was refused for settled, and return the manifests as they are then."""
        settled = {name: replace(manifest, alarm=False) for name, manifest in known.items() if manifest.alarm}
        self._manifests.store.each(lambda item: self._manifests.write(*item), settled.items())
        return {**known, **settled}


def describe(table: str, manifests: list[Manifest]) -> str:
    """Return how many rows were refused, and why: the most frequent reasons."""
    rows, refused = sum(manifest.rows_in for manifest in manifests), sum(manifest.rows_quarantined for manifest in manifests)
    reasons: Counter[str] = Counter()
    for manifest in manifests:
        reasons.update(manifest.reasons)
    shown = [f"{reason} ({count})" for reason, count in reasons.most_common(_REASONS_SHOWN)]
    more = [f"{len(reasons) - _REASONS_SHOWN} other reasons"] if len(reasons) > _REASONS_SHOWN else []
    return f"{table}: {refused} of {rows} rows were refused: {', '.join([*shown, *more])}"
