"""What becomes of a cause: people are told of it once, say what becomes of it; it comes back."""

from datetime import timedelta

import pytest

from audit.models import Entry
from provisioning.actions.base import Permanent
from provisioning.clocks import database_now
from provisioning.events.models import Event
from provisioning.notices.models import Notice
from provisioning.recovery import wake_snoozed
from provisioning.rules.models import Rule
from provisioning.runs import failures, replays, triage
from provisioning.runs.failures import Failure
from provisioning.runs.models import Run
from provisioning.runs.troubles import FailureGroup
from tests.support.actions import Shelf
from tests.support.engine import TESTER, drain, receive, rule, run_of, step, suspended, together


@pytest.fixture
def broken(shelf: Shelf) -> Rule:
    return rule("put-it", step("test.put", "a"))


def fail(shelf: Shelf, minute: int = 0, *, person: str = "00u1", code: str = "NoSuchBucket") -> Run:
    shelf.plan["a"].append(Permanent(code, f"It is not there, {person}."))
    shelf.items.clear()
    (event,) = receive(suspended(person, minute=minute))
    drain()
    return run_of(event)


def the_group() -> FailureGroup:
    return FailureGroup.objects.get()


def verbs() -> list[str]:
    entries = Entry.objects.filter(object_kind="failure-group").order_by("id")
    return list(entries.values_list("verb", flat=True))


def failure(**changes: object) -> Failure:
    values: dict[str, object] = {
        "rule_id": 1, "rule": "r", "version": 1, "action": "test.put", "target": "shelf",
        "error_code": "NoSuchBucket", "message": "m", "hint": "", "advice": "fix",
    }  # fmt: skip
    return Failure(**{**values, **changes})  # type: ignore[arg-type]  # made for the test


def test_the_key_of_a_cause_holds_no_free_text() -> None:
    same = {failure().key, failure(message="other", hint="h", version=2, advice="retry").key}
    assert len(same) == 1
    named = failure(error_code="function_error_No bucket for maya@acme.example").key
    assert named == failure(error_code="function_error_No folder for jane@acme.example").key
    assert failure(error_code="AccessDenied").key not in same
    assert failure(target="elsewhere").key not in same


def test_people_are_told_once_of_a_cause_however_many_runs_it_stops(
    broken: Rule, shelf: Shelf
) -> None:
    for minute in range(4):
        fail(shelf, minute, person=f"00u{minute}")
    notice = Notice.objects.get()
    assert (notice.kind, notice.path) == ("failure", f"/failures/{the_group().code}/")
    assert "00u" not in notice.subject + notice.text
    assert the_group().hits == 4
    fail(shelf, 9, code="AccessDenied")
    assert Notice.objects.count() == 2


def test_an_acknowledged_cause_stays_so_while_it_goes_on(broken: Rule, shelf: Shelf) -> None:
    fail(shelf)
    triage.acknowledge(the_group(), actor=TESTER, note="Looking at the bucket")
    fail(shelf, 1)
    group = the_group()
    assert (group.state, group.state_by, group.state_note) == (
        "acknowledged", "tests", "Looking at the bucket",
    )  # fmt: skip
    assert Run.objects.failures().count() == 2
    assert Run.objects.waiting_failures().count() == 0
    assert verbs() == ["failures.acknowledged"]
    with pytest.raises(triage.CannotChange, match="acknowledged already"):
        triage.acknowledge(group, actor=TESTER)


def test_a_resolved_cause_comes_back_with_the_next_run_and_is_told_again(
    broken: Rule, shelf: Shelf
) -> None:
    fail(shelf)
    triage.resolve(the_group(), actor=TESTER, version=1)
    assert the_group().resolved_in == 1
    fail(shelf, 1)
    assert the_group().state == "regressed"
    assert Run.objects.waiting_failures().count() == 2
    entry = Entry.objects.get(verb="failures.reopened")
    assert entry.data["resolved_in"] == entry.data["version"] == 1
    assert Notice.objects.count() == 2
    fail(shelf, 2)
    assert Entry.objects.filter(verb="failures.reopened").count() == 1
    assert Notice.objects.count() == 2


def test_it_is_not_resolved_in_a_version_that_does_not_exist(broken: Rule, shelf: Shelf) -> None:
    fail(shelf)
    with pytest.raises(triage.CannotChange, match="no version 7"):
        triage.resolve(the_group(), actor=TESTER, version=7)
    assert the_group().state == "open"
    assert verbs() == []


def test_workers_at_once_bring_a_resolved_cause_back_once(broken: Rule, shelf: Shelf) -> None:
    fail(shelf)
    triage.resolve(the_group(), actor=TESTER)
    one = failure(rule_id=broken.pk, target="shelf")
    assert one.key == the_group().key
    together(8, lambda _: failures.file([one, one], actor=TESTER))
    group = the_group()
    assert (group.state, group.hits) == ("regressed", 17)
    assert Entry.objects.filter(verb="failures.reopened").count() == 1
    assert Notice.objects.count() == 2


