"""Why calls to the hook endpoint are refused, in words."""

from collections.abc import Mapping
from datetime import datetime, timedelta

#: Reason code of a Delivery or RefusalCount -> what it says to a person.
REASONS: Mapping[str, str] = {
    "bad_secret": "Wrong or missing secret",
    "no_secret_set": "No secret is set here",
    "method": "Neither GET nor POST",
    "no_challenge": "Verification without a challenge",
    "bad_challenge": "Malformed challenge",
    "content_type": "Not sent as JSON",
    "content_encoding": "Compressed body",
    "content_length": "Content-Length is no number",
    "too_large": "Body too large",
    "cut_short": "Body cut short",
    "too_slow": "Body too slow",
    "too_deep": "Nested too deeply",
    "not_utf8": "Not UTF-8",
    "not_json": "Not JSON",
    "no_events": "Not an event hook",
    "too_many_events": "Too many events in one call",
}


def reason_text(reason: str) -> str:
    return REASONS.get(reason) or reason.replace("_", " ").capitalize()


def in_words(counts: Mapping[str, int]) -> str:
    """`Wrong or missing secret 10, not JSON 2`: the most frequent first."""
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    text = ", ".join(f"{_lower(reason_text(reason))} {count:,}" for reason, count in ranked)
    return text[:1].upper() + text[1:]


def _lower(text: str) -> str:
    """Without a capital at the start, unless the word has more of them."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def refusals_since(now: datetime) -> datetime:
    """The start of the 24 full hours, the present one among them, that refusals are counted in."""
    return now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=23)
