"""A session at Okta leads in without a question, and that is no sign-in of late (S25)."""

import time

import pytest

from portal.accounts import id_tokens
from portal.accounts.session_store import FRESH, STARTED
from tests.portal.accounts.okta_support import MAYA, Okta, browser

pytestmark = pytest.mark.django_db
read = id_tokens.read


@pytest.mark.parametrize("ago", [None, 3600])
def test_who_was_not_asked_by_okta_is_asked_before_a_sensitive_act(
    okta: Okta, monkeypatch: pytest.MonkeyPatch, ago: int | None
) -> None:
    def told(*given: object, **more: object) -> dict[str, object]:
        claims = read(*given, **more)  # type: ignore[arg-type]  # handed on as they are
        return {**claims, "auth_time": ago and time.time() - ago}

    monkeypatch.setattr(id_tokens, "read", told)
    okta.put_in(MAYA, "sluice-admins")
    client = browser()
    okta.sign_in(client, MAYA)
    assert client.get("/runs/").status_code == 200
    answer = client.post("/policy/", {"four_eyes": "high", "reason": "x"})
    assert answer["Location"].startswith("/sign-in/again/")


def test_who_was_just_asked_is_not_asked_again(okta: Okta) -> None:
    okta.put_in(MAYA, "sluice-admins")
    client = browser()
    okta.sign_in(client, MAYA)
    assert client.session[STARTED] - client.session[FRESH] < 60
    assert client.post("/policy/", {"four_eyes": "always", "reason": "x"})["Location"] == "/policy/"
