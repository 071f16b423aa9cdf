"""How many people a rule covers is counted by workers, kept, and made again."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from provisioning import jobs, recovery
from provisioning.clocks import database_now
from provisioning.events.models import Person
from provisioning.rules import coverage, versions
from provisioning.rules.coverage_models import Coverage
from provisioning.rules.models import Rule
from tests.support.engine import rule, together
from tests.support.factories import COMMAND, NOW, current_of

LEGAL = {"field": "user.profile.department", "op": "equals", "value": "Legal"}
MAIL = {"action": "email.send", "with": {"to": "it@acme.example", "subject": "a", "body": "b"}}


def people_in(department: str | None, count: int) -> None:
    """So many more people; without a department, people whose profile was never read."""
    first = Person.objects.count()
    Person.objects.bulk_create(
        Person(
            okta_id=f"00u{number:05}",
            login=f"{number}@acme.example",
            user=department and {"profile": {"department": department}},
            first_seen_at=NOW,
            last_event_at=NOW,
        )
        for number in range(first, first + count)
    )


def limited(when: dict[str, Any] | None = LEGAL, **fields: Any) -> Rule:
    conditions = {"when": when} if when else {}
    return rule("one", MAIL, limits={"share": "20%"}, **conditions, **fields)


def count() -> None:
    """What the clock and a worker do."""
    coverage.keep_needed(database_now())
    while coverage.count_due():
        pass


def counted(one: Rule) -> int | None:
    one.refresh_from_db()
    found = coverage.counted_for(current_of(one).pk)
    return found.people if found else None


def let_pass(time: timedelta) -> None:
    Coverage.objects.update(
        due_at=F("due_at") - time, begun_at=F("begun_at") - time, counted_at=F("counted_at") - time
    )


def test_those_are_counted_for_whom_the_rule_could_match(db: None) -> None:
    people_in("Legal", 3)
    people_in("Sales", 5)
    people_in(None, 2)
    one = limited()
    assert counted(one) is None
    count()
    assert counted(one) == 5


@pytest.mark.parametrize(
    "when", [None, {"field": "event.outcome.result", "op": "equals", "value": "SUCCESS"}]
)
def test_conditions_that_look_at_nobody_cover_everybody(
    db: None, when: dict[str, Any] | None
) -> None:
    people_in("Legal", 3)
    people_in(None, 2)
    one = limited(when)
    count()
    assert counted(one) == 5


@pytest.mark.parametrize("limits", [None, "none", {"runs": 5}])
def test_only_a_limit_on_a_share_has_people_counted(db: None, limits: object) -> None:
    rule("one", MAIL, **({"limits": limits} if limits else {}))
    count()
    assert not Coverage.objects.exists()


def test_it_is_counted_again_after_a_while_and_not_before(db: None) -> None:
    people_in("Legal", 3)
    one = limited()
    count()
    people_in("Legal", 1)
    let_pass(coverage.EVERY - timedelta(seconds=30))
    count()
    assert counted(one) == 3
    let_pass(timedelta(minutes=1))
    assert coverage.any_due()
    count()
    assert counted(one) == 4


def test_another_version_is_counted_at_once_and_takes_nothing_over(db: None) -> None:
    people_in("Legal", 3)
    people_in("Sales", 1)
    one = limited()
    count()
    limited({**LEGAL, "value": "Sales"})
    assert counted(one) is None
    count()
    assert counted(one) == 1
    assert Coverage.objects.count() == 1, "no more than one a rule is kept"


def test_a_rule_that_is_off_is_not_counted_until_it_is_on(db: None) -> None:
    people_in("Legal", 3)
    one = limited()
    count()
    versions.switch("one", on=False, actor=COMMAND)
    people_in("Legal", 1)
    let_pass(coverage.EVERY)
    assert not coverage.any_due()
    versions.switch("one", on=True, actor=COMMAND)
    count()
    assert counted(one) == 4


def test_a_slice_of_many_people_costs_as_many_queries_as_one_of_few(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coverage, "SLICE", 100)
    people_in("Legal", 10)
    limited()
    assert len(_queries()) <= 5
    people_in("Legal", 80)
    let_pass(coverage.EVERY)
    assert len(_queries()) <= 5
    people_in("Legal", 160)
    let_pass(coverage.EVERY)
    assert len(_queries()) <= 3 * 5, "three slices"


def _queries() -> Sequence[Any]:
    coverage.keep_needed(database_now())
    with CaptureQueriesContext(connection) as asked:
        while coverage.any_due():
            coverage.count_due()
    return [one for one in asked.captured_queries if "EXISTS" not in one["sql"]]


@pytest.fixture
def halfway(db: None, monkeypatch: pytest.MonkeyPatch) -> Rule:
    """Three people are counted; one more is there, and half of the next count is done."""
    monkeypatch.setattr(coverage, "SLICE", 2)
    people_in("Legal", 3)
    one = limited()
    count()
    people_in("Legal", 1)
    let_pass(coverage.EVERY)
    assert coverage.count_due()
    return one


def test_until_a_count_is_done_the_last_one_stays(halfway: Rule) -> None:
    assert counted(halfway) == 3
    count()
    assert counted(halfway) == 4


def test_a_count_whose_worker_is_gone_goes_on_where_it_was(halfway: Rule) -> None:
    assert coverage._claim() is not None  # and nothing more is heard of it
    assert not coverage.count_due()
    assert counted(halfway) == 3
    let_pass(timedelta(minutes=5))
    count()
    assert counted(halfway) == 4


def test_a_count_that_was_left_for_long_begins_anew(halfway: Rule) -> None:
    Person.objects.update(user={"profile": {"department": "Sales"}})
    let_pass(2 * coverage.GONE_STALE)
    count()
    assert counted(halfway) == 0


def test_a_count_that_fails_leaves_the_last_one_and_is_tried_later(
    halfway: Rule, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bool:
        raise ValueError("a defect")

    with monkeypatch.context() as broken:
        broken.setattr(coverage, "covers", fail)
        assert coverage.count_due()
        assert not coverage.any_due(), "not at once: it would fail for ever"
    assert counted(halfway) == 3
    let_pass(coverage.EVERY)
    count()
    assert counted(halfway) == 4


def test_who_lost_the_claim_writes_nothing(halfway: Rule) -> None:
    slow = coverage._claim()
    assert slow is not None
    let_pass(timedelta(minutes=5))
    count()
    assert counted(halfway) == 4
    Person.objects.update(user={"profile": {"department": "Sales"}})
    coverage._slice(slow)
    assert counted(halfway) == 4
    assert Coverage.objects.get().reached == ""


def test_a_version_superseded_meanwhile_is_forgotten(halfway: Rule) -> None:
    slow = coverage._claim()
    assert slow is not None
    limited({**LEGAL, "value": "Sales"})
    coverage.keep_needed(database_now())
    coverage._slice(slow)
    count()
    assert counted(halfway) == 0


def test_many_workers_at_once_count_nobody_twice(
    live_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coverage, "SLICE", 5)
    people_in("Legal", 43)
    people_in("Sales", 20)
    one = limited()

    def work(_: int) -> None:
        while coverage.any_due():
            coverage.keep_needed(database_now())
            coverage.count_due()

    coverage.keep_needed(database_now())
    assert together(4, work) == [None] * 4
    assert counted(one) == 43


def test_the_clock_has_it_counted_by_the_next_worker(live_db: None) -> None:
    people_in("Legal", 3)
    one = limited()
    task = next(task for task in recovery.TASKS if task.name == "keep_coverage")
    assert task.every <= timedelta(seconds=10)
    task.run(database_now())
    assert any(found() for found in recovery.DUE)
    assert not jobs.drain_for(20)
    assert counted(one) == 3
    assert not any(found() for found in recovery.DUE)


def test_a_number_without_its_time_is_refused_by_the_database(db: None) -> None:
    one = limited()
    with pytest.raises(IntegrityError, match="coverage_is_counted_at_a_time"):
        Coverage.objects.create(version=current_of(one), people=3, due_at=database_now())
