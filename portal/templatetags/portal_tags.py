"""Tags and filters for every page: `{% load portal_tags %}`."""

from datetime import UTC, datetime, timedelta

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal import times
from portal.badges import badge_for

register = template.Library()


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """A 16 px picture that says nothing to a screen reader: put a word next to it."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        css, static("portal/icons.svg"), name,
    )  # fmt: skip


@register.simple_tag
def badge(state: object, text: str = "", *, plain: bool = False) -> SafeString:
    """`{% badge run.state %}`, or in other words `{% badge "failed" "Failed at step 4 of 6" %}`.

    `plain=page.dense` is the word in its colour, one element instead of three.
    """
    look = badge_for(state)
    if plain:
        return format_html('<b class="toned tone-{}">{}</b>', look.tone, text or look.word)
    return format_html(
        '<span class="badge-state tone-{}">{}{}</span>',
        look.tone, icon(look.icon), text or look.word,
    )  # fmt: skip


@register.filter
def tone(state: object) -> str:
    return badge_for(state).tone


@register.filter
def state_icon(state: object) -> str:
    return badge_for(state).icon


@register.filter
def state_word(state: object) -> str:
    return badge_for(state).word


@register.simple_tag(takes_context=True)
def ago(context: template.Context, at: datetime | None) -> SafeString | str:
    """`2 m ago` with the full time as its title; a dash where there is none."""
    if at is None:
        return "–"
    now = context.get("now") or datetime.now(UTC)
    return _time(at, times.ago(at, now))


@register.simple_tag
def when(at: datetime | None) -> SafeString | str:
    """The full time, in UTC, as a `<time>`."""
    return _time(at, times.stamp(at)) if at else "–"


@register.simple_tag
def time_of_day(at: datetime | None) -> SafeString | str:
    return _time(at, times.clock(at)) if at else "–"


def _time(at: datetime, text: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', times.iso(at), times.stamp(at), text
    )


@register.filter
def duration(took: timedelta | float | None) -> str:
    return times.duration(took)


@register.filter
def number(value: int | None) -> str:
    """`12400` as `12,400`."""
    return "" if value is None else f"{value:,}"
