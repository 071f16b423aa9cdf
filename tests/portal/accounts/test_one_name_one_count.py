"""However a name is written, guessing its password is counted once (S16)."""

import pytest

from audit.models import Entry
from tests.portal.accounts.support import PASSWORD, person
from tests.portal.accounts.test_throttling import attempt, statuses

pytestmark = pytest.mark.django_db

#: All of them lead to the account `maya`: spaces are cut off, wide and bold letters are letters.
WRITTEN = ("maya", " maya", "maya  ", "\tmaya", "\u3000maya", "ｍaya", "mａya", "𝐦aya", "ma𝓎a")


@pytest.mark.parametrize("name", WRITTEN)
def test_the_account_is_found_by_each(name: str) -> None:
    person()
    assert attempt(name, PASSWORD).status_code == 302


def test_other_ways_to_write_a_name_are_no_further_tries() -> None:
    user = person()
    tries = [
        attempt(WRITTEN[number % len(WRITTEN)] + " " * number, address=f"203.0.113.{number}")
        for number in range(20)
    ]
    assert statuses(tries) == [422] * 10 + [429] * 10
    refused = Entry.objects.filter(verb="user.sign_in_refused")
    assert set(refused.values_list("object_id", flat=True)) == {user.code}
