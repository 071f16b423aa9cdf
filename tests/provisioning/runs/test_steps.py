"""A step: look, act, look; an intent before and an outcome after, whatever happens."""

import pytest

from audit.models import Entry
from provisioning.actions.base import Permanent, Transient, Unknown
from provisioning.runs.models import Attempt, FailureGroup, Run, Step
from tests.support.actions import Shelf
from tests.support.engine import (
    assert_settled,
    drain,
    make_due,
    receive,
    rule,
    run_of,
    step,
    suspended,
    unlogged,
    verbs,
)


def test_a_step_is_looked_at_then_done_then_looked_at_again(shelf: Shelf) -> None:
    rule("one", step("test.put", "a"))
    [event] = receive(suspended())
    drain()
    run = run_of(event)
    assert (run.state, run.steps_done, run.attempts) == ("succeeded", 1, 1)
    assert (shelf.looks["a"], shelf.acts["a"]) == (2, 1)
    done = Step.objects.get()
    assert (done.state, done.before, done.after) == ("succeeded", {"value": None}, {"value": "on"})
    assert done.output == {"key": "a", "value": "on"}
    assert verbs(run) == ["step.intended", "step.done", "run.succeeded"]
    assert Attempt.objects.get().request_ids == ["req-a"]
    assert_settled()


def test_what_is_already_so_is_not_done_again(shelf: Shelf) -> None:
    rule("one", step("test.put", "a"))
    shelf.items["a"] = "on"
    [event] = receive(suspended())
    drain()
    assert shelf.acts["a"] == 0
    assert verbs(run_of(event)) == ["step.already", "run.succeeded"]
    assert Step.objects.get().state == "already"


def test_an_action_that_cannot_be_read_is_called_without_a_look(shelf: Shelf) -> None:
    rule("one", step("test.say", "a"))
    [event] = receive(suspended())
    drain()
    assert (run_of(event).state, shelf.looks["a"], shelf.acts["a"]) == ("succeeded", 0, 1)
    assert verbs() == ["step.intended", "step.done", "run.succeeded"]


def test_a_later_step_uses_what_an_earlier_one_gave(shelf: Shelf) -> None:
    first = step("test.put", "a", "x1", id="first")
    rule("two", first, step("test.say", "b", "got {{ steps.first.output.value }}"))
    receive(suspended())
    drain()
    assert shelf.items == {"a": "x1", "b": "got x1"}


def test_a_transient_error_is_tried_again_and_each_try_is_kept(shelf: Shelf) -> None:
    rule("one", step("test.put", "a"))
    shelf.plan["a"].extend([Transient("busy", "It is busy."), Transient("slow", "It is slow.")])
    [event] = receive(suspended())
    drain()
    assert (run_of(event).state, run_of(event).error) == ("retrying", "It is busy.")
    make_due()
    drain()
    make_due()
    drain()
    assert run_of(event).state == "succeeded"
    tried = Attempt.objects.order_by("number").values_list("number", "result", "error_code")
    assert list(tried) == [(1, "transient", "busy"), (2, "transient", "slow"), (3, "acted", "")]
    assert Step.objects.get().error == ""
    assert_settled()


def test_a_target_that_names_a_wait_is_given_it(shelf: Shelf) -> None:
    rule("one", step("test.put", "a"))
    shelf.plan["a"].append(Transient("throttled", "Later.").after(300))
    [event] = receive(suspended())
    drain()
    run, attempt = run_of(event), Attempt.objects.get()
    assert attempt.retry_at == run.due_at
    assert 300 <= (run.due_at - attempt.finished_at).total_seconds() < 310


def test_after_a_day_of_tries_the_run_fails_and_a_person_is_asked(shelf: Shelf) -> None:
    rule("one", step("test.put", "a"))
    shelf.plan["a"].extend([Transient("busy", "It is busy.")] * 2)
    [event] = receive(suspended())
    drain()
    started = Step.objects.get().started_at
    assert started is not None
    Step.objects.update(started_at=started.replace(year=started.year - 1))
    make_due()
    drain()
    run = run_of(event)
    assert (run.state, run.error_code) == ("failed", "busy")
    assert FailureGroup.objects.get().advice == "retry"
    assert event.__class__.objects.get().state == "failed"


def test_a_permanent_error_stops_the_run_at_once(shelf: Shelf) -> None:
    rule("one", step("test.put", "a"), step("test.say", "b"))
    shelf.plan["a"].append(Permanent("AccessDenied", "Not allowed.", hint="Allow it."))
    [event] = receive(suspended())
    drain()
    run = run_of(event)
    assert (run.state, run.error, run.steps_done) == ("failed", "Not allowed.", 0)
    assert [s.state for s in run.steps.order_by("position")] == ["failed", "waiting"]
    assert shelf.acts == {"a": 1}
    assert verbs(run) == ["step.intended", "step.failed", "run.failed"]
    group = FailureGroup.objects.get()
    assert (group.message, group.hint, group.advice) == ("Not allowed.", "Allow it.", "fix")
    assert (Attempt.objects.get().result, Attempt.objects.get().error) == (
        "permanent",
        "Not allowed.",
    )
    assert_settled()


