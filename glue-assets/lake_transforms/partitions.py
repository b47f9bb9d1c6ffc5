"""Which values can be names of folders: the others would fail the run, or come back as another value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import Column
from pyspark.sql import functions as F

_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
_ESCAPED = r"[\x01-\x1f\x22#%'*/:=?\x5c\x7f{\x5b\x5d^]"  # each takes three bytes in the name of a folder
_IN_NO_KEY = r"[\x00\x{fffe}\x{ffff}]"  # no list of keys can have them: https://www.w3.org/TR/xml/#charsets


@dataclass(frozen=True)
class Partitions:
    """The columns that become folders, and how many bytes of a key there are for them."""

    columns: tuple[str, ...] = ()
    room: int = 1024

    def reasons(self, positions: Mapping[str, int]) -> list[Column]:
        """Return why values cannot be names of folders. All else comes back as it was."""
        texts = {name: F.col(f"c{positions[name]}") for name in self.columns if name in positions}
        found = []
        for name, text in texts.items():
            found.append(F.when(text == _NO_VALUE, F.lit(f"{name} is {_NO_VALUE}, which stands for no value in partitions")))
            found.append(F.when(text.rlike(_IN_NO_KEY), F.lit(f"{name} has a character that no key can have")))
        sizes = [F.coalesce(F.octet_length(text) + 2 * F.regexp_count(text, F.lit(_ESCAPED)), F.lit(26)) for text in texts.values()]
        names = sum(len(name.encode()) + 2 for name in texts)
        what = f"{', '.join(texts)} of more than {self.room - names} bytes: too long for partitions"
        return [*found, F.when(sum(sizes, F.lit(names)) > self.room, F.lit(what))] if texts else []
