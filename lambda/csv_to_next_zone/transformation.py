"""The transformation that this stream applies. An example: replace it by your own."""

from __future__ import annotations

import re

import pandas as pd
from csv_records import UnreadableData


def transform(frame: pd.DataFrame) -> pd.DataFrame:
    """Tidies one piece of a CSV file: names of columns in snake_case, values without white space around them.

    The contract for a transformation of your own:

    - A pure function. The frame holds some consecutive rows of a file, every column as text exactly as it stands there ('' for an empty
      field, '007' keeps its zeros, 'NA' is a text). Large files come in several pieces, cut anywhere between two rows, so what happens to
      a row may depend on that row alone; and the columns that come back must be the same for every piece.
    - The same input gives the same output: no clock, no random numbers. Messages are delivered at least once, and a repeat overwrites.
    - Raise UnreadableData to send the file to quarantine. Any other exception counts as a failure of the code: it is retried and ends in
      the dead-letter queue.
    """
    tidy = frame.apply(lambda column: column.str.strip())
    tidy.columns = snake_case_names(frame.columns)
    return tidy


def snake_case_names(names: list[str] | pd.Index) -> list[str]:
    """'Order ID' -> 'order_id', 'sellerZip' -> 'seller_zip'; a column without a name is called after its position, 'column_1'."""
    result: list[str] = []
    for position, name in enumerate(names, start=1):
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
        snake = re.sub(r"\W+", "_", words).strip("_").lower() or f"column_{position}"
        if snake in result:
            raise UnreadableData("duplicate column", f"columns {result.index(snake) + 1} and {position} would both be called {snake!r}", 1)
        result.append(snake)
    return result
