"""The builder as a browser uses it: what the page posts, and what the draft then says."""

import re
from html import unescape
from typing import Any

from django.test import Client

from provisioning.rules.models import Draft
from tests.support.list_checks import html_of

EDIT = "/rules/joiner/edit/"


def draft_of(name: str = "joiner") -> Draft:
    return Draft.objects.unfinished().get(name=name)


def kept() -> Any:
    """What the draft says."""
    return draft_of().definition


def fields_of(client: Client, path: str = EDIT) -> dict[str, str]:
    """What a browser would post, read out of the page as it is."""
    html = html_of(client, path)
    form = html[html.index('id="builder"') : html.index("</form>", html.index('id="builder"'))]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        at = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if at.get("name") and (at.get("type") != "checkbox" or " checked" in tag):
            found[at["name"]] = unescape(at.get("value", ""))
    for name, inner in re.findall(
        r'<textarea[^>]* name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form, re.S
    ):
        found[name] = unescape(inner)
    lists = r'<select[^>]* name="([^"]*)"[^>]*>(.*?)</select>'
    for name, inner in re.findall(lists, form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', inner)
        first = re.search(r'<option value="([^"]*)"', inner)
        match = chosen or first
        found[name] = unescape(match[1]) if match else ""
    found.pop("csrfmiddlewaretoken", None)
    return found


def post(client: Client, op: str, changes: dict[str, str] | None = None, **extra: Any) -> Any:
    return client.post(EDIT, {**fields_of(client), **(changes or {}), "op": op}, **extra)
