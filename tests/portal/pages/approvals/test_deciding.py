"""Deciding on the pages, and every way in which it is refused."""

from datetime import timedelta

import pytest
from django.test import Client

from audit.models import Entry
from portal.accounts.session_store import FRESH
from portal.models import SessionEnd
from portal.roles import Role
from provisioning.approvals import requests
from provisioning.approvals.models import Approval
from provisioning.clocks import database_now
from provisioning.events.models import Person
from provisioning.rules import versions
from provisioning.runs.models import Run
from tests.portal.accounts.support import age
from tests.portal.pages.approvals.support import (
    approver,
    ask_for,
    asked,
    careful,
    path,
    sent,
    state,
)
from tests.support.factories import COMMAND, client_of, make_user
from tests.support.list_checks import html_of

pytestmark = pytest.mark.django_db

UNDECIDED = ("open", "held", 0)


def test_an_approver_releases_the_run() -> None:
    approval = asked()
    _, client = approver("tom")
    answer = client.post(path(approval, "decide/"), sent(approval, reason="Fine."), follow=True)
    assert state(approval) == ("approved", "pending", 1)
    assert "Approved." in answer.content.decode()
    run = Run.objects.get()
    assert run.approved_digest == approval.digest
    assert "approved by tom" in client.get(f"/runs/{run.code}/").content.decode()


def test_rejecting_needs_a_reason_and_says_so() -> None:
    approval = asked()
    _, client = approver()
    answer = client.post(path(approval, "decide/"), sent(approval, "reject"))
    assert (answer.status_code, state(approval)) == (409, UNDECIDED)
    assert "Rejecting needs a reason" in answer.content.decode()
    client.post(path(approval, "decide/"), sent(approval, "reject", reason="Not now."))
    assert state(approval) == ("rejected", "rejected", 1)


def test_two_people_have_to_agree() -> None:
    approval = asked(careful(approval="{needed: 2}"))
    _, first = approver()
    page = first.post(path(approval, "decide/"), sent(approval), follow=True).content.decode()
    assert "Another person has to agree" in page
    assert "1 of 2" in page
    assert "You have decided already; another person must." in page
    _, second = approver()
    second.post(path(approval, "decide/"), sent(approval))
    assert state(approval) == ("approved", "pending", 2)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OPERATOR, Role.AUDITOR])
def test_other_roles_decide_nothing(role: Role) -> None:
    """S24: the crafted POST of somebody who may not."""
    approval = asked()
    client = client_of(make_user(role))
    page = client.get(path(approval)).content.decode()
    assert "Approvers can decide." in page
    assert 'name="verdict"' not in page
    assert client.post(path(approval, "decide/"), sent(approval)).status_code == 403
    assert client.post(path(approval, "claim/"), {"on": "1"}).status_code == 403
    assert state(approval) == UNDECIDED


def test_get_decides_nothing() -> None:
    """S25."""
    approval = asked()
    _, client = approver()
    assert client.get(path(approval, "decide/"), sent(approval)).status_code == 405
    assert client.get(path(approval) + "?verdict=approve").status_code == 200
    assert state(approval) == UNDECIDED


def test_without_the_csrf_token_nothing_is_decided() -> None:
    """S25."""
    approval = asked()
    user, _ = approver()
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.post(path(approval, "decide/"), sent(approval)).status_code == 403
    assert state(approval) == UNDECIDED


def test_a_session_that_was_ended_decides_nothing() -> None:
    """S25."""
    approval = asked()
    user, client = approver()
    SessionEnd.objects.update_or_create(
        pk=user.pk, defaults={"at": database_now() + timedelta(seconds=1)}
    )
    answer = client.post(path(approval, "decide/"), sent(approval))
    assert answer["Location"].startswith("/sign-in/")
    assert state(approval) == UNDECIDED


def test_after_ten_minutes_one_has_to_sign_in_again() -> None:
    """S25."""
    approval = asked()
    _, client = approver()
    age(client, timedelta(minutes=11), FRESH)
    answer = client.post(path(approval, "decide/"), sent(approval))
    assert answer["Location"].startswith("/sign-in/again/")
    assert state(approval) == UNDECIDED


def test_other_fields_are_ignored() -> None:
    """S22."""
    approval = asked()
    _, client = approver()
    extra = {"state": "approved", "approved_by": "me", "needed": "0", "requester": "x"}
    answer = client.post(path(approval, "decide/"), {"digest": approval.digest, **extra})
    assert (answer.status_code, state(approval)) == (422, UNDECIDED)
    client.post(path(approval, "decide/"), sent(approval, "reject", reason="No.", **extra))
    approval.refresh_from_db()
    assert (approval.state, approval.requester) == ("rejected", "Okta, user.lifecycle.create")


