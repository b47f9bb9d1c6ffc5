"""`Job`: where a script says that its work is done, and its bookmarks with it."""

from __future__ import annotations

from typing import Any

from . import bookmarks


class Job:
    """Bookmarks count only between `init` and `commit`, as on AWS."""

    def __init__(self, glue_context: Any) -> None:
        self.glue_context = glue_context

    def init(self, job_name: str, args: dict[str, Any] | None = None) -> None:
        bookmarks.begin()

    def isInitialized(self) -> bool:
        return bookmarks.active() is not None

    def commit(self) -> None:
        bookmarks.commit()
