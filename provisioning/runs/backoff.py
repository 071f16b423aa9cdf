"""When to try again: exponential, full jitter, capped; up to a day, then a person decides."""

import random
from datetime import datetime, timedelta

from django.conf import settings

BASE_SECONDS = 2.0
CAP_SECONDS = 15 * 60.0


def delay(attempt: int, retry_after: float | None = None, roll: float | None = None) -> timedelta:
    """How long to wait after this attempt (counting from 1).

    `retry_after` in seconds, when the target named one, is the least; `roll` in [0, 1) is the
    jitter, drawn if not given.
    """
    most = min(CAP_SECONDS, BASE_SECONDS * 2 ** min(attempt, 20))
    drawn = random.random() if roll is None else roll  # noqa: S311 - jitter, no secret
    return timedelta(seconds=max(1.0, (retry_after or 0.0) + drawn * most))


def given_up(first_try_at: datetime, now: datetime) -> bool:
    return now - first_try_at > timedelta(hours=settings.RETRY_FOR_HOURS)