def test_one_s_own_request_has_no_buttons() -> None:
    approval = asked()
    user, client = approver("maya")
    user.email = "maya@acme.example"
    user.save()
    run = Run.objects.get()
    run.requester, run.requester_identity = "maya", "maya@acme.example"
    run.save()
    approval = again(run, approval)
    page = client.get(path(approval)).content.decode()
    assert "You asked for this; another approver must decide." in page
    assert 'name="verdict"' not in page
    assert client.post(path(approval, "decide/"), sent(approval)).status_code == 409
    assert state(approval) == UNDECIDED


def again(run: Run, approval: Approval) -> Approval:
    requests.void("run", run.code, because="Again.", actor=COMMAND)
    approval.refresh_from_db()
    return ask_for(run)


def test_what_changed_is_asked_anew_and_only_the_difference_is_shown() -> None:
    """S27 on the page."""
    approval = asked()
    known = {"firstName": "Janet", "lastName": "Doe", "email": "j@acme.example"}
    Person.objects.update(user={"status": "ACTIVE", "profile": known}, user_read_at=database_now())
    _, client = approver()
    answer = client.post(path(approval, "decide/"), sent(approval), follow=True)
    page = answer.content.decode()
    assert "Nothing was decided: what would happen has changed" in page
    assert "What has changed" in page
    assert "marketing-Janet/" in page
    fresh = Approval.objects.open().get()
    assert answer.redirect_chain[-1][0] == path(fresh)
    assert state(approval)[:1] == ("void",)
    old = client.get(path(approval)).content.decode()
    assert "The request in its place" in old
    client.post(path(fresh, "decide/"), sent(fresh))
    assert state(fresh) == ("approved", "pending", 1)


def test_what_cannot_be_filled_in_any_more_ends_without_a_decision() -> None:
    approval = asked()
    Person.objects.update(
        user={"status": "ACTIVE", "profile": {"email": "j@acme.example"}},
        user_read_at=database_now(),
    )
    _, client = approver()
    page = client.post(path(approval, "decide/"), sent(approval), follow=True).content.decode()
    assert "a step cannot be filled in any more" in page
    assert state(approval) == ("void", "pending", 0)
    assert Run.objects.get().approved_digest == ""


def test_an_old_page_is_refused_and_leads_to_the_new_request() -> None:
    approval = asked()
    versions.switch("careful", on=False, actor=COMMAND)
    _, client = approver()
    client.post(path(approval, "decide/"), sent(approval))
    answer = client.post(path(approval, "decide/"), sent(approval, "reject", reason="Typed."))
    page = answer.content.decode()
    assert (answer.status_code, Approval.objects.open().count()) == (409, 1)
    assert "What would happen now" in page
    assert "The rule has been turned off since" in client.get(
        path(Approval.objects.open().get())
    ).content.decode()  # fmt: skip


def test_it_can_be_claimed_and_let_go() -> None:
    approval = asked()
    _, tom = approver("tom")
    _, ann = approver("ann")
    tom.post(path(approval, "claim/"), {"on": "1"})
    assert "Let go" in tom.get(path(approval)).content.decode()
    page = ann.post(path(approval, "claim/"), {"on": "1"}, follow=True).content.decode()
    assert "Nothing was changed" in page
    tom.post(path(approval, "claim/"), {"on": "0"})
    approval.refresh_from_db()
    assert approval.claimed_by == ""
    assert Entry.objects.filter(verb="approval.claimed").count() == 1


def test_an_operator_gives_a_held_run_up() -> None:
    approval = asked()
    run = Run.objects.get()
    client = client_of(make_user(Role.OPERATOR, "olga"))
    assert "Cancel this run" in client.get(f"/runs/{run.code}/").content.decode()
    assert client.post(f"/runs/{run.code}/cancel/").status_code == 422
    client.post(f"/runs/{run.code}/cancel/", {"reason": "Wrong person."})
    assert state(approval) == ("void", "cancelled", 0)
    page = client.get(f"/runs/{run.code}/").content.decode()
    assert "olga cancelled it. Wrong person." in page


def test_a_held_run_is_not_sent_back() -> None:
    approval = asked()
    client = client_of(make_user(Role.APPROVER))

    assert 'value="changes"' not in html_of(client, f"/approvals/{approval.code}/")
    sent = {"verdict": "changes", "digest": approval.digest, "reason": "Other folder"}
    response = client.post(f"/approvals/{approval.code}/decide/", sent)
    assert response.status_code == 409
    assert "Nothing of this can be changed. Approve or reject it." in response.content.decode()
