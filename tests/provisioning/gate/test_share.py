"""The share of a rule is one of the people whom it covers, as they were counted last."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from pytest_django import Settings

from provisioning.actions.okta import client
from provisioning.clocks import database_now
from provisioning.events.models import Person
from provisioning.rules import coverage
from provisioning.rules.coverage_models import Coverage
from provisioning.rules.models import Rule
from tests.provisioning.gate.support import WHO, matched, people, plan_of, states
from tests.support.actions import Shelf
from tests.support.engine import drain, rule, step

LEGAL = {"field": "user.profile.department", "op": "equals", "value": "Legal"}


def known(department: str, ids: Iterable[int]) -> None:
    now = database_now()
    Person.objects.bulk_create(
        Person(okta_id=f"00u{number}", login=f"{number}@acme.example", user=_user(department),
               first_seen_at=now, last_event_at=now)
        for number in ids
    )  # fmt: skip


def _user(department: str) -> dict[str, Any]:
    return {"status": "ACTIVE", "profile": {"department": department}}


@pytest.fixture
def okta(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Okta answers that whoever is asked about is in Legal."""
    settings.OKTA_ORG_URL = "https://acme.example"
    monkeypatch.setattr(client, "read_each", lambda ids: {one: _user("Legal") for one in ids})


@pytest.fixture
def small(shelf: Shelf, okta: None) -> Rule:
    """A rule for Legal, where 10 of 1,000 people are, that may act on a fifth of them at once."""
    known("Legal", range(10))
    known("Sales", range(100, 1_090))
    return for_legal("20%")


def for_legal(share: str, when: dict[str, Any] = LEGAL) -> Rule:
    limits = {"share": share, "runs": "none", "per": "7d"}
    return rule("legal", step("test.put", WHO), when=when, limits=limits)


def count() -> None:
    coverage.keep_needed(database_now())
    while coverage.count_due():
        pass


def test_a_share_of_a_small_department_holds_although_it_is_next_to_nobody(small: Rule) -> None:
    count()
    matched(*people(0, 2))
    drain()
    assert states() == {"succeeded": 2}
    matched(*people(2, 1))
    drain()
    assert states() == {"succeeded": 2, "held": 1}, "3 of 10 are more than a fifth"
    because = plan_of().state_because
    at = Coverage.objects.values_list("counted_at", flat=True).get()
    assert at is not None
    assert f"3 of the 10 people this rule covers (counted {at:%H:%M} UTC) since " in because
    assert because.endswith("; the limit is 20 %, 2 people.")


def test_a_count_of_another_day_is_named_with_its_day(small: Rule) -> None:
    count()
    Coverage.objects.update(counted_at=F("counted_at") - timedelta(days=3))
    matched(*people(0, 3))
    drain()
    day = database_now() - timedelta(days=3)
    assert f"(counted {day:%Y-%m-%d} " in plan_of().state_because


def test_until_they_are_counted_everybody_known_takes_their_place(small: Rule) -> None:
    matched(*people(0, 10))
    drain()
    assert states() == {"succeeded": 10}
    for_legal("1%")
    known("Legal", range(10, 12))
    matched(*people(10, 2))
    drain()
    assert states() == {"succeeded": 10, "held": 2}
    because = plan_of().state_because
    assert "12 of the 1,002 people Sluice knows" in because
    assert "(those this rule covers are not counted yet)" in because
    assert because.endswith("; the limit is 1 %, 11 people.")


def test_a_count_for_another_version_does_not_hold(small: Rule) -> None:
    count()
    for_legal("20%", {"any": [LEGAL, {**LEGAL, "value": "Compliance"}]})
    matched(*people(0, 5))
    drain()
    assert states() == {"succeeded": 5}
    count()
    matched(*people(5, 1))
    drain()
    assert states() == {"succeeded": 5, "held": 1}


def test_more_people_than_are_covered_are_over_any_share(shelf: Shelf, okta: None) -> None:
    """A mass move into the department does not raise its own limit."""
    known("Legal", range(3))
    known("Sales", range(3, 200))
    for_legal("100%")
    count()
    matched(*people(0, 5))
    drain()
    assert states() == {"held": 5}
    because = plan_of().state_because
    assert because.startswith("5 people since ")
    assert "more than the 3 people this rule covers (counted " in because
    assert because.endswith("; the limit is 100 %, 3 people.")


def test_a_rule_that_covers_nobody_lets_nobody_pass(shelf: Shelf, okta: None) -> None:
    known("Sales", range(20))
    for_legal("50%")
    count()
    matched(*people(0, 1))
    drain()
    assert states() == {"held": 1}
    assert "1 person since" in plan_of().state_because
    assert "more than the 0 people this rule covers" in plan_of().state_because


def test_the_gate_counts_nobody_itself(small: Rule) -> None:
    """Other workers wait for its lock."""
    count()
    Person.objects.filter(okta_id="00u9").update(user=_user("Sales"))
    matched(*people(0, 3))
    drain()
    assert "3 of the 10 people" in plan_of().state_because
