"""Every item is classified before anything runs: what the database knows, then what targets say."""

import pytest

from provisioning.actions.base import Permanent
from provisioning.clocks import database_now
from provisioning.events.models import Person
from provisioning.plans import selecting
from provisioning.plans.models import Plan, PlanItem
from provisioning.plans.options import Options
from provisioning.rules import versions
from provisioning.runs.models import Run
from provisioning.runs.replays import replay
from tests.support.actions import Shelf
from tests.support.engine import TESTER, drain, receive, rule, run_of, step, suspended
from tests.support.plans import WHO, classes, computed, confirm, plan_of, stopped


def only(plan: Plan) -> PlanItem:
    return plan.items.get()


def kind_of(plan: Plan) -> tuple[str, str]:
    item = only(computed(plan))
    return item.klass, item.sub_group


def created(person: str, minute: int = 0) -> dict[str, object]:
    return suspended(person, minute=minute) | {"eventType": "user.account.update_profile"}


def stopped_update(shelf: Shelf) -> Run:
    rule("one", step("test.put", WHO), on=["user.account.update_profile"])
    shelf.plan["00u1"].append(Permanent("AccessDenied", "Not allowed."))
    [event] = receive(created("00u1"))
    drain()
    return run_of(event)


def test_what_can_be_replayed_would_act_and_says_what_it_would_call(shelf: Shelf) -> None:
    stopped(shelf, 1)
    item = only(computed(plan_of()))
    assert (item.klass, item.why) == ("would_act", "")
    [call] = item.effect
    assert (call["action"], call["effect"], call["params"]["key"]) == (
        "test.put",
        "update",
        "00u0000",
    )
    assert shelf.looks["00u0000"] == 2  # once by the run, once for the plan


def test_nothing_runs_while_a_plan_is_computed(shelf: Shelf) -> None:
    stopped(shelf, 3)
    acts = shelf.acts.total()
    computed(plan_of())
    assert (shelf.acts.total(), Run.objects.filter(mode="replay").count()) == (acts, 0)


def test_what_holds_at_the_target_is_already_so(shelf: Shelf) -> None:
    stopped(shelf, 2)
    shelf.items["00u0001"] = "on"
    plan = computed(plan_of())
    assert classes(plan) == {"would_act": 1, "already_so": 1}
    assert plan.items.get(klass="already_so").sub_group == "seen"


def test_a_target_that_cannot_be_read_leaves_the_item_unclassified(shelf: Shelf) -> None:
    stopped(shelf, 1)
    shelf.blind["00u0000"].append(Permanent("NoSuchBucket", "The bucket does not exist."))
    item = only(computed(plan_of()))
    assert (item.klass, item.sub_group) == ("unclassified", "not_seen")
    assert "The bucket does not exist." in item.why


def test_a_target_that_is_partly_so_would_act(shelf: Shelf) -> None:
    rule("two", step("test.put", "a"), step("test.say", "b"))
    shelf.plan["a"].append(Permanent("AccessDenied", "Not allowed."))
    receive(suspended())
    drain()
    shelf.items["a"] = "on"
    item = only(computed(plan_of()))
    assert (item.klass, item.why) == ("would_act", "Step 2 is the first that is not so yet.")


def test_a_run_that_was_replayed_is_no_longer_valid(shelf: Shelf) -> None:
    [run] = stopped(shelf, 1)
    plan = plan_of()
    fresh = replay(run, actor=TESTER)
    plan = confirm(plan, Options(start="start"))
    assert kind_of(plan) == ("no_longer_valid", "replayed")
    assert only(plan).why == f"It was replayed already as run {fresh.code}."


def test_a_rule_that_is_off_runs_nothing(shelf: Shelf) -> None:
    stopped(shelf, 1)
    versions.switch("one", on=False, actor=TESTER)
    plan = plan_of()
    assert kind_of(plan) == ("no_longer_valid", "rule_off")
    assert only(plan).why == "The rule one is off."


