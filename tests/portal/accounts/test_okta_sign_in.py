"""Signing in with Okta: who one becomes, and what one may do then. Over real HTTP to a provider."""

import pytest
import requests
from django.contrib.auth.models import Group
from pytest_django import Settings

from audit.models import Entry
from portal.models import User
from portal.roles import Role
from tests.portal.accounts.okta_support import MAYA, NOOR, Okta, browser, query_of
from tests.portal.accounts.support import is_in, person, signed_in

pytestmark = pytest.mark.django_db


def roles(user: User) -> set[str]:
    return set(user.groups.values_list("name", flat=True))


def test_a_person_in_a_mapped_group_gets_an_account_and_the_page_asked_for(okta: Okta) -> None:
    okta_id = okta.put_in(MAYA, "sluice-operators")
    client = browser()
    answer = okta.sign_in(client, MAYA, "/runs/?state=failed")
    assert (answer.status_code, answer["Location"]) == (302, "/runs/?state=failed")
    user = User.objects.get()
    assert (user.okta_id, user.username, user.email) == (okta_id, MAYA, MAYA)
    assert (user.first_name, user.last_name) == ("Maya", "Lindqvist")
    assert roles(user) == {"operator"}
    assert not user.has_usable_password()
    assert is_in(client)
    verbs = [entry.verb for entry in Entry.objects.order_by("id")]
    assert verbs == ["user.created", "user.roles_changed", "user.signed_in"]
    assert Entry.objects.get(verb="user.signed_in").data["method"] == "okta"


def test_what_is_asked_of_okta(okta: Okta) -> None:
    asked = query_of(okta.leave_for(browser()))
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert set(asked["scope"].split()) == {"openid", "profile", "email", "groups"}
    assert asked["redirect_uri"] == "http://localhost:8000/sign-in/okta/callback/"
    assert len(asked["nonce"]) >= 32
    assert len(asked["state"]) >= 16


def test_the_second_time_it_is_the_same_account_with_the_roles_of_that_day(okta: Okta) -> None:
    okta.put_in(MAYA, "sluice-admins", "sluice-operators")
    first, second = browser(), browser()
    okta.sign_in(first, MAYA)
    assert roles(User.objects.get()) == {"admin", "operator"}
    okta.put_in(MAYA, "sluice-approvers")
    okta.sign_in(second, MAYA)
    assert roles(User.objects.get()) == {"approver"}
    assert is_in(second)
    assert not is_in(first)  # a role was taken away (S15)
    changed = Entry.objects.filter(verb="user.roles_changed").order_by("id").last()
    assert changed is not None
    assert changed.data == {"before": ["admin", "operator"], "after": ["approver"]}


def test_groups_that_are_no_role_of_the_portal_stay(okta: Okta) -> None:
    okta.put_in(MAYA, "sluice-admins")
    okta.sign_in(browser(), MAYA)
    User.objects.get().groups.add(Group.objects.create(name="lunch"))
    okta.put_in(MAYA, "sluice-operators")
    okta.sign_in(browser(), MAYA)
    assert roles(User.objects.get()) == {"operator", "lunch"}


def test_without_a_mapped_group_there_is_no_access_and_a_sentence(okta: Okta) -> None:
    okta.put_in(MAYA)
    client = browser()
    answer = okta.sign_in(client, MAYA)
    assert answer.status_code == 403
    assert "none of your groups there has a role in Sluice" in answer.content.decode()
    assert not User.objects.exists()
    assert not is_in(client)
    entry = Entry.objects.get(verb="user.sign_in_refused")
    assert entry.data == {"why": "okta: You have no access here"}


def test_who_lost_the_groups_loses_the_roles_and_the_sessions(okta: Okta) -> None:
    okta.put_in(MAYA, "sluice-admins")
    before = browser()
    okta.sign_in(before, MAYA)
    okta.put_in(MAYA)
    assert okta.sign_in(browser(), MAYA).status_code == 403
    assert roles(User.objects.get()) == set()
    assert not is_in(before)


def test_an_auditor_with_another_role_is_refused_with_a_sentence(okta: Okta) -> None:
    """S24: by the service; the database's part is in test_auditors.py."""
    okta.put_in(MAYA, "sluice-auditors", "sluice-admins")
    answer = okta.sign_in(browser(), MAYA)
    assert answer.status_code == 403
    assert "An auditor holds no other role, but admin was" in answer.content.decode()
    assert not User.objects.exists()


