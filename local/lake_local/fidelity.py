"""What is run, what is only recorded, and what differs from AWS: entries kept beside the code that makes them true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Entry:
    """One line of docs/fidelity.md.

    - `run`: does here what it does on AWS, as far as a lake can tell
    - `differs`: runs, with the difference that the text names
    - `recorded`: kept with its properties and listed by `lake status`; nothing happens
    """

    subject: str
    state: Literal["run", "recorded", "differs"]
    text: str