def test_a_cause_put_off_comes_back_when_its_time_is_over(broken: Rule, shelf: Shelf) -> None:
    fail(shelf)
    now = database_now()
    triage.snooze(the_group(), actor=TESTER, until=now + timedelta(hours=2))
    fail(shelf, 1)
    assert the_group().state == "snoozed"
    wake_snoozed(now + timedelta(hours=1))
    assert the_group().state == "snoozed"
    wake_snoozed(now + timedelta(hours=3))
    wake_snoozed(now + timedelta(hours=3))
    assert (the_group().state, the_group().snoozed_until) == ("open", None)
    assert verbs() == ["failures.snoozed", "failures.reopened"]


def test_a_cause_put_off_comes_back_after_so_many_more_runs(broken: Rule, shelf: Shelf) -> None:
    fail(shelf)
    triage.snooze(the_group(), actor=TESTER, hits=2)
    fail(shelf, 1)
    assert the_group().state == "snoozed"
    fail(shelf, 2)
    assert the_group().state == "open"
    assert verbs() == ["failures.snoozed", "failures.reopened"]


def test_it_is_put_off_until_a_time_or_a_count_that_make_sense(broken: Rule, shelf: Shelf) -> None:
    fail(shelf)
    group, now = the_group(), database_now()
    for values in (
        {}, {"hits": 1, "until": now + timedelta(hours=1)}, {"hits": 0}, {"until": now},
        {"until": now + timedelta(days=999)},
    ):  # fmt: skip
        with pytest.raises(triage.CannotChange):
            triage.snooze(group, actor=TESTER, **values)
    assert the_group().state == "open"


def test_of_people_at_once_one_changes_the_state(broken: Rule, shelf: Shelf) -> None:
    fail(shelf)
    group = the_group()
    answers = together(6, lambda _: triage.resolve(group, actor=TESTER))
    assert sum(isinstance(one, triage.CannotChange) for one in answers) == 5
    assert verbs() == ["failures.resolved"]


def test_a_run_handled_by_hand_stays_failed_and_needs_nobody(broken: Rule, shelf: Shelf) -> None:
    run = fail(shelf)
    assert Event.objects.get().state == "failed"
    triage.handle_run(run, actor=TESTER, reason="Made it myself", url="https://t.example/SD-1")
    run.refresh_from_db()
    assert run.state == "failed"
    assert run.handling is not None
    assert (run.handling.reason, run.handling.url) == ("Made it myself", "https://t.example/SD-1")
    assert not Run.objects.failures().exists()
    assert Event.objects.get().state == "done"
    assert Entry.objects.get(verb="run.handled").data["url"] == "https://t.example/SD-1"
    with pytest.raises(triage.CannotChange):
        triage.handle_run(run, actor=TESTER, reason="Again")


def test_a_whole_cause_is_handled_by_hand_but_not_what_came_since(
    broken: Rule, shelf: Shelf
) -> None:
    for minute in range(3):
        fail(shelf, minute, person=f"00u{minute}")
    seen_at = database_now()
    late = fail(shelf, 5, person="00u5")
    count = triage.handle_group(the_group(), actor=TESTER, reason="All made", seen_at=seen_at)
    assert count == 3
    assert [run.code for run in Run.objects.failures()] == [late.code]
    assert list(Event.objects.order_by("id").values_list("state", flat=True)) == [
        "done", "done", "done", "failed",
    ]  # fmt: skip
    assert len(Entry.objects.get(verb="failures.handled").data["runs"]) == 3


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "ftp://t.example/", "//t.example", "https://", "https://a b/",
     "https://u:p@t.example/", "data:text/html,x", "https://[", "http:\\\\t.example"],
)  # fmt: skip
def test_a_ticket_is_a_page_of_the_web_and_nothing_else(
    broken: Rule, shelf: Shelf, url: str
) -> None:
    run = fail(shelf)
    with pytest.raises(triage.CannotChange, match="https://"):
        triage.handle_run(run, actor=TESTER, reason="Done", url=url)
    assert Run.objects.failures().exists()


def test_by_hand_needs_a_reason(broken: Rule, shelf: Shelf) -> None:
    run = fail(shelf)
    with pytest.raises(triage.CannotChange, match="Say in a few words"):
        triage.handle_run(run, actor=TESTER, reason=" \n ")
    assert Run.objects.failures().exists()


def test_what_was_handled_by_hand_can_still_be_replayed(broken: Rule, shelf: Shelf) -> None:
    run = fail(shelf)
    triage.handle_run(run, actor=TESTER, reason="Done")
    replays.replay(run, actor=TESTER)
    drain()
    assert run_of(run.event).state == "succeeded"
    assert Event.objects.get().state == "done"
