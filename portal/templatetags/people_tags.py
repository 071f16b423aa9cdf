"""Tags for naming people: `{% load people_tags %}`."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.masking import masked_text
from portal.people.links import person_url

register = template.Library()


@register.simple_tag
def person(okta_id: str, text: str) -> SafeString | str:
    """`{% person event.person_id event.person_login %}`: the text as a link to the person's page;
    only the text where there is no such page, a dash where there is no text either."""
    url, text = person_url(okta_id), masked_text(text or okta_id)
    return format_html('<a href="{}">{}</a>', url, text) if url and text else text or "–"


@register.filter
def person_page(okta_id: str) -> str:
    """The address of a person's page; empty for a text that is no Okta id."""
    return person_url(okta_id)
