"""Making a plan by its button, and sending its form as a browser would."""

import re

from django.test import Client

from provisioning.plans.models import Plan
from provisioning.runs.models import Run
from tests.support.list_checks import html_of

#: What the form of a draft sends.
FORM = {
    "start": "start", "version": "same", "rate": "2", "stop_after": "3", "classes": ["would_act"],
}  # fmt: skip


def planned(client: Client) -> Plan:
    """The plan that the button of the only cause makes."""
    group = Run.objects.failures().values_list("group__code", flat=True)[0]
    response = client.post("/failures/replay/", {"g": group})
    plan = Plan.objects.latest("pk")
    assert response.headers["Location"] == f"/plans/{plan.code}/"
    return plan


def form_of(html: str) -> dict[str, list[str]]:
    """What a browser would send with the plan's main button."""
    fields: dict[str, list[str]] = {}
    for name, options in re.findall(r'<select name="(\w+)"[^>]*>(.*?)</select>', html, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        assert chosen is not None
        fields[name] = [chosen[1]]
    for tag in re.findall(r"<input[^>]+>", html):
        found = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        boxed = found.get("type") in ("checkbox", "radio")
        if found.get("name") and (not boxed or " checked" in tag):
            fields.setdefault(found["name"], []).append(found.get("value", ""))
    wanted = ("checksum", "start", "version", "rate", "stop_after", "reason", "classes")
    return {name: fields[name] for name in wanted if name in fields}


def confirm(client: Client, plan: Plan, **changes: object) -> str:
    fields = form_of(html_of(client, f"/plans/{plan.code}/"))
    response = client.post(f"/plans/{plan.code}/confirm/", {**fields, **changes}, follow=True)
    return response.content.decode()
