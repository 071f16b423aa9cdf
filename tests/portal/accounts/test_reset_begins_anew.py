"""Whoever was given a new password is not kept out by the wrong ones they typed before."""

import io

import pytest
from django.core.management import call_command

from portal.accounts import throttling
from tests.portal.accounts.support import person
from tests.portal.accounts.test_throttling import attempt

pytestmark = pytest.mark.django_db
NEW = "another long walk home"


def test_after_a_reset_the_new_password_serves_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    user = person()
    for number in range(12):
        attempt(address=f"203.0.113.{number}")
    for _ in range(6):
        throttling.take(throttling.factor_bucket(user))
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{NEW}\n"))
    call_command("reset_account", "maya", "--password-stdin", stdout=io.StringIO())
    assert attempt(password=NEW, address="203.0.113.99").status_code == 302
    assert throttling.take(throttling.factor_bucket(user)) == ""
