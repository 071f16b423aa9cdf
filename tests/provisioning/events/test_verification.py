"""Okta's one-time challenge is answered, and nothing else is echoed (S10)."""

import json

import pytest
from pytest_django import Settings

from audit.models import Entry
from provisioning.events.models import Delivery
from tests.support.hooks import Hook

CHALLENGE = {"X-Okta-Verification-Challenge": "8f2Zp0Example_Challenge-1a2b"}


@pytest.mark.parametrize("path", ["/hooks/okta", "/hooks/okta/"])
def test_the_challenge_comes_back_as_json(hook: Hook, path: str) -> None:
    answer = hook.call("GET", headers=CHALLENGE, PATH_INFO=path)
    assert answer.status == 200
    assert json.loads(answer.body) == {"verification": "8f2Zp0Example_Challenge-1a2b"}
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_verification_is_recorded(hook: Hook) -> None:
    hook.call("GET", headers=CHALLENGE)
    assert Delivery.objects.get().outcome == "verified"
    assert Entry.objects.filter(verb="delivery.verified").count() == 1


def test_without_the_secret_it_is_401(hook: Hook) -> None:
    assert hook.call("GET", headers=CHALLENGE, HTTP_AUTHORIZATION=None).status == 401


def test_an_org_that_sends_no_secret_can_be_let_in(hook: Hook, settings: Settings) -> None:
    settings.OKTA_HOOK_OPEN_VERIFICATION = True
    assert hook.call("GET", headers=CHALLENGE, HTTP_AUTHORIZATION=None).status == 200
    assert hook.call("GET", headers=CHALLENGE, HTTP_AUTHORIZATION="wrong").status == 401


def test_without_a_challenge_it_is_400(hook: Hook) -> None:
    assert hook.call("GET").status == 400
    assert Delivery.objects.get().reason == "no_challenge"


@pytest.mark.parametrize("challenge", ["<script>", 'a"b', "x" * 257, "x" * 10_000, "a b", "\xe9"])
def test_another_alphabet_or_length_is_not_echoed(hook: Hook, challenge: str) -> None:
    answer = hook.call("GET", headers={"X-Okta-Verification-Challenge": challenge})
    assert (answer.status, answer.body) == (400, b"")


def test_another_path_below_hooks_is_404(hook: Hook) -> None:
    assert hook.call("GET", headers=CHALLENGE, PATH_INFO="/hooks/other").status == 404
