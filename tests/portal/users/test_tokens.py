"""Tokens for machines: scoped, expiring, shown once, ended at once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from portal.models import ApiToken, User
from portal.roles import Role
from provisioning.clocks import database_now
from tests.support.factories import client_of, make_rule, make_user

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
