"""Who may decide, once."""

from datetime import timedelta

import pytest

from audit.models import Entry
from provisioning.approvals import requests
from provisioning.approvals.requests import CannotDecide
from provisioning.clocks import database_now
from tests.provisioning.approvals.asking import CONTENT, approve, asked, person

pytestmark = pytest.mark.django_db


def test_another_person_approves_and_the_trail_says_so() -> None:
    approval = approve(asked())
    assert approval.state == "approved"
    verbs = list(Entry.objects.order_by("id").values_list("verb", flat=True))
    assert verbs == ["approval.requested", "approval.approved"]


def test_nobody_approves_what_they_asked_for() -> None:
    with pytest.raises(CannotDecide, match="You asked for this"):
        approve(asked("maya"), "maya")


def test_nobody_approves_what_they_wrote() -> None:
    with pytest.raises(CannotDecide, match="You wrote this"):
        approve(asked("maya", author_identity="okta:tom"), "tom")


def test_two_accounts_of_one_person_are_one_person() -> None:
    """S29."""
    second_account = person("maya.admin", known_as="okta:maya")
    with pytest.raises(CannotDecide, match="You asked for this"):
        approve(asked("maya"), actor=second_account)


def test_one_person_with_two_accounts_does_not_count_twice() -> None:
    """S29."""
    approval = approve(asked(needed=2))
    assert approval.state == "open"
    with pytest.raises(CannotDecide, match="decided already"):
        approve(approval, actor=person("tom2", known_as="okta:tom"))
    assert approve(approval, "eva").state == "approved"


def test_a_role_that_may_not_decide_is_refused() -> None:
    """S24: an auditor never approves, whatever else they hold."""
    with pytest.raises(CannotDecide, match="needs the role approver"):
        approve(asked(), roles=["operator"])
    with pytest.raises(CannotDecide, match="Auditors read everything"):
        approve(asked(), roles=["auditor", "approver"])


def test_other_content_than_was_seen_is_refused() -> None:
    """S27."""
    seen = asked().digest
    approval = asked(content={**CONTENT, "more": 1})
    with pytest.raises(CannotDecide, match="has changed"):
        approve(approval, digest=seen)


def test_asking_anew_for_other_content_voids_the_first() -> None:
    """S27: an approval is of one content."""
    first = asked()
    asked(content={**CONTENT, "more": 1})
    first.refresh_from_db()
    assert first.state == "void"
    with pytest.raises(CannotDecide, match="void already"):
        approve(first)


def test_asking_again_for_the_same_keeps_the_request() -> None:
    assert asked().pk == asked().pk


def test_rejecting_needs_a_reason_and_one_is_enough() -> None:
    approval = asked(needed=2)
    with pytest.raises(CannotDecide, match="needs a reason"):
        approve(approval, verdict="reject", reason="  ")
    assert approve(approval, verdict="reject", reason="Not now.").state == "rejected"


def test_what_nobody_decided_expires_and_cannot_be_decided_after() -> None:
    approval = asked(expires_in=timedelta(hours=1))
    later = database_now() + timedelta(hours=2)
    expired = requests.expire(approval, later, actor=person("clock"))
    assert expired is not None
    assert (expired.pk, expired.state) == (approval.pk, "expired")
    with pytest.raises(CannotDecide, match="expired already"):
        approve(approval)


def test_a_request_past_its_time_is_not_decided_although_no_clock_ran() -> None:
    approval = asked(expires_in=timedelta(seconds=-1))
    with pytest.raises(CannotDecide, match="expired"):
        approve(approval)


def test_a_claim_is_seen_by_others_and_binds_nobody() -> None:
    approval = asked()
    assert requests.claim(approval, on=True, actor=person("tom"))
    assert not requests.claim(approval, on=True, actor=person("eva"))
    assert approve(approval, "eva").state == "approved"
