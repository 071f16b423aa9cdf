"""Sending a kept form does what the form would have done, once, with every check."""

import pytest
from django.test import Client

from portal.accounts.session_store import FRESH
from portal.models import KeptForm, User
from portal.roles import Role
from provisioning.approvals import policy
from provisioning.rules.models import Draft
from tests.portal.accounts.support import PASSWORD, person
from tests.portal.kept.support import action_on, come_back, hidden_on, late, of

pytestmark = pytest.mark.django_db
NEW = {"name": "marketing-folders"}


def waiting(user: User, path: str = "/rules/new/", sent: dict[str, str] | None = None) -> Client:
    """Signed in again, with a form that waits."""
    client = Client()
    client.force_login(user)
    late(client, path, sent or NEW)
    come_back(client, user.username)
    return client


def send(client: Client, user: User) -> int:
    """Press the button, as a browser would send it."""
    page = client.get(f"/kept/{of(user).code}/").content.decode()
    sent = dict(hidden_on(page))
    referer = f"http://testserver/kept/{of(user).code}/"
    return client.post(action_on(page), sent, headers={"referer": referer}).status_code


def test_it_is_done_once_and_waits_no_longer() -> None:
    user = person(role=Role.OPERATOR)
    client = waiting(user)
    path = f"/kept/{of(user).code}/"
    assert not Draft.objects.exists()
    assert send(client, user) == 302
    assert Draft.objects.get().name == "marketing-folders"
    assert client.get(path).status_code == 404
    assert not KeptForm.objects.exists()


def test_another_form_for_the_same_page_leaves_it() -> None:
    user = person(role=Role.OPERATOR)
    client = waiting(user)
    assert client.post("/rules/new/", {"name": "sales-folders"}).status_code == 302
    assert of(user).sent.fields == [("name", ["marketing-folders"])]


def test_a_mistake_in_it_is_shown_by_its_own_page() -> None:
    user = person(role=Role.OPERATOR)
    client = waiting(user, sent={"name": "No Such Name"})
    assert send(client, user) == 400
    assert not KeptForm.objects.exists()


def test_whoever_may_not_do_it_any_more_is_refused_and_keeps_the_text() -> None:
    user = person(role=Role.OPERATOR)
    client = waiting(user)
    user.groups.create(name="auditor-to-be")
    user.groups.through.objects.filter(user_id=user.pk, group__name="operator").delete()
    come_back(client)
    assert send(client, user) == 403
    assert not Draft.objects.exists()
    assert of(user).sent.fields == [("name", ["marketing-folders"])]


def test_without_the_token_it_is_refused_and_the_text_stays() -> None:
    user = person(role=Role.OPERATOR)
    waiting(user)
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert send(client, user) == 403
    assert not Draft.objects.exists()
    assert of(user).sent.url_name == "rule-new"


def test_a_risky_act_asks_again_who_it_is_and_leads_back_to_the_text() -> None:
    user = person()
    client = waiting(user, "/policy/", {"four_eyes": "medium", "reason": "A team of one."})
    session = client.session
    session[FRESH] -= 11 * 60
    session.save()
    path, code = f"/kept/{of(user).code}/", of(user).code
    page = client.get(path).content.decode()
    answer = client.post("/policy/", dict(hidden_on(page)),
                         headers={"referer": f"http://testserver{path}"})  # fmt: skip
    assert answer["Location"] == f"/sign-in/again/?next=%2Fkept%2F{code}%2F"
    assert policy.current().four_eyes
    confirmed = client.post("/sign-in/again/", {"password": PASSWORD, "next": path})
    assert confirmed["Location"] == path
    assert send(client, user) == 302
    assert not policy.current().four_eyes
    assert not KeptForm.objects.exists()


def test_a_view_that_asks_again_by_itself_leaves_the_text() -> None:
    user = person()
    form = {"roles": "operator", "active": "on", "reason": "A new job."}
    client = waiting(user, f"/users/{user.code}/change/", form)
    session = client.session
    session[FRESH] -= 11 * 60
    session.save()
    assert send(client, user) == 302
    assert of(user).sent.url_name == "user-change"


def test_sent_too_late_once_more_it_is_still_the_same_form_from_the_same_page() -> None:
    user = person(role=Role.OPERATOR)
    client = waiting(user)
    code = of(user).code
    late(client, "/rules/new/", NEW, headers={"referer": f"http://testserver/kept/{code}/"})
    assert (of(user).code, of(user).sent.page) == (code, "/rules/new/")
