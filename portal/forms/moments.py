"""Fields for times: a span until now, as in `24h`, and a moment."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date, parse_datetime

_SINCE = re.compile(r"([1-9]\d{0,3})([mhd])")
_UNIT = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


class Since(forms.CharField):
    """`24h`: the time from then until now."""

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if text and not _SINCE.fullmatch(text):
            raise ValidationError(
                f"“{text[:40]}” is no span of time. Write a number and m, h or d, such as 24h."
            )
        return text


def span_of(since: str) -> timedelta:
    """Of a text that Since has let through."""
    return int(since[:-1]) * _UNIT[since[-1]]


class Moment(forms.CharField):
    """A time in ISO 8601; without a zone it is UTC, without a time of day midnight."""

    def clean(self, value: Any) -> datetime | None:
        text: str = super().clean(value)
        return read_moment(text) if text else None


def read_moment(text: str) -> datetime:
    """Raise ValidationError with a sentence when the text is no moment in time."""
    try:
        at = parse_datetime(text.replace(" ", "T"))
        if at is None and (day := parse_date(text)):
            at = datetime(day.year, day.month, day.day, tzinfo=UTC)
        at = at and (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        at = None
    if at is None:
        raise ValidationError(
            f"“{text[:40]}” is no time. Write it as 2026-11-20 or 2026-11-20T09:12:00Z."
        )
    return at
