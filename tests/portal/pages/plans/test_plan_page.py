"""A plan on its page: what would happen by class, one click more runs it, the numbers stay true."""

import csv
import io

import pytest
from django.test import Client
from pytest_django import Settings

from audit.models import Entry
from portal.roles import Role
from provisioning import spreadsheets
from provisioning.approvals.models import Approval
from provisioning.plans.models import Plan
from provisioning.runs.models import Run
from tests.portal.pages.plans.support import confirm, planned
from tests.support.actions import Shelf
from tests.support.engine import rule, step
from tests.support.factories import HOSTILE, client_of, make_user
from tests.support.list_checks import html_of
from tests.support.plans import WHO, computed, stopped, work


def test_two_clicks_from_the_cause_to_the_runs_and_every_number_is_kept(
    client: Client, shelf: Shelf
) -> None:
    """U24."""
    stopped(shelf, 5)
    shelf.items["00u0001"] = "on"
    plan = computed(planned(client))
    html = html_of(client, f"/plans/{plan.code}/")
    assert "<h1>Replay 4 runs</h1>" in html
    assert Run.objects.filter(mode="replay").count() == 0
    assert "Confirmed. It runs now." in confirm(client, plan)
    plan = work(plan)
    assert Entry.objects.filter(verb="run.replayed").count() == 4
    assert Entry.objects.get(verb="plan.finished").data["outcomes"] == {"done": 4, "skipped": 1}
    html = html_of(client, f"/plans/{plan.code}/")
    assert "5 of 5 came to an end: 4 done, 1 skipped." in " ".join(html.split())


def test_looking_at_a_plan_changes_nothing(client: Client, shelf: Shelf) -> None:
    stopped(shelf, 2)
    plan = planned(client)
    entries = Entry.objects.count()
    for path in ("/plans/", f"/plans/{plan.code}/", f"/plans/{plan.code}/report.csv"):
        assert client.get(path).status_code == 200
    assert client.get("/failures/replay/").status_code in (403, 404, 405)
    assert Entry.objects.exclude(verb="access.denied").count() == entries
    assert Plan.objects.get().state == "draft"


def test_one_run_alone_is_confirmed_on_its_own_page(client: Client, shelf: Shelf) -> None:
    [run] = stopped(shelf, 1)
    group = run.group
    assert group is not None
    response = client.post("/failures/replay/", {"g": group.code})
    assert response.headers["Location"] == f"/runs/{run.code}/replay/"
    assert not Plan.objects.exists()


def test_other_options_are_looked_at_before_they_run(client: Client, shelf: Shelf) -> None:
    stopped(shelf, 2)
    rule("one", step("test.put", WHO, "off"))
    plan = computed(planned(client))
    html = html_of(client, f"/plans/{plan.code}/")
    assert "The rule was changed since" in html
    assert "<h1>Replay 0 runs</h1>" in html
    said = confirm(client, plan, version="current")
    assert "Nothing was run yet: look at what the changed plan would do." in said
    plan = computed(plan)
    assert "<h1>Replay 2 runs</h1>" in html_of(client, f"/plans/{plan.code}/")
    confirm(client, plan)
    work(plan)
    assert shelf.items == {"00u0000": "off", "00u0001": "off"}


def test_a_large_plan_asks_and_its_request_shows_what_would_happen(
    client: Client, shelf: Shelf, settings: Settings
) -> None:
    settings.PLAN_NEEDS_APPROVAL_ABOVE = 2
    stopped(shelf, 3)
    plan = computed(planned(client))
    assert "Asked for an approval." in confirm(client, plan)
    approval = Approval.objects.get()
    approver = client_of(make_user(Role.APPROVER))
    html = html_of(approver, f"/approvals/{approval.code}/")
    assert "Put on at 00u0000." in html
    assert plan.checksum in html
    approver.post(
        f"/approvals/{approval.code}/decide/", {"verdict": "approve", "digest": approval.digest}
    )
    plan.refresh_from_db()
    assert plan.state == "ready"


@pytest.mark.parametrize(("act", "before", "after"), [
    ("pause", "ready", "paused"), ("cancel", "ready", "cancelled"), ("resume", "paused", "ready"),
])  # fmt: skip
def test_a_plan_is_paused_resumed_and_cancelled(
    client: Client, shelf: Shelf, act: str, before: str, after: str
) -> None:
    stopped(shelf, 2)
    plan = planned(client)
    confirm(client, plan)
    if before == "paused":
        client.post(f"/plans/{plan.code}/pause/")
    client.post(f"/plans/{plan.code}/{act}/")
    plan.refresh_from_db()
    assert plan.state == after
    html = client.post(f"/plans/{plan.code}/{act}/", follow=True).content.decode()
    assert "Nothing was changed. The plan is" in html


@pytest.mark.parametrize("role", [Role.APPROVER, Role.AUDITOR])
def test_who_may_not_replay_may_look_and_no_more(client: Client, shelf: Shelf, role: Role) -> None:
    """S20, S22."""
    stopped(shelf, 2)
    plan = planned(client)
    other = client_of(make_user(role))
    html = html_of(other, f"/plans/{plan.code}/")
    assert "You can view. Admins and operators can replay." in html
    assert '<form method="post" action="/plans/' not in html
    for act in ("confirm", "pause", "resume", "cancel", "withdraw"):
        assert other.post(f"/plans/{plan.code}/{act}/").status_code == 403
    assert other.post("/runs/replay/", {"which": "all"}).status_code == 403
    assert Plan.objects.get().state == "draft"


def test_what_a_form_adds_is_never_taken(client: Client, shelf: Shelf) -> None:
    """S22."""
    stopped(shelf, 2)
    plan = planned(client)
    confirm(client, plan, state="done", requester="somebody", classes=["conflict"])
    plan.refresh_from_db()
    assert (plan.state, plan.option("classes")) == ("draft", ["would_act"])


def test_the_report_is_text_for_spreadsheets(client: Client, shelf: Shelf) -> None:
    """S35."""
    stopped(shelf, 2)
    plan = planned(client)
    plan.items.filter(position=1).update(person_login="=1+1", why="+SUM(A1)")
    response = client.get(f"/plans/{plan.code}/report.csv")
    text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]  # it streams
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][:3] == ["Position", "Person", "Person id"]
    assert (rows[1][1], rows[1][6]) == ("'=1+1", "'+SUM(A1)")
    assert response.headers["Content-Type"].startswith("text/csv")


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM", "\tx", "\rx", "＝1", 'a"b', "a\nb", "'=1", "plain", ""]
)
def test_every_cell_is_text_and_comes_back_as_it_was(text: str) -> None:
    """S35."""
    [line] = spreadsheets.lines([[text]])
    [[cell]] = csv.reader(io.StringIO(line, newline=""))
    assert not cell or cell[0] not in "=+-@\t\r＝"
    assert spreadsheets.original(cell) == text


def test_hostile_text_stays_text(client: Client, shelf: Shelf) -> None:
    stopped(shelf, 2)
    plan = computed(planned(client))
    plan.items.update(person_login=HOSTILE, why=HOSTILE)
    Plan.objects.update(title=HOSTILE, reason=HOSTILE, state_because=HOSTILE)
    for path in ("/plans/", f"/plans/{plan.code}/"):
        assert "<img src=x" not in html_of(client, path)
