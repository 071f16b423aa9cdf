"""The page of one entry: its data, its bytes, its request, and its neighbours."""

import hashlib

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import trail
from audit.models import Entry
from audit.trail import Actor, Object
from portal.roles import Role
from tests.support.factories import COMMAND, client_of, make_user

RULE = Object("rule", "joiner", "joiner")


def tell(verb: str, obj: Object = RULE, actor: Actor = COMMAND, **data: object) -> Entry:
    return Entry.objects.get(code=trail.record(verb, actor=actor, obj=obj, data=data))


def page(entry: Entry) -> str:
    return client_of(make_user(Role.AUDITOR)).get(f"/audit/{entry.code}/").content.decode()


@pytest.mark.django_db
def test_it_shows_the_sentence_the_data_and_the_bytes_with_their_hash() -> None:
    entry = tell("rule.changed", version=14)
    html = page(entry)
    assert "A new version of a rule was made." in html
    assert "version" in html
    assert "&quot;verb&quot;:&quot;rule.changed&quot;" in html
    assert hashlib.sha256(bytes(entry.canonical)).hexdigest() in html
    assert "Committed" in html


@pytest.mark.django_db
def test_before_and_after_are_those_of_the_same_object() -> None:
    first = tell("rule.created")
    tell("rule.created", Object("rule", "leaver"))
    middle = tell("rule.changed")
    tell("rule.created", Object("user", "joiner"))
    last = tell("rule.turned_off")
    context = client_of(make_user(Role.AUDITOR)).get(f"/audit/{middle.code}/").context
    assert context["before"].code == first.code
    assert context["after"].code == last.code


@pytest.mark.django_db
def test_other_entries_of_its_request_are_named() -> None:
    actor = Actor("command", "root", "root", "host", "request-77")
    entry = tell("rule.created", actor=actor)
    other = tell("rule.turned_off", actor=actor)
    alone = tell("rule.changed", actor=Actor("command", "root", "root", "host", "request-78"))
    html = page(entry)
    assert f"/audit/{other.code}/" in html
    assert "/audit/?request=request-77" in html
    assert "No other entry came from this request." in page(alone)


@pytest.mark.django_db
def test_a_name_is_shown_as_personal_and_not_in_the_bytes() -> None:
    entry = tell("rule.changed", actor=Actor("user", "code-1", "maya.l", "198.51.100.9"))
    html = page(entry)
    assert "Actor&#x27;s name" in html
    assert "maya.l" in html
    assert b"maya.l" not in bytes(entry.canonical)


@pytest.mark.django_db
def test_it_asks_at_most_twelve_times() -> None:
    actor = Actor("command", "root", "root", "host", "request-77")
    entries = [tell("rule.changed", actor=actor) for _ in range(60)]
    client = client_of(make_user(Role.ADMIN))
    with CaptureQueriesContext(connection) as captured:
        html = client.get(f"/audit/{entries[30].code}/").content.decode()
    assert "The first 20 are shown." in html
    assert len(captured) <= 12


@pytest.mark.django_db
def test_an_operator_is_refused() -> None:
    entry = tell("rule.changed")
    assert client_of(make_user(Role.OPERATOR)).get(f"/audit/{entry.code}/").status_code == 403