def test_failures_are_grouped_by_their_cause_and_not_by_their_text(shelf: Shelf) -> None:
    rule("one", step("test.put", "{{ event.target.User.id }}"))
    for number in range(3):
        text = f"Not allowed, request {number}."
        shelf.plan[f"00u{number}"].append(Permanent("AccessDenied", text))
    shelf.plan["00u3"].append(Permanent("NoSuchShelf", "Not allowed, request 0."))
    receive(*(suspended(f"00u{number}") for number in range(4)))
    drain()
    groups = {g.error_code: g.runs.count() for g in FailureGroup.objects.all()}
    assert groups == {"AccessDenied": 3, "NoSuchShelf": 1}


def test_an_unknown_outcome_that_can_be_read_is_tried_again(shelf: Shelf) -> None:
    """The call took effect although its answer was lost: exactly one effect (R21)."""
    rule("one", step("test.put", "a"))

    def effect_then_silence() -> None:
        shelf.items["a"] = "on"
        raise Unknown("lost_answer", "The answer was lost.")

    shelf.plan["a"].append(effect_then_silence)
    [event] = receive(suspended())
    drain()
    assert run_of(event).state == "retrying"
    make_due()
    drain()
    assert (run_of(event).state, shelf.acts["a"]) == ("succeeded", 1)


def test_an_unknown_outcome_that_cannot_be_read_asks_a_person(shelf: Shelf) -> None:
    rule("one", step("test.say", "a"))
    shelf.plan["a"].append(Unknown("lost_answer", "The answer was lost."))
    [event] = receive(suspended())
    drain()
    make_due()
    drain()
    assert (run_of(event).state, shelf.acts["a"]) == ("unknown", 1)
    assert FailureGroup.objects.get().advice == "decide"
    assert verbs() == ["step.intended", "step.failed", "run.unknown"]
    assert Entry.objects.get(verb="run.unknown").outcome == "unknown"


def test_an_effect_that_cannot_be_seen_yet_is_looked_for_again(shelf: Shelf) -> None:
    rule("one", step("test.put", "a"))
    shelf.blind["a"].extend([])
    shelf.plan["a"].append(lambda: shelf.blind["a"].append(Transient("later", "Not yet.")))
    [event] = receive(suspended())
    drain()
    assert run_of(event).state == "retrying"
    make_due()
    drain()
    assert (run_of(event).state, shelf.acts["a"]) == ("succeeded", 1)


@pytest.mark.parametrize("action", ["test.put", "test.say"])
def test_a_template_that_cannot_be_filled_stops_the_run_and_keeps_the_try(
    shelf: Shelf, action: str
) -> None:
    rule("one", step(action, "a", "{{ event.nothing.of.this }}"))
    [event] = receive(suspended())
    drain()
    run = run_of(event)
    assert (run.state, run.error_code) == ("failed", "template_error")
    kept = Attempt.objects.get()
    assert (kept.number, kept.result, kept.error_code) == (1, "permanent", "template_error")
    assert (run.attempts, shelf.acts.total()) == (1, 0)


def test_parameters_that_come_out_wrong_stop_the_run(shelf: Shelf) -> None:
    rule("one", step("test.put", "{{ event.severity | replace: 'INFO', '' }}"))
    [event] = receive(suspended())
    drain()
    assert (run_of(event).state, run_of(event).error_code) == ("failed", "bad_parameters")
    assert "key" in run_of(event).error
    assert Attempt.objects.count() == 1


def test_a_rule_whose_action_is_gone_fails_in_words(shelf: Shelf) -> None:
    rule("one", step("test.put", "a"))
    [event] = receive(suspended())
    drain()
    Run.objects.update(state="pending", steps_done=0, finished_at=None)
    Step.objects.update(state="waiting", action="test.gone")
    drain()
    assert (run_of(event).state, run_of(event).error_code) == ("failed", "unknown_action")


@pytest.mark.parametrize("where", ["plan", "blind"])
def test_a_defect_of_one_action_takes_no_other_run_with_it(shelf: Shelf, where: str) -> None:
    rule("one", step("test.put", "{{ event.target.User.id }}"))
    getattr(shelf, where)["00u1"].append(ZeroDivisionError("a defect"))
    events = receive(*(suspended(f"00u{number}") for number in range(4)))
    drain()
    states = [run_of(event).state for event in events]
    assert states == ["succeeded", "retrying", "succeeded", "succeeded"]
    assert run_of(events[1]).error == "ZeroDivisionError: this is a defect in Sluice."
    assert Attempt.objects.filter(error_code="internal_error").count() == 1
    make_due()
    drain()
    assert run_of(events[1]).state == "succeeded"
    assert unlogged() == []


def test_a_defect_in_a_call_that_cannot_be_read_is_unknown(shelf: Shelf) -> None:
    rule("one", step("test.say", "a"))
    shelf.plan["a"].append(ZeroDivisionError("a defect"))
    [event] = receive(suspended())
    drain()
    assert run_of(event).state == "unknown"
