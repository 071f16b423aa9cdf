"""Filters for the pages of deliveries and of the audit log: `{% load trail_tags %}`."""

from django import template

from audit.models import Entry
from audit.verbs import VERBS
from portal.masking import masked_text
from portal.objects import object_url
from portal.refusals import reason_text as words_of

register = template.Library()


@register.filter
def reason_text(reason: str) -> str:
    """`bad_secret` as "Wrong or missing secret"."""
    return words_of(reason)


@register.filter
def verb_says(verb: str) -> str:
    """The sentence of a verb; empty for one that the catalogue has no more."""
    known = VERBS.get(verb)
    return known.says if known else ""


@register.filter
def masked(text: str) -> str:
    """The text without secrets."""
    return masked_text(text)


@register.filter
def page_of(entry: Entry) -> str:
    """The page of what an entry is about; empty where there is none."""
    return object_url(entry.object_kind, entry.object_id)
