"""Two removals of the last two factors at once: one is refused."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connections
from pytest_django import Settings

from portal.accounts import own_factors
from tests.conftest import LiveDatabase
from tests.portal.accounts.factor_support import add_key, with_app
from tests.portal.accounts.software_key import SoftwareKey
from tests.portal.accounts.support import signed_in
from tests.support.factories import COMMAND


def test_of_two_removed_at_once_one_stays(live_db: LiveDatabase, settings: Settings) -> None:
    settings.REQUIRE_MFA = True
    user = with_app()
    add_key(signed_in(user), SoftwareKey())
    codes = [one.code for one in own_factors.of(user) if one.kind != "recovery_codes"]

    def remove(one: str) -> bool:
        try:
            return own_factors.remove(user, one, actor=COMMAND)
        except own_factors.CannotRemove:
            return False
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(remove, codes)) == [False, True]
