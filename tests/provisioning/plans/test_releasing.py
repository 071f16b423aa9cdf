"""Who may let a plan run: its maker where it is small and harmless, else somebody else."""

from typing import Any

import pytest
from pytest_django import Settings

from audit import trail
from audit.models import Entry
from provisioning.actions.base import Effect
from provisioning.approvals import policy, requests
from provisioning.approvals.models import Approval
from provisioning.plans import agreeing, releasing, steering
from provisioning.plans.models import Plan
from provisioning.plans.options import BadOptions, Options
from provisioning.runs.models import Run, Step
from tests.support.actions import PutItem, Shelf
from tests.support.engine import TESTER
from tests.support.plans import MAYA, computed, confirm, make_due, plan_of, stopped, work

IDA = trail.Actor("user", "IDA", "ida", "tests")


@pytest.fixture(autouse=True)
def _small(settings: Settings) -> None:
    settings.PLAN_NEEDS_APPROVAL_ABOVE = 3


def asked(shelf: Shelf, count: int = 4) -> tuple[Plan, Approval]:
    stopped(shelf, count)
    plan = confirm(computed(plan_of()))
    assert plan.state == Plan.State.WAITING
    return plan, Approval.objects.get(object_kind="plan", object_code=plan.code)


def decide(approval: Approval, verdict: str = "approve", actor: trail.Actor = IDA) -> Approval:
    return agreeing.decide(
        approval,
        verdict=verdict,
        digest=approval.digest,
        reason="because",
        roles=["approver"],
        actor=actor,
    ).approval


def test_up_to_the_threshold_its_maker_confirms_it(shelf: Shelf) -> None:
    stopped(shelf, 3)
    plan = confirm(plan_of())
    assert (plan.state, Approval.objects.count()) == (Plan.State.READY, 0)
    assert Entry.objects.get(verb="plan.released").data["to_run"] == 3


def test_above_it_nothing_runs_until_somebody_else_has_agreed(shelf: Shelf) -> None:
    plan, approval = asked(shelf)
    make_due(plan)
    assert work(plan).state == Plan.State.WAITING
    assert Run.objects.filter(mode="replay").count() == 0
    decide(approval)
    plan = work(plan)
    assert (plan.state, plan.outcomes) == (Plan.State.DONE, {"done": 4})


def test_what_is_asked_for_says_everything_that_would_happen(shelf: Shelf) -> None:
    plan, approval = asked(shelf)
    content: dict[str, Any] = approval.content
    assert (approval.kind, approval.risk, content["checksum"]) == ("plan", "high", plan.checksum)
    assert content["counts"] == {"would_act": 4}
    assert (content["items"], content["effects"]) == (4, {"update": 4})
    assert content["sample"][0]["calls"] == ["Put on at 00u0000."]
    assert content["options"] == plan.options


def test_nobody_approves_their_own_plan(shelf: Shelf) -> None:
    """S24, S26: the service refuses, and the database after it."""
    _, approval = asked(shelf)
    with pytest.raises(requests.CannotDecide, match="somebody else must decide"):
        decide(approval, actor=MAYA)


@pytest.mark.parametrize("change", ["items", "options", "effects"])
def test_a_plan_that_changed_makes_the_request_void(shelf: Shelf, change: str) -> None:
    """S27."""
    plan, approval = asked(shelf)
    if change == "items":
        plan.items.filter(position=1).update(key="another")
    elif change == "options":
        Plan.objects.filter(pk=plan.pk).update(options=plan.options | {"from": "start"})
    else:
        plan.items.filter(position=1).update(effect=[])
    with pytest.raises(requests.CannotDecide, match="the request is void"):
        decide(approval)
    approval.refresh_from_db()
    plan.refresh_from_db()
    assert (approval.state, plan.state) == (Approval.State.VOID, Plan.State.DRAFT)


