"""Reading a request body within a time: the server hands it over as it arrives, however slowly.

`wsgi.input.read` cannot be interrupted, so it runs in a companion of the request's thread. A body
that takes too long costs us its companion, which ends with the connection, and nothing else.
"""

import threading
from queue import Empty, SimpleQueue
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
        self.asked: SimpleQueue[tuple[Any, int] | None] = SimpleQueue()
        self.answered: SimpleQueue[bytes | Exception] = SimpleQueue()

    def run(self) -> None:
        while (request := self.asked.get()) is not None:
            try:
                self.answered.put(read_up_to(*request))
            except Exception as error:  # noqa: BLE001 - handed to the thread that asked
                self.answered.put(error)


_local = threading.local()
_left_behind: list[_Companion] = []


def read_within(stream: Any, limit: int, seconds: float) -> bytes:
    """At most `limit` bytes of the stream. Raises TooSlow, Busy, and what reading raises."""
    companion = _companion()
    companion.asked.put((stream, limit))
    try:
        answer = companion.answered.get(timeout=seconds)
    except Empty:
        companion.asked.put(None)
        _left_behind.append(companion)
        _local.companion = None
        raise TooSlow from None
    if isinstance(answer, Exception):
        raise answer
    return answer


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
