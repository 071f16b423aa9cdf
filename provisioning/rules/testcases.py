"""Past events that a rule must answer as it once did, before any other version is published."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from audit import trail
from audit.canonical import clean
from provisioning.clocks import database_now
from provisioning.events.models import Event, EventProfile
from provisioning.rules import lookups
from provisioning.rules.comparing import differences
from provisioning.rules.definitions import Definition
from provisioning.rules.filters import Tables
from provisioning.rules.previews import Preview, preview
from provisioning.rules.seeing import facts_from, profile_of
from provisioning.rules.trial_models import RuleTest

#: How many tests a rule may have; all of them run whenever somebody asks for approval.
MOST = 200


class TestRefused(Exception):  # noqa: N818
    """The test cannot be kept; the message says why, in a sentence."""

    __test__ = False  # not one of pytest's


@dataclass(frozen=True, slots=True)
class Result:
    """Whether one test holds; `why` says in a sentence what is other than expected."""

    test: RuleTest
    passed: bool
    why: str

    def plain(self) -> dict[str, Any]:
        test = self.test
        about = {"test": test.code, "note": test.note, "event": test.event_code}
        return {**about, "event_type": test.event_type, "passed": self.passed, "why": self.why}


@transaction.atomic
def keep(
    event: Event,
    definition: Definition,
    *,
    matched: bool,
    hold_calls: bool,
    note: str,
    actor: trail.Actor,
) -> RuleTest:
    """Save an event as a test: the rule shall say `matched`, and send what it would send now.

    Raises TestRefused where the definition does not say so itself.
    """
    profile = profile_of(EventProfile.objects.filter(pk=event.pk).first())
    tables = lookups.entries_of(definition)
    said = preview(definition, facts_from(event.body, profile), tables=tables)
    if said.verdict.matched != matched:
        so = "matches" if said.verdict.matched else "does not match"
        raise TestRefused(f"Now the rule {so} this event. Change the draft first, then save this.")
    if RuleTest.objects.filter(rule_name=definition.name).count() >= MOST:
        raise TestRefused(f"The rule has {MOST} tests already. Remove one first.")
    calls = clean(_calls(said)) if matched and hold_calls else None
    test = RuleTest.objects.create(
        rule_name=definition.name,
        note=note.strip()[:500],
        event_code=event.code,
        event_type=event.event_type,
        person=event.person_login,
        body=event.body,
        profile=profile,
        matched=matched,
        calls=calls,
        author=actor.name,
        author_identity=actor.identity,
        created_at=database_now(),
    )
    _tell("rule-test.saved", test, actor)
    return test


@transaction.atomic
def remove(test: RuleTest, *, actor: trail.Actor) -> bool:
    """Let go of a test; False where it is gone already. The trail keeps what it asked for."""
    if not RuleTest.objects.filter(pk=test.pk).delete()[0]:
        return False
    _tell("rule-test.removed", test, actor)
    return True


def run_tests(definition: Definition) -> list[Result]:
    """Every test of the rule, held against this definition. Nothing is called or stored."""
    tests = RuleTest.objects.filter(rule_name=definition.name).order_by("id")
    tables = lookups.entries_of(definition)
    return [_run(test, definition, tables) for test in tests]


def _run(test: RuleTest, definition: Definition, tables: Tables) -> Result:
    if test.matched and test.event_type not in definition.on:
        return Result(test, False, f"The rule does not start on {test.event_type} any more.")
    said = preview(definition, facts_from(test.body, test.profile), tables=tables)
    matched = said.verdict.matched and test.event_type in definition.on
    if matched != test.matched:
        return Result(test, False, said.verdict.why_not or "It matches and should not.")
    if not matched:
        return Result(test, True, "")
    if broken := [problem for step in said.steps for problem in step.problems]:
        return Result(test, False, broken[0])
    return _held(test, clean(_calls(said)))


def _held(test: RuleTest, calls: Mapping[str, Any]) -> Result:
    if test.calls is None:
        return Result(test, True, "")
    found = differences(test.calls, calls)
    if not found:
        return Result(test, True, "")
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return Result(test, False, f"It would send something else: {found[0]['path']}{more}.")


def _calls(said: Preview) -> dict[str, Any]:
    return {step.key: {"action": step.action, "with": step.params} for step in said.steps}


def _tell(verb: str, test: RuleTest, actor: trail.Actor) -> None:
    data = {"rule": test.rule_name, "event": test.event_code, "matched": test.matched,
            "calls": test.calls is not None}  # fmt: skip
    trail.record(verb, actor=actor, obj=trail.Object("rule-test", test.code, test.rule_name),
                 data=data)  # fmt: skip