def test_a_plan_that_changed_after_the_approval_does_not_run(shelf: Shelf) -> None:
    """S27: the worker looks again before the first item."""
    plan, approval = asked(shelf)
    decide(approval)
    plan.items.filter(position=1).update(effect=[])
    plan = work(plan)
    assert (plan.state, plan.outcomes) == (Plan.State.CANCELLED, {"cancelled": 4})
    assert Entry.objects.get(verb="plan.cancelled").outcome == "refused"
    assert Run.objects.filter(mode="replay").count() == 0


def test_a_refused_plan_is_over(shelf: Shelf) -> None:
    plan, approval = asked(shelf)
    decide(approval, "reject")
    plan.refresh_from_db()
    assert (plan.state, plan.state_because) == (Plan.State.REJECTED, "because")
    assert plan.outcomes == {"cancelled": 4}


def test_a_request_that_expired_takes_its_plan_along(shelf: Shelf) -> None:
    plan, approval = asked(shelf)
    expired = requests.expire(approval, approval.expires_at, actor=TESTER)
    assert expired is not None
    agreeing.expired(expired, actor=TESTER)
    plan.refresh_from_db()
    assert plan.state == Plan.State.EXPIRED


def test_a_request_is_taken_back_and_asked_anew_with_other_options(shelf: Shelf) -> None:
    plan, approval = asked(shelf)
    plan = steering.withdraw(plan, actor=MAYA)
    approval.refresh_from_db()
    assert (approval.state, plan.state) == (Approval.State.VOID, Plan.State.DRAFT)
    plan = confirm(plan, Options(rate=5))
    assert Approval.objects.open().get().content["options"]["rate"] == 5


def test_destructive_effects_in_bulk_always_need_a_second_person(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy.change(four_eyes=False, needed_from="high", actor=TESTER)
    monkeypatch.setattr(PutItem, "effect", Effect.REVOKE)
    stopped(shelf, 2)
    assert confirm(computed(plan_of())).state == Plan.State.WAITING


def test_a_team_of_one_confirms_many_messages_itself(shelf: Shelf) -> None:
    policy.change(four_eyes=False, needed_from="high", actor=TESTER)
    stopped(shelf, 5)
    Step.objects.update(effect="notify")
    plan = plan_of()
    assert confirm(plan).state == Plan.State.READY


def test_another_version_is_computed_and_shown_before_it_can_run(shelf: Shelf) -> None:
    stopped(shelf, 1)
    plan = confirm(computed(plan_of()), Options(version="current"))
    assert (plan.state, plan.computed_at, plan.option("version")) == ("draft", None, "current")
    with pytest.raises(steering.CannotRelease, match="still being computed"):
        confirm(plan)
    assert confirm(computed(plan)).state == Plan.State.READY


def test_what_was_changed_by_somebody_else_meanwhile_is_not_confirmed(shelf: Shelf) -> None:
    stopped(shelf, 1)
    plan = plan_of()
    seen = plan.checksum
    confirm(plan, Options(start="start"))
    with pytest.raises(steering.CannotRelease, match="has changed since this page was made"):
        releasing.confirm(plan, checksum=seen, options=Options(), reason="", actor=MAYA)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (Options(rate=0), "speed has to lie between"),
        (Options(rate=51), "speed has to lie between"),
        (Options(stop_after=-1), "failures in a row"),
        (Options(classes=()), "at least one class"),
        (Options(classes=("conflict",)), "cannot be run"),
        (Options(start="middle"), "failed step or at the start"),
        (Options(version="v9"), "as it was then, or the current one"),
    ],
)
def test_options_that_cannot_be_are_refused_in_a_sentence(
    shelf: Shelf, options: Options, sentence: str
) -> None:
    stopped(shelf, 1)
    with pytest.raises(BadOptions, match=sentence):
        confirm(plan_of(), options)


def test_what_never_can_be_run_is_said(shelf: Shelf) -> None:
    stopped(shelf, 1)
    plan = confirm(plan_of(), Options(classes=("already_so",)))
    assert (plan.state, plan.option("classes")) == ("draft", ["already_so"])
    with pytest.raises(steering.CannotRelease, match="No item is of a chosen class"):
        confirm(plan)
