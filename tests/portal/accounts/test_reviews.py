"""Each use of a break-glass account is looked into by somebody else within 24 h (S50)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from audit.models import Entry
from portal import context
from portal.accounts import reviews
from portal.accounts.session_store import FRESH
from portal.identity import identity_of
from portal.models import BreakGlassReview, User
from portal.roles import Role
from provisioning.clocks import database_now
from provisioning.notices import telling
from provisioning.notices.models import Notice
from tests.portal.accounts.support import PASSWORD, age, person, signed_in
from tests.support.factories import COMMAND
from tests.support.list_checks import assert_nothing_breaks

pytestmark = pytest.mark.django_db


@pytest.fixture
def emergency() -> User:
    user = person("emergency")
    user.break_glass = True
    user.save()
    return user


def enter(name: str = "emergency") -> Client:
    client = Client()
    client.post("/sign-in/", {"username": name, "password": PASSWORD})
    return client


@pytest.fixture
def review(emergency: User) -> BreakGlassReview:
    enter().get("/runs/")
    return BreakGlassReview.objects.get()


def close(by: User, review: BreakGlassReview, note: str = "Okta was away; all is in order.") -> Any:
    address = reverse("break-glass-close", args=[review.code])
    return signed_in(by).post(address, {"note": note})


def move_back(review: BreakGlassReview, by: timedelta) -> None:
    BreakGlassReview.objects.filter(pk=review.pk).update(
        signed_in_at=review.signed_in_at - by, due_at=review.due_at - by
    )


def test_a_sign_in_makes_one_that_is_due_a_day_later(review: BreakGlassReview) -> None:
    assert review.state == "open"
    assert review.due_at - review.signed_in_at == timedelta(hours=24)
    assert review.source == "127.0.0.1"
    entry = Entry.objects.get(verb="user.break_glass_used")
    assert entry.data["review"] == review.code
    enter()
    assert BreakGlassReview.objects.count() == 2


def test_another_account_makes_none() -> None:
    person()
    enter("maya")
    assert not BreakGlassReview.objects.exists()


def test_a_sign_in_that_fails_makes_none(emergency: User) -> None:
    Client().post("/sign-in/", {"username": "emergency", "password": "wrong"})
    assert not BreakGlassReview.objects.exists()


def test_no_sign_in_without_it(emergency: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one transaction: if the review cannot be written, nobody is signed in."""

    def fail(*_: object, **__: object) -> None:
        raise IntegrityError

    monkeypatch.setattr(telling, "tell", fail)
    client = Client(raise_request_exception=False)
    with transaction.atomic():
        client.post("/sign-in/", {"username": "emergency", "password": PASSWORD})
    assert client.get("/runs/").status_code == 302
    assert not Entry.objects.filter(verb="user.signed_in").exists()


def test_the_alarm_leads_to_it(
    emergency: User,
    settings: Settings,
    mailoutbox: list[Any],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.BREAK_GLASS_ALARM_TO = ["security@acme.example"]
    with django_capture_on_commit_callbacks(execute=True):
        enter()
    code = BreakGlassReview.objects.get().code
    assert f"{settings.BASE_URL}/break-glass/{code}/" in mailoutbox[0].body


@pytest.mark.parametrize("role", [Role.ADMIN, Role.APPROVER, Role.AUDITOR])
def test_who_governs_sees_it_on_every_page_and_in_the_list(
    review: BreakGlassReview, role: Role
) -> None:
    client = signed_in(person("noor", role))
    assert "to be reviewed</span>" in client.get("/runs/").content.decode()
    page = client.get("/break-glass/").content.decode()
    assert reverse("break-glass-detail", args=[review.code]) in page
    assert "1 sign-in to look into" in page


def test_an_operator_does_not(review: BreakGlassReview) -> None:
    client = signed_in(person("noor", Role.OPERATOR))
    assert client.get("/break-glass/").status_code == 403
    assert "/break-glass/" not in client.get("/runs/").content.decode()


def test_one_that_is_overdue_is_red(review: BreakGlassReview) -> None:
    assert (context.standing().reviews, context.standing().overdue) == ("1", False)
    move_back(review, timedelta(hours=25))
    assert context.standing().overdue
    page = signed_in(person("noor", Role.AUDITOR)).get("/break-glass/").content.decode()
    assert "to be reviewed, overdue</span>" in page
    assert "Overdue since" in page


def test_people_are_told_once_when_nobody_did(review: BreakGlassReview) -> None:
    """The workers send it when its time has come; see tests of notices."""
    notice = Notice.objects.get(kind="review")
    assert notice.due_at == review.due_at
    assert notice.path == reverse("break-glass-detail", args=[review.code])
    now = database_now()
    assert notice not in Notice.objects.due(now)
    assert notice in Notice.objects.due(now + timedelta(hours=25))


def test_and_not_if_somebody_did(review: BreakGlassReview) -> None:
    close(person("noor", Role.AUDITOR), review)
    assert not Notice.objects.filter(kind="review").exists()


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR])
def test_who_can_read_the_trail_closes_it(review: BreakGlassReview, role: Role) -> None:
    noor = person("noor", role)
    page = signed_in(noor).get(reviews.path_of(review)).content.decode()
    assert "user.signed_in" in page
    assert f"actor={review.account.code}&amp;from=" in page
    assert close(noor, review).status_code == 302
    review.refresh_from_db()
    assert (review.state, review.reviewed_by) == ("done", noor)
    entry = Entry.objects.get(verb="review.closed")
    assert (entry.actor_id, entry.object_id) == (noor.code, review.code)
    assert entry.data == {
        "account": review.account.code,
        "note": "Okta was away; all is in order.",
    }
    assert context.standing().reviews == ""


