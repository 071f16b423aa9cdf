"""A large draft for which something else is chosen is classified anew by workers."""

import pytest
from pytest_django import Settings

from audit import trail
from audit.models import Entry
from provisioning.approvals import requests
from provisioning.approvals.models import Approval
from provisioning.plans import agreeing, classifying, computing, releasing, selecting, steering
from provisioning.plans.checksums import checksum_now
from provisioning.plans.models import Plan
from provisioning.plans.options import Options, read
from provisioning.runs.replays import replay
from tests.support.actions import Shelf
from tests.support.engine import TESTER, drain, lose_leases, rule, step
from tests.support.plans import (
    MAYA,
    WHO,
    classes,
    computed,
    confirm,
    make_due,
    one_slice,
    plan_of,
    stopped,
    work,
)

#: Of the plans below every item is classified otherwise under another version of the rule.
ANEW = Options(rate=50, stop_after=0, version="current")


@pytest.fixture(autouse=True)
def _large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five are many."""
    monkeypatch.setattr(selecting, "MOST_AT_ONCE", 4)
    monkeypatch.setattr(classifying, "SLICE", 2)


def changed(shelf: Shelf, count: int = 5) -> Plan:
    """A computed plan whose rule was changed since, so that nothing of it would act."""
    stopped(shelf, count)
    rule("one", step("test.put", WHO, "off"))
    plan = computed(plan_of())
    assert classes(plan) == {"no_longer_valid": count}
    return plan


def test_the_request_only_leaves_word_and_workers_classify_slice_by_slice(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = changed(shelf)
    seen = plan.checksum
    with monkeypatch.context() as patched:
        patched.setattr(
            "provisioning.plans.facts.classify", lambda *_a, **_k: pytest.fail("in the request")
        )
        plan = confirm(plan, ANEW)
    assert (plan.state, plan.classified_to, plan.computed_at) == ("classifying", 0, None)
    assert (plan.options, plan.counts, plan.effects) == (ANEW.stored(), {}, None)
    told = Entry.objects.get(verb="plan.changed", object_id=plan.code)
    assert (told.data["options"], told.data["checksum"]) == (ANEW.stored(), plan.checksum)
    assert plan.checksum == checksum_now(plan) != seen

    plan = one_slice(plan)
    assert (plan.state, plan.classified_to) == ("classifying", 2)
    assert list(plan.items.order_by("position").values_list("klass", flat=True)) == [
        *["would_act"] * 2, *["no_longer_valid"] * 3,
    ]  # fmt: skip
    plan = one_slice(one_slice(plan))
    assert (plan.state, plan.classified_to) == ("draft", None)
    assert plan.effects == {"would_act:": {"update": 5}}
    plan = computed(plan)
    assert classes(plan) == {"would_act": 5}
    assert work(confirm(plan)).outcomes == {"done": 5}
    assert set(shelf.items.values()) == {"off"}


def test_it_comes_to_what_a_small_plan_comes_to(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = stopped(shelf, 6)
    shelf.items["00u0001"] = "on"
    replay(runs[2], actor=TESTER)
    drain()
    found = []
    for most in (4, 100):
        monkeypatch.setattr(selecting, "MOST_AT_ONCE", most)
        plan = confirm(computed(plan_of()), Options(rate=50, stop_after=0, start="start"))
        assert plan.state == ("classifying" if most == 4 else "draft")
        plan = computed(plan)
        columns = ("key", "klass", "sub_group", "why", "effect", "state")
        found.append(
            (plan.counts, plan.effects, list(plan.items.order_by("position").values_list(*columns)))
        )
    assert found[0] == found[1]


def test_other_choices_do_not_have_it_classified_anew(shelf: Shelf) -> None:
    stopped(shelf, 5)
    plan = computed(plan_of())
    plan = confirm(plan, Options(rate=5, stop_after=1, classes=("would_act", "already_so")))
    assert (plan.state, plan.classified_to) == ("draft", None)
    assert plan.computed_at is not None


def test_it_can_be_neither_confirmed_nor_changed_meanwhile_but_dropped(shelf: Shelf) -> None:
    plan = one_slice(confirm(changed(shelf), ANEW))
    for options in (ANEW, Options(start="start")):
        with pytest.raises(steering.CannotRelease, match="The plan is being classified by now"):
            releasing.confirm(plan, checksum=plan.checksum, options=options, reason="", actor=MAYA)
    for steer in (steering.pause, steering.resume, steering.withdraw):
        with pytest.raises(steering.CannotRelease, match="being classified"):
            steer(plan, actor=MAYA)
    plan = steering.cancel(plan, actor=MAYA)
    assert (plan.state, plan.classified_to) == (Plan.State.CANCELLED, None)
    assert plan.outcomes == {"cancelled": 5}
    make_due(plan)
    assert one_slice(plan).items.filter(klass="would_act").count() == 2, "nobody goes on"


@pytest.mark.parametrize("point", ["plan.before_slice_commit", "plan.after_slice_commit"])
def test_a_worker_that_dies_is_followed_by_one_that_goes_on(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """R01, R02."""
    plan = one_slice(confirm(changed(shelf), ANEW))

    def dies(name: str) -> None:
        if name == point:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("provisioning.plans.classifying.failpoints.reach", dies)
        with pytest.raises(KeyboardInterrupt):
            one_slice(plan)
    plan.refresh_from_db()
    assert plan.classified_to == (2 if point == "plan.before_slice_commit" else 4)
    lose_leases()
    plan = computed(plan)
    assert classes(plan) == {"would_act": 5}
    for verb in ("plan.changed", "plan.classified"):
        assert Entry.objects.filter(verb=verb, object_id=plan.code).count() == 1


def test_a_worker_whose_claim_was_taken_classifies_nothing(shelf: Shelf) -> None:
    plan = confirm(changed(shelf), ANEW)
    plan.fence = 99
    classifying.classify_slice(plan, actor=MAYA)
    assert set(plan.items.values_list("klass", flat=True)) == {"no_longer_valid"}


def test_a_worker_that_computes_for_the_former_choice_keeps_nothing(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it saw is of another choice."""
    stopped(shelf, 5)
    plan = plan_of()
    while plan.state != Plan.State.DRAFT:
        plan = one_slice(plan)
    late = Plan.objects.get(pk=plan.pk)
    confirm(plan, Options(rate=50, stop_after=0, start="start"))
    computing.compute_slice(late, actor=MAYA)
    assert plan.items.filter(examined_at=None).count() == 5
    plan.refresh_from_db()
    assert plan.state == Plan.State.CLASSIFYING


