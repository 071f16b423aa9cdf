"""Tags for pages about runs: `{% load run_tags %}`."""

from datetime import datetime

from django import template

from portal import times

register = template.Library()


@register.simple_tag
def took(started_at: datetime | None, ended_at: datetime | None) -> str:
    """The time between two moments; a dash where one of them is missing."""
    return times.duration(ended_at - started_at) if started_at and ended_at else "–"
