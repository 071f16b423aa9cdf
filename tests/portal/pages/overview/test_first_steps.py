"""A new installation: four steps, each read from what is really there."""

import pytest
from pytest_django import Settings

from provisioning.events.models import Delivery
from tests.portal.pages.overview.support import look, viewer
from tests.support.factories import make_delivery, make_event, make_rule


def steps(settings: Settings, secret: str = "", org: str = "", token: str = "") -> list[bool]:
    settings.OKTA_HOOK_SECRETS, settings.OKTA_ORG_URL = secret, org
    settings.OKTA_API_TOKEN, settings.OKTA_CLIENT_ID = token, ""
    return [task.done for task in look(viewer()).context["checklist"]]


@pytest.mark.django_db
def test_at_first_nothing_is_done_and_each_step_says_how(settings: Settings) -> None:
    assert steps(settings) == [False, False, False, False]
    settings.BASE_URL = "https://sluice.acme.example"
    html = look(viewer()).content.decode()
    assert "OKTA_HOOK_SECRETS=main:" in html
    assert "https://sluice.acme.example/hooks/okta" in html
    assert "manage.py rules apply" in html


@pytest.mark.django_db
def test_each_step_is_ticked_by_what_is_there(settings: Settings) -> None:
    assert steps(settings, secret="main:a-secret-of-ours") == [True, False, False, False]
    make_delivery(outcome=Delivery.Outcome.REFUSED, reason="bad_secret")
    assert steps(settings, secret="main:a-secret-of-ours") == [True, False, False, False]
    make_delivery(outcome=Delivery.Outcome.VERIFIED)
    assert steps(settings) == [False, True, False, False]
    assert steps(settings, org="https://acme.okta.com") == [False, True, False, False]
    assert steps(settings, org="https://acme.okta.com", token="t") == [False, True, True, False]
    make_rule()
    assert steps(settings) == [False, True, False, True]


@pytest.mark.django_db
def test_no_secret_is_shown(settings: Settings) -> None:
    settings.OKTA_HOOK_SECRETS = "main:correct-horse-battery"
    assert "correct-horse-battery" not in look(viewer()).content.decode()


@pytest.mark.django_db
def test_with_the_first_event_the_steps_are_gone() -> None:
    make_event()
    assert "checklist" not in look(viewer()).context
