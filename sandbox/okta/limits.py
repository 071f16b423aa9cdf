"""Rate limits in windows of a minute that begin with the first request."""

import time
from dataclasses import dataclass

from sandbox.web import RefusedInputError

WINDOW_SECONDS = 60
DEFAULT_LIMIT = 600
#: First match counts.
BUCKETS = (("/api/v1/logs", 120), ("/oauth2/v1/token", 300), ("/api/v1/users", DEFAULT_LIMIT))


@dataclass
class _Window:
    ends: float
    used: int = 0


@dataclass(frozen=True)
class Standing:
    limit: int
    remaining: int
    reset: int
    exceeded: bool = False

    def headers(self) -> dict[str, str]:
        return {
            "X-Rate-Limit-Limit": str(self.limit),
            "X-Rate-Limit-Remaining": str(self.remaining),
            "X-Rate-Limit-Reset": str(self.reset),
        }


class Limiter:
    """The org's lock guards it."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._limits: dict[str, int] = dict(BUCKETS)
        self._windows: dict[str, _Window] = {}

    def set(self, bucket: str, limit: int) -> None:
        """`bucket` is the start of a path, `/api/v1/logs`; raises RefusedInputError."""
        if not bucket.startswith("/") or limit < 1:
            raise RefusedInputError("A limit needs a path like /api/v1/logs and a number above 0.")
        self._limits.pop(bucket, None)
        self._limits = {bucket: limit, **self._limits}
        self._windows.pop(bucket, None)

    def use(self, path: str, count: int = 1) -> Standing:
        """Count a request against its bucket; with a count of 0 only look."""
        bucket = next((name for name in self._limits if path.startswith(name)), "/")
        limit, now = self._limits.get(bucket, DEFAULT_LIMIT), time.time()
        window = self._windows.get(bucket)
        if window is None or window.ends <= now:
            window = self._windows[bucket] = _Window(ends=now + WINDOW_SECONDS)
        window.used += count
        remaining = limit - window.used
        return Standing(limit, max(0, remaining), int(window.ends) + 1, exceeded=remaining < 0)


def concurrency() -> Standing:
    """The other 429: too many at once; the reset is a hint only."""
    return Standing(0, 0, int(time.time()) + WINDOW_SECONDS, exceeded=True)
