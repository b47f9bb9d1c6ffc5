"""Random draws that are the same on every machine and with every version of Python and numpy."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np


class Draws:
    """A named stream of random draws. One for each table, so that a change to one leaves the others as they are.

    numpy's RandomState is frozen for good, unlike its successor. Only uniform draws and exact arithmetic follow from it: functions
    such as exp() differ in their last digit between machines.
    """

    def __init__(self, seed: int, name: str) -> None:
        digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
        self._state = np.random.RandomState(np.frombuffer(digest, dtype="<u4").astype(np.uint32))

    def integers(self, low: int, high: int, count: int) -> np.ndarray:
        """`count` integers from low to high - 1."""
        return self._state.randint(low, high, size=count, dtype=np.int64)

    def one(self, low: int, high: int) -> int:
        return int(self.integers(low, high, 1)[0])

    def fractions(self, count: int) -> np.ndarray:
        """`count` numbers from 0 to below 1."""
        return self._state.random_sample(count)

    def skewed(self, size: int, count: int) -> np.ndarray:
        """`count` indices below `size`, small ones much more often: the square of a fraction, as sales of shops are spread."""
        fractions = self.fractions(count)
        return (fractions * fractions * size).astype(np.int64)

    def order(self, size: int) -> np.ndarray:
        """The numbers 0 to size - 1 in random order."""
        return np.argsort(self.fractions(size), kind="stable")

    def sample(self, size: int, count: int) -> np.ndarray:
        """`count` different indices below `size`, ascending."""
        return np.sort(self.order(size)[:count])

    def weighted(self, weights: Sequence[int], count: int) -> np.ndarray:
        """`count` indices of `weights`, each as often as its weight says."""
        return np.searchsorted(np.cumsum(weights), self.integers(0, sum(weights), count), side="right")

    def between(self, points: Sequence[int], count: int) -> np.ndarray:
        """`count` integers spread as `points` says: these are the quantiles at equal distances, in between it is linear."""
        steps = len(points) - 1
        table = np.asarray(points, dtype=np.int64)
        at = self.integers(0, steps * 10_000, count)
        step, rest = at // 10_000, at % 10_000
        return table[step] + (table[step + 1] - table[step]) * rest // 10_000

    def ids(self, count: int) -> list[str]:
        """`count` identifiers as Olist has them: 32 hexadecimal digits."""
        digits = self._state.bytes(16 * count).hex()
        return [digits[start : start + 32] for start in range(0, 32 * count, 32)]


def timestamps(seconds: np.ndarray) -> list[str]:
    """'2017-09-19 09:45:35' for each number of seconds since 1970."""
    return np.char.replace(np.datetime_as_string(seconds.astype("datetime64[s]")), "T", " ").tolist()
