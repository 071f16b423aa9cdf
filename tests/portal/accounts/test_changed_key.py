"""SECRET_KEY was changed and the former one is gone: codes cannot be read, and nothing breaks."""

import pytest
from django.test import Client
from pytest_django import Settings

from portal.accounts import factors
from portal.models import User
from tests.portal.accounts.factor_support import code, send_password, with_app
from tests.portal.accounts.support import is_in, signed_in
from tests.support.factories import COMMAND

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(settings: Settings) -> User:
    settings.REQUIRE_MFA = True
    user = with_app()
    factors.new_recovery_codes(user, actor=COMMAND)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another one, " * 5, []
    return user


def test_a_code_proves_nothing_and_the_log_says_what_to_do(
    user: User, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client()
    send_password(client)
    answer = client.post("/sign-in/code/", {"code": code()})
    assert answer.status_code == 422
    assert not is_in(client)
    said = [record.getMessage() for record in caplog.records if "SECRET_KEY" in record.getMessage()]
    assert len(said) == 2
    assert all("of maya cannot be read" in one and "reset_account" in one for one in said)


def test_the_account_says_so_and_takes_new_recovery_codes(user: User) -> None:
    page = signed_in(user).get("/account/")
    assert page.status_code == 200
    assert "They cannot be read any more" in page.content.decode()
    fresh = factors.new_recovery_codes(user, actor=COMMAND)
    assert "10 left" in signed_in(user).get("/account/").content.decode()
    assert factors.check_code(user, fresh[0], actor=COMMAND) == "recovery code"


def test_with_the_former_key_at_hand_codes_go_on_being_good(settings: Settings) -> None:
    user, former = with_app(), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another one, " * 5, [former]
    assert factors.check_code(user, code(), actor=COMMAND) == "totp"
