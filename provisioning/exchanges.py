"""A call to the hook endpoint and its answer, which any thread may give, once."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from provisioning.events.intake import Call

log = logging.getLogger(__name__)

#: Takes the status, the headers and the body of an answer.
Send = Callable[[int, list[tuple[str, str]], bytes], object]

#: Seconds between two looks for calls that take too long.
LOOK_EVERY = 0.1


class Refused(Exception):  # noqa: N818
    """The call is answered with `status` and recorded under `reason`."""

    def __init__(self, status: int, reason: str, detail: str, label: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.reason = reason
        self.detail = detail
        self.label = label


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


class Exchange:
    """One call. Bare locks: an Event costs as much as reading the call."""

    __slots__ = ("_answered", "_send", "_turn", "_waiting", "call")

    def __init__(self, call: Call, send: Send) -> None:
        self.call = call
        self._send = send
        self._turn = threading.Lock()
        self._answered = threading.Lock()
        self._waiting = threading.Lock()
        self._waiting.acquire()

    def claim(self) -> bool:
        """True once: for whoever decides what becomes of the call."""
        return self._turn.acquire(blocking=False)

    def answer(self, answer: Answer) -> None:
        """Send the answer, unless one was sent."""
        if not self._answered.acquire(blocking=False):
            return
        headers = [
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
            ("X-Request-Id", self.call.request_id),
            *answer.headers,
        ]
        if answer.status != 204:
            headers.append(("Content-Length", str(len(answer.body))))
        try:
            self._send(answer.status, headers, answer.body)
        finally:
            self._waiting.release()

    def wait(self) -> None:
        """Until the answer was sent."""
        with self._waiting:
            pass


class Watch(threading.Thread):
    """Looks after calls whose answer depends on others: the caller who sends, the database."""

    def __init__(self) -> None:
        super().__init__(name="hook-watch", daemon=True)
        self._lock = threading.Lock()
        #: until when, on the steady clock, and what is done then
        self._open: dict[Exchange, tuple[float, Callable[[], None]]] = {}
        self._any = threading.Event()

    def over(self, exchange: Exchange, seconds: float, late: Callable[[], None]) -> None:
        """Call `late` after so many seconds, unless the exchange is closed or watched anew."""
        with self._lock:
            self._open[exchange] = (time.monotonic() + seconds, late)
        if not self._any.is_set():
            self._any.set()

    def close(self, exchange: Exchange) -> None:
        self._open.pop(exchange, None)

    def run(self) -> None:
        while True:
            self._any.wait()
            self._any.clear()
            while self._open:
                time.sleep(LOOK_EVERY)
                for late in self._late():
                    self._tell(late)

    def _late(self) -> list[Callable[[], None]]:
        now = time.monotonic()
        with self._lock:
            found = [(one, late) for one, (due, late) in self._open.copy().items() if now >= due]
            for exchange, _ in found:
                self.close(exchange)
        return [late for _, late in found]

    def _tell(self, late: Callable[[], None]) -> None:
        try:
            late()
        except Exception:
            log.exception("A late call could not be answered")