def test_a_changed_rule_is_explained_and_its_current_version_would_act(shelf: Shelf) -> None:
    stopped(shelf, 1)
    rule("one", step("test.put", WHO, "off"))
    plan = plan_of()
    assert kind_of(plan) == ("no_longer_valid", "rule_changed")
    assert only(plan).why == "The rule one was changed since, from v1 to v2."
    plan = computed(plan_of(Options(version="current")))
    assert only(plan).klass == "would_act"
    assert only(plan).effect[0]["params"]["value"] == "off"


def test_a_current_version_that_does_not_match_is_no_longer_valid(shelf: Shelf) -> None:
    stopped(shelf, 1)
    nobody = {"field": "user.id", "op": "equals", "value": "nobody"}
    rule("one", step("test.put", WHO), when={"all": [nobody]})
    assert kind_of(plan_of(Options(version="current"))) == ("no_longer_valid", "not_matched")


def test_a_person_who_left_since_gets_nothing(shelf: Shelf) -> None:
    stopped_update(shelf)
    receive(suspended("00u1", minute=5) | {"eventType": "user.lifecycle.deactivate"})
    plan = plan_of()
    assert kind_of(plan) == ("no_longer_valid", "person_gone")
    assert "user.lifecycle.deactivate" in only(plan).why


def test_a_person_who_came_back_is_there_again(shelf: Shelf) -> None:
    stopped_update(shelf)
    for minute, verb in ((5, "suspend"), (6, "unsuspend")):
        receive(suspended("00u1", minute=minute) | {"eventType": f"user.lifecycle.{verb}"})
    assert kind_of(plan_of()) == ("would_act", "")


def test_what_okta_last_said_of_a_person_counts_without_an_event(shelf: Shelf) -> None:
    stopped_update(shelf)
    Person.objects.update(status="DEPROVISIONED", user_read_at=database_now())
    plan = plan_of()
    assert kind_of(plan) == ("no_longer_valid", "person_gone")
    assert only(plan).why == "Okta says that the person is deprovisioned."


def test_what_is_done_because_a_person_left_stays_valid(shelf: Shelf) -> None:
    stopped(shelf, 1)
    receive(suspended("00u0000", minute=9) | {"eventType": "user.lifecycle.deactivate"})
    assert kind_of(plan_of()) == ("would_act", "")


def test_a_later_event_that_was_dealt_with_comes_before_an_older_one(shelf: Shelf) -> None:
    stopped_update(shelf)
    [later] = receive(created("00u1", minute=5))
    drain()
    plan = plan_of()
    assert kind_of(plan) == ("no_longer_valid", "later_event")
    assert run_of(later).code in only(plan).why


def test_two_stopped_runs_of_one_person_both_would_act(shelf: Shelf) -> None:
    rule("one", step("test.put", WHO))
    shelf.plan["00u1"] += [Permanent("AccessDenied", "No.")] * 2
    for minute in (0, 5):
        receive(suspended("00u1", minute=minute))
        drain()
    assert classes(computed(plan_of())) == {"would_act": 2}


def test_a_run_in_another_released_plan_is_a_conflict(shelf: Shelf) -> None:
    stopped(shelf, 1)
    first = confirm(plan_of())
    plan = plan_of()
    assert kind_of(plan) == ("conflict", "in_plan")
    assert only(plan).why == f"Plan {first.code} has it too."


def test_another_draft_is_no_conflict(shelf: Shelf) -> None:
    stopped(shelf, 1)
    plan_of()
    assert kind_of(plan_of()) == ("would_act", "")


@pytest.mark.parametrize(
    ("start", "klass"), [("failed_step", "already_so"), ("start", "would_act")]
)
def test_a_run_that_succeeded_has_nothing_left_but_from_the_start(
    shelf: Shelf, start: str, klass: str
) -> None:
    rule("one", step("test.say", WHO))
    receive(suspended())
    drain()
    items = selecting.runs_of(Run.objects.all())
    wanted = selecting.Wanted(
        kind="bulk_replay", title="t", items=items, options=Options(start=start)
    )
    assert only(computed(selecting.make(wanted, actor=TESTER))).klass == klass