def test_a_request_for_the_former_choice_cannot_be_agreed_to(
    shelf: Shelf, settings: Settings
) -> None:
    """S27."""
    settings.PLAN_NEEDS_APPROVAL_ABOVE = 3
    stopped(shelf, 5)
    plan = confirm(computed(plan_of()))
    former = Approval.objects.open().get()
    plan = confirm(steering.withdraw(plan, actor=MAYA), Options(start="start", rate=50))
    assert plan.state == Plan.State.CLASSIFYING
    with pytest.raises(requests.CannotDecide):
        agreeing.decide(
            former,
            verdict="approve",
            digest=former.digest,
            reason="because",
            roles=["approver"],
            actor=trail.Actor("user", "IDA", "ida", "tests"),
        )
    plan = confirm(computed(plan), read(plan.options))
    assert plan.state == Plan.State.WAITING
    assert Approval.objects.open().get().digest != former.digest


def test_items_that_were_changed_behind_its_back_are_not_classified(shelf: Shelf) -> None:
    """S27."""
    plan = changed(shelf)
    plan.items.filter(position=1).update(key="another")
    with pytest.raises(steering.CannotRelease, match="has changed since this page was made"):
        confirm(plan, ANEW)
    plan.refresh_from_db()
    assert plan.state == Plan.State.DRAFT
