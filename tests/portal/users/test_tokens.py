"""Tokens for machines: scoped, expiring, shown once, ended at once."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from portal.models import ApiToken, User
from portal.roles import Role
from portal.users import tokens
from provisioning import recovery
from provisioning.clocks import database_now
from provisioning.events.models import SignOut
from tests.support.factories import client_of, make_event, make_rule, make_user

pytestmark = pytest.mark.django_db


def make(user: User, scopes: tuple[str, ...] = ("status",), **fields: object) -> str:
    """The token's text, as the page shows it."""
    given = {"name": "monitor", "scopes": scopes, "days": 30, **fields}
    answer = client_of(user).post(reverse("token-make"), given)
    assert answer.status_code == 200, answer.content.decode()
    return str(answer.context["text"])


def ask(text: str, name: str = "api-status") -> int:
    return Client().get(reverse(name), headers={"Authorization": f"Bearer {text}"}).status_code


def test_a_token_reads_what_its_scope_says_and_nothing_else() -> None:
    make_rule("some-rule")
    text = make(make_user())
    assert ask(text) == 200
    assert ask(text, "api-rules") == 401
    assert ask(make(make_user(), ("rules",)), "api-rules") == 200


def test_the_text_is_shown_once_and_kept_nowhere() -> None:
    """S34."""
    user = make_user()
    text = make(user)
    assert text not in client_of(user).get(reverse("token-list")).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(t)::text FROM portal_apitoken AS t")
        assert text not in cursor.fetchone()[0]
    assert all(text not in str(entry.data) for entry in Entry.objects.all())


@pytest.mark.parametrize("end", ["expired", "revoked", "owner turned off"])
def test_a_token_that_ended_opens_nothing(end: str) -> None:
    user = make_user()
    text = make(user)
    if end == "expired":
        past = database_now() - timedelta(seconds=1)
        ApiToken.objects.update(expires_at=past)
    elif end == "revoked":
        client_of(user).post(reverse("token-revoke", args=[ApiToken.objects.get().code]))
    else:
        User.objects.filter(pk=user.pk).update(is_active=False)
    assert ask(text) == 401


@pytest.mark.parametrize("text", ["", "sluice_", "sluice_" + "x" * 43, "x" * 10_000, "é"])
def test_another_text_opens_nothing(text: str) -> None:
    assert Client().get(reverse("api-status"), headers={"Authorization": f"Bearer {text}"}
                        ).status_code == 401  # fmt: skip


def test_a_session_opens_nothing_of_the_machines() -> None:
    assert client_of(make_user(Role.ADMIN)).get(reverse("api-status")).status_code == 401


def test_the_last_use_is_kept() -> None:
    text = make(make_user())
    assert ApiToken.objects.get().used_at is None
    ask(text)
    assert ApiToken.objects.get().used_at is not None


def test_nobody_ends_the_token_of_somebody_else() -> None:
    make(make_user())
    address = reverse("token-revoke", args=[ApiToken.objects.get().code])
    assert client_of(make_user()).post(address).status_code == 404
    assert ApiToken.objects.get().revoked_at is None


@pytest.mark.parametrize(
    "fields", [{"days": 0}, {"days": 9999}, {"name": " "}, {"scopes": ["all"]}]
)
def test_what_no_token_can_be_made_of_is_said(fields: dict[str, object]) -> None:
    given = {"name": "monitor", "scopes": ["status"], "days": 30, **fields}
    answer = client_of(make_user()).post(reverse("token-make"), given)
    assert answer.status_code == 422
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("role", [None, Role.APPROVER, Role.AUDITOR])
def test_a_token_stands_for_what_its_owner_may_make_today(role: Role | None) -> None:
    user = make_user()
    text = make(user)
    user.groups.set([] if role is None else [Group.objects.get_or_create(name=role)[0]])
    assert ask(text) == 401
    user.groups.set([Group.objects.get_or_create(name=Role.ADMIN)[0]])
    assert ask(text) == 200


def test_the_token_of_somebody_whom_okta_signed_out_opens_nothing_until_they_are_back() -> None:
    user = make_user()
    User.objects.filter(pk=user.pk).update(okta_id="00uleaver")
    text = make(user)
    event = make_event(person_id="00uleaver", event_type="user.lifecycle.deactivate")
    SignOut.objects.create(person_id="00uleaver", at=database_now(), event=event)
    assert ask(text) == 401
    User.objects.filter(pk=user.pk).update(last_login=database_now())
    assert ask(text) == 200


def test_a_sign_out_is_remembered_longer_than_any_token_lives() -> None:
    assert timedelta(days=tokens.MOST_DAYS) < recovery.KEEP_SIGN_OUTS
