"""Tags for pages about runs: `{% load run_tags %}`."""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from django import template

from portal import times

register = template.Library()
T = TypeVar("T")


@register.filter
def of(known: Mapping[int, T], key: int) -> T | None:
    """What is known of this one; None where nothing is."""
    return known.get(key)


@register.simple_tag
def took(started_at: datetime | None, ended_at: datetime | None) -> str:
    """The time between two moments; a dash where one of them is missing."""
    return times.duration(ended_at - started_at) if started_at and ended_at else "–"
