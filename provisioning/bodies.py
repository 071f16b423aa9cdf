"""Work on a request that may wait for its body: the server hands a body over however slowly.

`wsgi.input.read` cannot be interrupted, so it runs in a companion of the request's thread. A body
that takes too long costs us its companion, which ends with the connection, and nothing else.
"""

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

CHUNK = 64 * 1024
#: Companions that may be left behind in unfinished reads at once.
MOST_LEFT_BEHIND = 64


class TooSlow(Exception):  # noqa: N818 - a refusal, told to the caller
    """The body did not arrive in time."""


class Busy(Exception):  # noqa: N818
    """Too many bodies are arriving too slowly; the caller should come again."""


class _Companion(threading.Thread):
    def __init__(self) -> None:
        super().__init__(name="body-reader", daemon=True)
        self.asked: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def run(self) -> None:
        while (work := self.asked.get()) is not None:
            work()


_local = threading.local()
_left_behind: list[_Companion] = []


def hand_over(work: Callable[[], None]) -> None:
    """Let this thread's companion do it; it must not raise. Raises Busy."""
    _companion().asked.put(work)


def leave_behind() -> None:
    """The companion is still reading: it ends when it can, and this thread gets another."""
    companion = _companion()
    companion.asked.put(None)
    _left_behind.append(companion)
    _local.companion = None


def read_up_to(stream: Any, limit: int) -> bytes:
    """At most `limit` bytes of the stream, however long that takes."""
    parts, left = [], limit
    while left > 0 and (part := stream.read(min(CHUNK, left))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _companion() -> _Companion:
    kept: _Companion | None = getattr(_local, "companion", None)
    if kept is not None:
        return kept
    _left_behind[:] = [companion for companion in _left_behind if companion.is_alive()]
    if len(_left_behind) >= MOST_LEFT_BEHIND:
        raise Busy
    fresh = _Companion()
    fresh.start()
    _local.companion = fresh
    return fresh
