"""What becomes of a held run when people agree, refuse, let it lie or give it up."""

from datetime import timedelta

import pytest
from django.db import connection

from audit.models import Entry
from provisioning import recovery
from provisioning.approvals.models import Approval
from provisioning.approvals.requests import CannotDecide
from provisioning.clocks import database_now
from provisioning.runs import holding
from provisioning.runs.models import Run
from provisioning.runs.replays import replay
from provisioning.status import balance
from tests.provisioning.approvals.asking import person
from tests.provisioning.holding.support import (
    WHO,
    careful_rule,
    event_state,
    held,
    open_approval,
    said,
    say,
)
from tests.support.actions import Shelf
from tests.support.engine import (
    TESTER,
    assert_settled,
    drain,
    receive,
    rule,
    run_of,
    step,
    suspended,
    together,
)


def test_once_agreed_it_is_done_and_all_of_it_is_told(shelf: Shelf) -> None:
    run = held(shelf)
    say(run)
    run.refresh_from_db()
    assert (run.state, event_state()) == ("pending", "in_flight")
    drain()
    run.refresh_from_db()
    assert (run.state, event_state(), shelf.items) == ("succeeded", "done", {"00u1": "on"})
    assert said(run) == [
        "run.held", "approval.requested", "approval.approved", "run.released", "run.succeeded",
    ]  # fmt: skip
    assert_settled()


def test_what_is_asked_is_exactly_what_is_called(shelf: Shelf) -> None:
    shelf.items["00u1"] = "old"
    run = held(
        shelf,
        step("test.put", WHO, "on", id="first"),
        step("test.say", "b", "It is {{ steps.first.output.value }}.", id="second"),
    )
    content = open_approval(run).content
    assert content["person"] == {"id": "00u1", "login": "00u1@acme.example", "status": ""}
    assert content["rule"]["is_current"]
    first, second = content["steps"]
    assert first["parameters"] == {"key": "00u1", "value": "on"}
    assert (first["target"], first["says"]) == ("shelf", "Put on at 00u1.")
    assert first["before"] == {"read": True, "done": False, "state": {"value": "old"}}
    assert second["parameters"] == {"key": "b", "value": "It is {{ steps.first.output.value }}."}
    assert second["filled_later"] == ["value"]
    assert not second["before"]["read"]
    say(run)
    drain()
    assert shelf.order == [("00u1", "on"), ("b", "It is on.")]


def test_a_target_that_cannot_be_read_is_said_in_a_sentence(shelf: Shelf) -> None:
    careful_rule()
    shelf.blind["00u1"].append(ValueError("no"))
    receive(suspended())
    drain()
    before = open_approval(Run.objects.get()).content["steps"][0]["before"]
    assert before == {
        "read": False, "failed": True, "why": "ValueError: this is a defect in Sluice.",
    }  # fmt: skip


def test_refused_nothing_is_done_and_it_can_be_replayed(shelf: Shelf) -> None:
    run = held(shelf)
    say(run, verdict="reject", reason="Not this quarter.")
    drain()
    run.refresh_from_db()
    assert (run.state, run.error) == ("rejected", "tom rejected it: Not this quarter.")
    assert (event_state(), balance().holds, shelf.acts) == ("done", True, {})
    assert said(run)[-2:] == ["approval.rejected", "run.rejected"]
    assert replay(run, actor=TESTER).state == "held"


def test_two_have_to_agree_where_the_rule_says_so(shelf: Shelf) -> None:
    run = held(shelf, approval={"needed": 2, "expires": "12h"})
    asked = open_approval(run)
    assert asked.expires_at - asked.created_at == timedelta(hours=12)
    say(run, "tom")
    drain()
    run.refresh_from_db()
    assert (run.state, shelf.acts) == ("held", {})
    with pytest.raises(CannotDecide, match="You have decided already"):
        say(run, "tom")
    say(run, "ann")
    drain()
    assert shelf.acts["00u1"] == 1


def test_neither_who_replayed_it_nor_who_wrote_the_rule_decides(shelf: Shelf) -> None:
    old = held(shelf)
    say(old, verdict="reject", reason="No.")
    fresh = replay(old, actor=person("maya"))
    drain()
    with pytest.raises(CannotDecide, match="You asked for this"):
        say(fresh, "maya")
    with pytest.raises(CannotDecide, match="You wrote this"):
        say(fresh, actor=TESTER)
    with pytest.raises(CannotDecide, match="needs the role approver"):
        say(fresh, roles=frozenset({"admin", "operator"}))
    fresh.refresh_from_db()
    assert fresh.state == "held"


