"""What is run, what is only recorded, and what differs from AWS: entries kept beside the code that makes them true.

A service of the embedded cloud lists its entries; `cloud/fidelity_document.py` writes the tables of docs/fidelity.md from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["run", "recorded", "differs"]


@dataclass(frozen=True)
class Entry:
    """One line of docs/fidelity.md.

    - `run`: does here what it does on AWS, as far as a lake can tell
    - `differs`: runs, with the difference that the text names
    - `recorded`: kept with its properties and listed by `lake status`; nothing happens
    """

    subject: str
    state: State
    text: str
