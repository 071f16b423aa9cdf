"""S27: what changes between asking, agreeing and acting is never done on an old agreement."""

from datetime import timedelta

import pytest

from provisioning.actions.base import Transient
from provisioning.approvals.models import Approval
from provisioning.approvals.requests import CannotDecide
from provisioning.clocks import database_now
from provisioning.events.models import Person
from provisioning.events.people import Reading
from provisioning.rules import versions
from provisioning.runs.models import Run, Step
from tests.provisioning.approvals.asking import person
from tests.provisioning.holding.support import (
    WHO,
    careful_rule,
    held,
    open_approval,
    said,
    say,
)
from tests.support.actions import Shelf
from tests.support.engine import TESTER, drain, make_due, step


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Okta gives one profile of everybody."""
    user = {"id": "00u1", "status": "ACTIVE", "profile": {"email": "old@acme.example"}}
    monkeypatch.setattr(
        "provisioning.events.people.read",
        lambda people, with_groups: {one: Reading(user, None) for one in people},
    )


BY_MAIL = step("test.put", "{{ user.profile.email }}")


def learn(mail: str = "new@acme.example", status: str = "ACTIVE") -> None:
    """Another event brought a newer profile."""
    Person.objects.filter(pk="00u1").update(
        user={"id": "00u1", "status": status, "profile": {"email": mail}},
        status=status,
        user_read_at=database_now() + timedelta(seconds=1),
    )


def keys_asked(run: Run) -> list[str]:
    return [one["parameters"]["key"] for one in open_approval(run).content["steps"]]


@pytest.mark.usefixtures("known")
def test_a_profile_that_changed_before_the_click_is_asked_for_anew(shelf: Shelf) -> None:
    run = held(shelf, BY_MAIL)
    first = open_approval(run)
    assert keys_asked(run) == ["old@acme.example"]
    learn()
    answer = say(run)
    assert answer.changed
    assert (answer.approval, keys_asked(run)) == (open_approval(run), ["new@acme.example"])
    first.refresh_from_db()
    assert (first.state, first.decisions.count()) == ("void", 0)
    drain()
    assert shelf.acts == {}
    say(run)
    drain()
    assert shelf.acts == {"new@acme.example": 1}


@pytest.mark.parametrize("change", ["off", "version", "deactivated"])
def test_the_circumstances_are_part_of_it(shelf: Shelf, change: str) -> None:
    run = held(shelf)
    if change == "off":
        versions.switch("careful", on=False, actor=TESTER)
    elif change == "version":
        careful_rule("careful", step("test.put", WHO, "off"))
    else:
        learn(status="DEPROVISIONED")
    assert say(run).changed
    drain()
    assert shelf.acts == {}
    assert not say(run).changed
    drain()
    assert shelf.items == {"00u1": "on"}


@pytest.mark.parametrize("change", ["profile", "target", "rule"])
@pytest.mark.usefixtures("known")
def test_what_changes_after_the_click_has_no_effect(shelf: Shelf, change: str) -> None:
    run = held(shelf, BY_MAIL)
    say(run)
    if change == "profile":
        learn()
    elif change == "target":
        shelf.items["old@acme.example"] = "other"
    else:
        versions.switch("careful", on=False, actor=TESTER)
    drain()
    run.refresh_from_db()
    assert (run.state, run.approved_digest, shelf.acts) == ("held", "", {})
    approval = open_approval(run)
    assert "agreed" in approval.reason
    assert said(run)[-2:] == ["run.held", "approval.requested"]
    say(run)
    drain()
    run.refresh_from_db()
    assert (run.state, sum(shelf.acts.values())) == ("succeeded", 1)


def test_an_old_page_decides_nothing(shelf: Shelf) -> None:
    run = held(shelf)
    old = open_approval(run)
    versions.switch("careful", on=False, actor=TESTER)
    say(run)
    with pytest.raises(CannotDecide, match="This was void already"):
        say(run, approval=old)
    with pytest.raises(CannotDecide, match="has changed since this page was made"):
        say(run, digest=old.digest)
    with pytest.raises(CannotDecide, match="has changed since this page was made"):
        say(run, verdict="reject", reason="No.", digest=old.digest)
    assert Approval.objects.open().count() == 1


def test_who_asked_cannot_have_it_computed_again_either(shelf: Shelf) -> None:
    run = held(shelf)
    versions.switch("careful", on=False, actor=TESTER)
    with pytest.raises(CannotDecide):
        say(run, actor=TESTER)
    assert Approval.objects.count() == 1
    assert person("tom").identity != TESTER.identity


def test_a_target_that_cannot_be_read_now_is_waited_for(shelf: Shelf) -> None:
    run = held(shelf)
    say(run)
    shelf.blind["00u1"].append(Transient("busy", "It is busy."))
    drain()
    run.refresh_from_db()
    assert (run.state, run.error, shelf.acts) == ("retrying", "It is busy.", {})
    shelf.items["00u1"] = "other"
    make_due()
    drain()
    run.refresh_from_db()
    assert (run.state, shelf.acts) == ("held", {})


@pytest.mark.usefixtures("known")
def test_between_two_steps_other_calls_are_not_made(shelf: Shelf) -> None:
    run = held(shelf, step("test.put", "a", id="a"), BY_MAIL | {"id": "b"})
    shelf.plan["old@acme.example"].append(Transient("busy", "It is busy."))
    say(run)
    drain()
    learn()
    make_due()
    drain()
    run.refresh_from_db()
    assert (run.state, shelf.items) == ("held", {"a": "on"})
    assert keys_asked(run) == ["new@acme.example"]
    say(run)
    drain()
    run.refresh_from_db()
    assert (run.state, shelf.items.get("new@acme.example")) == ("succeeded", "on")


@pytest.mark.usefixtures("known")
def test_a_run_that_was_held_again_is_tried_as_long_as_any_other(shelf: Shelf) -> None:
    """Mutation: the days of the second agreement would count as tries, so one more is the last."""
    run = held(shelf, step("test.put", "a", id="a"), BY_MAIL | {"id": "b"})
    shelf.plan["old@acme.example"].append(Transient("busy", "It is busy."))
    say(run)
    drain()
    learn()
    make_due()
    drain()
    days_ago = database_now() - timedelta(days=3)
    Step.objects.filter(started_at__isnull=False).update(started_at=days_ago)
    shelf.plan["new@acme.example"].append(Transient("busy", "It is busy."))
    say(run)
    drain()
    run.refresh_from_db()
    assert (run.state, shelf.acts["new@acme.example"]) == ("retrying", 1)