def test_an_approver_sees_it_but_not_what_was_done(review: BreakGlassReview) -> None:
    noor = person("noor", Role.APPROVER)
    page = signed_in(noor).get(reviews.path_of(review)).content.decode()
    assert "Admins and auditors can close the review" in page
    assert "user.signed_in" not in page
    assert close(noor, review).status_code == 403


def test_closing_needs_a_sign_in_of_late(review: BreakGlassReview) -> None:
    client = signed_in(person("noor", Role.AUDITOR))
    age(client, timedelta(minutes=11), FRESH)
    answer = client.post(reverse("break-glass-close", args=[review.code]), {"note": "Fine."})
    assert answer["Location"].startswith("/sign-in/again/")


@pytest.mark.parametrize("note", ["", "   "])
def test_nothing_is_closed_without_a_word(review: BreakGlassReview, note: str) -> None:
    assert close(person("noor", Role.AUDITOR), review, note).status_code == 422
    review.refresh_from_db()
    assert review.state == "open"


def test_the_account_itself_cannot_and_no_other_of_its_kind(
    review: BreakGlassReview, emergency: User
) -> None:
    assert close(emergency, review).status_code == 422
    second = person("emergency-2")
    second.break_glass = True
    second.save()
    assert close(second, review).status_code == 422
    page = signed_in(second).get(reviews.path_of(review)).content.decode()
    assert "Use your own account" in page


def test_nor_can_another_account_of_the_same_person(emergency: User) -> None:
    """S29."""
    User.objects.filter(pk=emergency.pk).update(email="noor+emergency@acme.example")
    enter()
    noor = person("noor", Role.AUDITOR, email="noor@acme.example")
    answer = close(noor, BreakGlassReview.objects.get())
    assert answer.status_code == 422
    assert "Somebody else has to look into it" in answer.content.decode()


def test_the_second_of_two_is_told_so(review: BreakGlassReview) -> None:
    noor = person("noor", Role.AUDITOR)
    reviews.close(review, noor, note="Fine.", actor=COMMAND)
    with pytest.raises(reviews.CannotClose, match="meanwhile"):
        reviews.close(review, person("grace", Role.AUDITOR), note="Bad.", actor=COMMAND)
    assert Entry.objects.filter(verb="review.closed").count() == 1


@pytest.mark.parametrize(
    ("reviewer", "identity", "note"),
    [("emergency", "somebody", "Fine."), ("noor", None, "Fine."), ("noor", "noor", "")],
)
def test_the_database_refuses_it_too(
    review: BreakGlassReview, emergency: User, reviewer: str, identity: str | None, note: str
) -> None:
    noor = person("noor", Role.AUDITOR)
    by = emergency if reviewer == "emergency" else noor
    values: list[Any] = [by.pk, identity or identity_of(emergency), note, review.pk]
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE portal_breakglassreview SET state = 'done', reviewed_at = now(), "
            "reviewed_by_id = %s, reviewer_identity = %s, note = %s WHERE id = %s",
            values,
        )


def test_what_is_shown_ends_with_the_next_sign_in(review: BreakGlassReview) -> None:
    move_back(review, timedelta(hours=2))
    review.refresh_from_db()
    limit = review.signed_in_at + timedelta(hours=8)
    assert abs(reviews.span_of(review)[1] - limit) <= timedelta(minutes=1)
    enter()
    later = BreakGlassReview.objects.latest("signed_in_at")
    assert abs(reviews.span_of(review)[1] - later.signed_in_at) <= timedelta(minutes=1)
    start, end = reviews.span_of(later)
    assert start <= later.signed_in_at < end


@pytest.mark.parametrize(("query", "found"), [
    ("state=open", 1), ("state=done", 0), ("account=emergency", 1), ("q=127.0.0.1", 1),
    ("q=zzz", 0), ("since=1h", 1),
])  # fmt: skip
def test_the_list_is_filtered_by_its_address(
    review: BreakGlassReview, query: str, found: int
) -> None:
    answer = signed_in(person("noor", Role.AUDITOR)).get(f"/break-glass/?{query}")
    assert len(answer.context["page"].rows) == found


def test_no_address_of_the_list_breaks_it(review: BreakGlassReview) -> None:
    client = signed_in(person("noor", Role.AUDITOR))
    assert_nothing_breaks(client, "/break-glass/", ("state", "account"), 60)
