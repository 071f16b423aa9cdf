"""Text from Okta is shown as text, and secrets are shown nowhere, on every page of these."""

import json

import pytest

from audit import trail
from audit.models import Entry
from portal.roles import Role
from provisioning.events.models import Event
from provisioning.rules.models import Verdict
from tests.support.factories import (
    HOSTILE,
    NOW,
    SECRET,
    client_of,
    current_of,
    make_delivery,
    make_event,
    make_person,
    make_profile,
    make_rule,
    make_user,
)
from tests.support.run_factories import make_group, make_run


def everywhere(text: str) -> list[str]:
    """Put the text wherever it can come from outside; the pages that then show something of it."""
    rule = make_rule()
    person = make_person(f"{text}@acme.example", name=text)
    delivery = make_delivery(
        detail=text, user_agent=text, source=text, content_type=text, hook=text, reason=""
    )
    event = make_event(
        person,
        {"eventType": "x", "who": text, f"<b>{len(text)}": {"deep": [text]}},
        event_type=f"user.{text}",
        display_message=text,
        actor_login=text,
        severity=text,
        transaction_id=text,
        delivery=delivery,
        state=Event.State.FAILED,
        error=text,
    )
    unmatched = make_event(person, state=Event.State.FAILED, run_count=0, error=text)
    profile = make_profile(event, {"department": text})
    profile.previous, profile.groups = {"was": text}, [{"profile": {"name": text}}]
    profile.save()
    check = {
        "path": "when", "kind": "check", "result": False, "decided": True, "children": [],
        "field": "user.profile.department", "op": "equals", "wanted": text, "saw": text,
    }  # fmt: skip
    Verdict.objects.create(
        event=event, rule=rule, version=current_of(rule), matched=False, why=text, created_at=NOW,
        trace={"tree": check, "matches": {"name": text}},
    )  # fmt: skip
    run = make_run(rule, event, states=("failed", "waiting"))
    make_group(rule, runs=[run], message=text, target=text)
    actor = trail.Actor("user", "somebody", text, "203.0.113.9")
    trail.record("event.retried", actor=actor, obj=trail.Object("event", event.code, "x"),
                 data={"said": text})  # fmt: skip
    entry = Entry.objects.get(verb="event.retried")
    return [
        "/", "/events/", f"/events/{event.code}/", f"/events/{unmatched.code}/", "/deliveries/",
        f"/deliveries/{delivery.code}/", "/audit/", f"/audit/{entry.code}/",
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_hostile_name_makes_no_element_on_any_page() -> None:
    client = client_of(make_user(Role.ADMIN))
    for path in everywhere(HOSTILE):
        html = client.get(path).content.decode()
        assert "<img" not in html, path
        assert "&lt;img src=x" in html, path


@pytest.mark.django_db
def test_a_marked_secret_is_on_no_page() -> None:
    client = client_of(make_user(Role.ADMIN))
    paths = everywhere(SECRET)
    for path in paths:
        response = client.get(path)
        assert response.status_code == 200
        assert SECRET not in response.content.decode(), path


@pytest.mark.django_db
def test_the_value_of_a_field_named_as_a_secret_is_masked() -> None:
    body = {"debugContext": {"debugData": {"apiToken": "plain-looking-value"}}}
    event = make_event(make_person(), body)
    client = client_of(make_user())
    assert json.loads(event.body) == body
    html = client.get(f"/events/{event.code}/").content.decode()
    assert "plain-looking-value" not in html
    assert "•••• (secret)" in html