def test_an_account_with_the_same_mail_is_not_joined(okta: Okta) -> None:
    """S19: not even one whose mail Okta calls verified, and not by its name either."""
    admin = person(MAYA, Role.ADMIN, email=MAYA)
    okta_id = okta.put_in(MAYA, "sluice-operators")
    client = browser()
    okta.sign_in(client, MAYA)
    assert client.session["_auth_user_id"] != str(admin.pk)
    made = User.objects.get(okta_id=okta_id)
    assert made.username == f"{MAYA} ({okta_id})"
    assert roles(made) == {"operator"}
    admin.refresh_from_db()
    assert (admin.okta_id, roles(admin)) == (None, {"admin"})


def test_an_account_that_was_turned_off_here_stays_out(okta: Okta) -> None:
    okta.put_in(MAYA, "sluice-admins")
    okta.sign_in(browser(), MAYA)
    User.objects.update(is_active=False)
    client = browser()
    answer = okta.sign_in(client, MAYA)
    assert answer.status_code == 403
    assert "turned off" in answer.content.decode()
    assert not is_in(client)


def test_somebody_who_is_suspended_in_okta_does_not_come_back(okta: Okta) -> None:
    okta.put_in(MAYA, "sluice-admins")
    okta.client.suspend(MAYA)
    refused = okta.choose(okta.leave_for(browser()), MAYA)
    assert refused.status_code == 403
    assert "only people who are active may" in refused.text


def test_only_own_paths_are_gone_to(okta: Okta) -> None:
    okta.put_in(MAYA, "sluice-admins")
    assert okta.sign_in(browser(), MAYA, "https://evil.example/")["Location"] == "/"


def test_proving_it_again_asks_okta_for_the_password_and_makes_the_session_fresh(
    okta: Okta,
) -> None:
    okta.put_in(MAYA, "sluice-admins")
    client = browser()
    okta.sign_in(client, MAYA)
    page = client.get("/sign-in/again/?next=/rules/").content.decode()
    assert "Confirm with Okta" in page
    assert "password" not in page
    asked = query_of(okta.leave_for(client, "/rules/", again="1"))
    assert (asked["prompt"], asked["max_age"]) == ("login", "0")
    assert okta.sign_in(client, MAYA, "/rules/", again="1")["Location"] == "/rules/"
    assert Entry.objects.filter(verb="user.confirmed").count() == 1


def test_proving_it_again_as_somebody_else_is_refused(okta: Okta) -> None:
    okta.put_in(MAYA, "sluice-admins")
    okta.put_in(NOOR, "sluice-admins")
    client = browser()
    okta.sign_in(client, MAYA)
    answer = okta.sign_in(client, NOOR, again="1")
    assert answer.status_code == 400
    assert "Somebody else signed in to Okta" in answer.content.decode()
    assert client.session["_auth_user_id"] == str(User.objects.get(username=MAYA).pk)


def test_the_button_is_there_only_when_it_leads_somewhere(okta: Okta, settings: Settings) -> None:
    assert "Sign in with Okta" in browser().get("/sign-in/").content.decode()
    settings.OIDC_CLIENT_ID = ""
    assert "Sign in with Okta" not in browser().get("/sign-in/").content.decode()
    assert browser().post("/sign-in/okta/").status_code == 404
    assert signed_in(person()).get("/sign-in/okta/callback/").status_code == 404


def test_while_okta_is_away_a_sentence_says_so(okta: Okta, settings: Settings) -> None:
    settings.OKTA_ORG_URL = "http://127.0.0.1:9"
    answer = browser().post("/sign-in/okta/")
    assert answer.status_code == 503
    assert "Okta cannot be asked now" in answer.content.decode()


@pytest.mark.parametrize("issuer", ["", "/oauth2/default"])
def test_after_signing_out_one_is_told_that_okta_is_still_open(
    okta: Okta, settings: Settings, issuer: str
) -> None:
    okta.put_in(MAYA, "sluice-admins")
    client = browser()
    okta.sign_in(client, MAYA)
    settings.OIDC_ISSUER = okta.sandbox.okta_url + issuer
    page = client.post("/sign-out/", follow=True).content.decode()
    assert "Your session at Okta goes on" in page
    address = f"{okta.sandbox.okta_url}/login/signout"
    assert f'href="{address}"' in page
    assert requests.get(address, timeout=10).status_code == 200


def test_somebody_with_a_local_account_is_told_nothing_of_okta(okta: Okta) -> None:
    page = signed_in(person()).post("/sign-out/", follow=True).content.decode()
    assert "Your session at Okta" not in page


def test_without_okta_the_address_says_nothing_of_it(db: None) -> None:
    page = browser().get("/sign-in/?out=okta").content.decode()
    assert "Your session at Okta" not in page
