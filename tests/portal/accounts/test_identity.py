"""Two accounts of one person count as one (S29)."""

import pytest

from portal.identity import identity_of
from tests.portal.accounts.support import person

pytestmark = pytest.mark.django_db


def test_an_okta_account_and_a_local_one_with_an_alias_of_its_mailbox_are_one_person() -> None:
    okta = person("maya@acme.example", email="maya@acme.example", okta_id="00u1")
    local = person("maya", email="Maya+Admin@ACME.example")
    assert identity_of(okta) == identity_of(local) == "00u1"


def test_two_local_accounts_with_one_mailbox_are_one_person() -> None:
    one, two = person("a", email="maya+1@acme.example"), person("b", email="maya+2@acme.example")
    assert identity_of(one) == identity_of(two) == "maya@acme.example"


def test_two_people_of_okta_with_one_mailbox_are_one_person() -> None:
    one = person("a", email="maya@acme.example", okta_id="00u1")
    two = person("b", email="maya+b@acme.example", okta_id="00u2")
    assert identity_of(one) == identity_of(two)


def test_others_are_others() -> None:
    accounts = [
        person("a", email="maya@acme.example", okta_id="00u1"),
        person("b", email="maya.l@acme.example", okta_id="00u2"),
        person("c", email="maya@other.example"),
        person("d"),
        person("e", okta_id="00u3"),
        person("f"),
        person("g", email="mayab@acme.example"),
    ]
    assert len({identity_of(account) for account in accounts}) == len(accounts)
