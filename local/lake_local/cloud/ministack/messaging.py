"""MiniStack's SQS: messages and who holds them."""

from __future__ import annotations

import time

from .application import state_file


def release_received() -> None:
    """Make every message visible that somebody had received when the last server ended: nobody holds it any more.

    That the server ended is no fault of the message: the receipt does not count.
    """
    from ministack.services import sqs

    now = time.time()
    saved = state_file("sqs")
    ended = saved.stat().st_mtime if saved.exists() else now
    for queue in sqs._queues.values():
        for message in queue["messages"]:
            if message.get("receive_count", 0) > 0 and message.get("visible_at", 0) > ended:
                message.update({"visible_at": now, "receipt_handle": None, "receive_count": message["receive_count"] - 1})


def backlog(queue_name: str) -> tuple[int, float] | None:
    """Return how many messages of a queue wait, and the age of its oldest in seconds; None if there is no such queue."""
    from ministack.services import sqs

    queue = next((one for one in sqs._queues.values() if one["name"] == queue_name), None)
    if queue is None:
        return None
    now = time.time()
    messages = list(queue["messages"])
    return sum(one["visible_at"] <= now for one in messages), max((now - one.get("sent_at", now) for one in messages), default=0.0)
