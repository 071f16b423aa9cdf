"""Times and durations as people read them. Everything is UTC and says so."""

from datetime import UTC, datetime, timedelta

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def stamp(at: datetime) -> str:
    """`2026-11-20 09:12:03 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def clock(at: datetime) -> str:
    """`09:12:03.118`: the time of day to the millisecond, where the day stands elsewhere."""
    return f"{at.astimezone(UTC):%H:%M:%S.%f}"[:-3]


def iso(at: datetime) -> str:
    """`2026-11-20T09:12:03Z`, with microseconds where there are any."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def ago(at: datetime, now: datetime) -> str:
    """`8 s ago`, `2 h ago`, `in 38 s`: the largest unit only."""
    seconds = (now - at).total_seconds()
    if abs(seconds) < 1:
        return "now"
    text = _largest(abs(seconds))
    return f"{text} ago" if seconds > 0 else f"in {text}"


def duration(took: timedelta | float | None) -> str:
    """`4 ms`, `0.62 s`, `12 s`, `3 m 26 s`, `2 h 10 m`, `3 d 4 h`; empty for None."""
    if took is None:
        return ""
    seconds = max(took.total_seconds() if isinstance(took, timedelta) else float(took), 0.0)
    if seconds < 0.1:
        return f"{round(seconds * 1000)} ms"
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    return _two_units(round(seconds))


def _largest(seconds: float) -> str:
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds >= size), _UNITS[-1])
    return f"{int(seconds // size)} {unit}"


def _two_units(seconds: int) -> str:
    parts: list[str] = []
    for size, unit in _UNITS:
        count, seconds = divmod(seconds, size)
        if count or parts:
            parts.append(f"{count} {unit}" if count else "")
        if len(parts) == 2:
            break
    return " ".join(part for part in parts if part)
