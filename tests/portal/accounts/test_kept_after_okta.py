"""Signing in with Okta leads to a form that was sent after the session had ended."""

import pytest

from portal.models import User
from tests.portal.accounts.okta_support import MAYA, Okta, browser
from tests.portal.kept.support import WORDS, late, of

pytestmark = pytest.mark.django_db


def test_it_waits_behind_okta_too(okta: Okta) -> None:
    client = browser()
    okta.put_in(MAYA, "sluice-admins")
    okta.sign_in(client, MAYA)
    user = User.objects.get(okta_id=okta.id_of(MAYA))
    late(client)
    answer = okta.sign_in(client, MAYA, "/runs/")
    assert answer["Location"] == f"/kept/{of(user).code}/"
    assert WORDS in client.get(answer["Location"]).content.decode()