def test_an_auditor_who_got_another_role_decides_nothing(shelf: Shelf) -> None:
    """S24."""
    run = held(shelf)
    with pytest.raises(CannotDecide, match="Auditors read everything"):
        say(run, roles=frozenset({"approver", "auditor"}))
    assert open_approval(run).decisions.count() == 0


def test_not_decided_in_time_it_ends_and_nothing_is_done(shelf: Shelf) -> None:
    run = held(shelf)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE provisioning_approval SET expires_at = now() - interval '1 second'")
    with pytest.raises(CannotDecide, match="This has expired"):
        say(run)
    recovery.expire(database_now())
    recovery.expire(database_now())
    drain()
    run.refresh_from_db()
    assert (run.state, event_state(), shelf.acts) == ("expired", "done", {})
    assert said(run)[-2:] == ["approval.expired", "run.expired"]
    assert Approval.objects.get().state == "expired"
    assert balance().holds


def test_given_up_its_request_is_void(shelf: Shelf) -> None:
    run = held(shelf)
    asked = open_approval(run)
    assert holding.cancel(run, reason="Wrong person.", actor=person("maya"))
    assert not holding.cancel(run, reason="", actor=person("maya"))
    with pytest.raises(CannotDecide, match="This was void already"):
        say(run, approval=asked)
    run.refresh_from_db()
    assert (run.state, run.error) == ("cancelled", "maya cancelled it. Wrong person.")
    assert event_state() == "done"


def test_a_held_run_does_not_hold_up_what_comes_later(shelf: Shelf) -> None:
    careful_rule("careful", step("test.put", WHO, "careful"))
    rule("free", step("test.put", WHO, "{{ event.published }}"))
    first, second = receive(suspended(minute=0), suspended(minute=1))
    drain()
    assert [run.state for run in Run.objects.filter(rule__name="free")] == ["succeeded"] * 2
    runs = list(Run.objects.filter(rule__name="careful").order_by("-published_at"))
    shelf.order.clear()
    for run in runs:  # the later one is agreed to first
        holding.decide(
            open_approval(run), verdict="approve", reason="", digest=open_approval(run).digest,
            roles=frozenset({"approver"}), actor=person("tom"),
        )  # fmt: skip
    states = [run_of_rule(event.pk) for event in (first, second)]
    assert states == ["pending", "pending"]
    drain()
    lane = Run.objects.filter(rule__name="careful").order_by("started_at")
    assert [run.published_at for run in lane][:1] == [first.published_at]


def run_of_rule(event: int) -> str:
    return Run.objects.values_list("state", flat=True).get(event=event, rule__name="careful")


def test_what_cannot_be_filled_in_fails_before_anything_is_called(shelf: Shelf) -> None:
    careful_rule(
        "careful", step("test.put", "a"),
        step("test.put", "{{ event.nothing.of.this | truncate: 0 }}", id="second"),
    )  # fmt: skip
    [event] = receive(suspended())
    drain()
    run = run_of(event)
    assert (run.state, run.error_code, shelf.acts) == ("failed", "template_error", {})
    assert not Approval.objects.exists()
    assert event_state() == "failed"
    assert run.group is not None


def test_fifty_decide_and_give_up_at_once(shelf: Shelf) -> None:
    """S28: one state, one entry each, at most one effect."""
    run = held(shelf)
    asked = open_approval(run)

    def one(number: int) -> str:
        who = f"approver{number}"
        if number % 3 == 2:
            return "cancelled" if holding.cancel(run, reason="", actor=person(who)) else ""
        verdict = "reject" if number % 3 else "approve"
        say(run, who, verdict, "Because.", approval=asked)
        return {"reject": "rejected", "approve": "succeeded"}[verdict]

    answers = [a for a in together(50, one) if a and not isinstance(a, CannotDecide)]
    drain()
    run.refresh_from_db()
    assert [run.state] == answers
    ended = Entry.objects.filter(
        object_id=run.code, verb__in=("run.released", "run.rejected", "run.cancelled")
    )
    assert ended.count() == 1
    assert Entry.objects.filter(
        object_id=asked.code,
        verb__in=("approval.approved", "approval.rejected", "approval.voided"),
    ).count() == 1  # fmt: skip
    assert shelf.acts["00u1"] == (run.state == "succeeded")
    assert_settled()
