"""The builder sends its form as a part of a page; the whole page then goes to the sign-in."""

import pytest

from portal.builder.form import form_of
from portal.kept.sealing import size_of
from portal.roles import Role
from provisioning.actions.registry import ACTIONS
from provisioning.rules import drafts
from provisioning.rules.models import Draft
from tests.portal.accounts.support import person, signed_in
from tests.portal.kept.support import age_of_session, come_back, hidden_on, late, of
from tests.support.factories import COMMAND, make_rule

pytestmark = pytest.mark.django_db

PATH = "/rules/joiner/edit/"
PART = {"hx-request": "true", "hx-current-url": f"http://testserver{PATH}?for=x"}


def test_the_form_of_the_builder_waits_and_is_sent_whole() -> None:
    user = person(role=Role.OPERATOR)
    client = signed_in(user)
    draft = drafts.start(make_rule("joiner"), actor=COMMAND)
    fields = form_of(draft.definition or {}, ACTIONS).fields()
    form = {
        **fields,
        "seen": draft.seen,
        "title": "Thought about for long",
        "op": "save",
        "for": "",
    }
    age_of_session(client)
    answer = client.post(PATH, form, headers=PART)
    assert answer["HX-Redirect"] == f"/sign-in/?next={PATH}%3Ffor%3Dx"
    assert answer.status_code == 200
    assert "is kept for 30 minutes" in client.get(answer["HX-Redirect"]).content.decode()
    page = client.get(come_back(client)).content.decode()
    assert of(user).sent.page == f"{PATH}?for=x"
    assert client.post(PATH, dict(hidden_on(page))).status_code == 302
    now = Draft.objects.get(name="joiner").definition
    assert isinstance(now, dict)
    assert now["title"] == "Thought about for long"


def test_the_largest_form_of_the_builder_fits() -> None:
    """900 fields, each of them with the longest name and 100 characters."""
    user = person(role=Role.OPERATOR)
    client = signed_in(user)
    make_rule("joiner")
    late(client, PATH, {f"c.1.2.3.4.{number}.value": "ü" * 100 for number in range(900)})
    assert len(of(user).sent.fields) == 900
    assert size_of(of(user).sent) < 256 * 1024
