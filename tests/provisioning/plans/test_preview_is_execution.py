"""What a plan shows is what is called: the calls of an item, held against those execution makes.

Others showed one thing and did another; here both must agree on any template and any data.
"""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from provisioning.actions.base import Permanent
from provisioning.events.models import Event
from provisioning.plans.effects import Subject, effect_of
from provisioning.plans.models import PlanItem
from provisioning.rules.models import Rule, RuleVersion
from provisioning.runs import execution
from provisioning.runs.models import Run, Step
from provisioning.runs.redoing import drafted, drafted_steps
from provisioning.runs.work import Work
from tests.support.actions import installed

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
PIECES = st.sampled_from(
    [
        "plain",
        "{{ user.profile.firstName }}",
        "{{ user.profile.missing }}",
        "{{ steps.first.output.value }}",
        "{{ steps.first.output.nothing }}",
        "{{ run.code }}",
        "{{ rule.name | upper }}",
        "{{ user.profile.firstName | nofilter }}",
        "{% tag %}",
        "",
    ]
)
TEMPLATES = st.fixed_dictionaries(
    {"key": st.lists(PIECES, max_size=3).map("".join)},
    optional={"value": st.lists(PIECES, max_size=3).map("".join), "more": st.just("x")},
)
STATES = st.sampled_from(["succeeded", "already", "kept", "failed", "unknown"])
NAMES = st.fixed_dictionaries(
    {"firstName": st.one_of(st.text(max_size=12), st.integers(), st.none(), st.booleans())}
)


@given(
    first=TEMPLATES,
    second=TEMPLATES,
    state=STATES,
    profile=NAMES,
    output=st.text(max_size=8),
    from_start=st.booleans(),
)
def test_the_first_call_of_an_item_is_the_one_execution_makes(
    first: dict[str, Any],
    second: dict[str, Any],
    state: str,
    profile: dict[str, Any],
    output: str,
    from_start: bool,
) -> None:
    with installed():
        subject = _subject((first, second), state, output, profile, from_start=from_start)
        call = effect_of(subject)[0]
        work = Work(subject.fresh, list(subject.steps), dict(subject.names))
        step = work.next_step()
        assert step is not None
        assert (call.position, call.key) == (step.position, step.key)
        try:
            made = execution._prepare(work, step, NOW)
        except Permanent:
            assert call.problems or call.pending
        else:
            assert (call.params, call.target) == (step.input, step.target)
            assert call.sentence == made.action.describe(made.params)
            assert not call.pending


def _subject(
    templates: tuple[dict[str, Any], dict[str, Any]],
    state: str,
    output: str,
    profile: dict[str, Any],
    *,
    from_start: bool,
) -> Subject:
    rule = Rule(pk=1, name="one")
    event = Event(pk=1, uuid="u", code="E")
    old = Run(pk=1, code="OLD", rule=rule, event=event, version_id=1, step_count=2)
    done = state in Step.DONE_STATES
    steps = [
        Step(pk=1, run=old, position=1, key="first", action="test.put", template=templates[0],
             state=state, output={"value": output} if done else None),
        Step(pk=2, run=old, position=2, key="second", action="test.put", template=templates[1],
             state="failed" if done else "waiting"),
    ]  # fmt: skip
    fresh = drafted(old, None, NOW, numbers={}, code="FRESH")
    fresh.event, fresh.rule, fresh.version = event, rule, RuleVersion(pk=1, number=1)
    names = {
        "user": {"profile": profile},
        "run": {"code": fresh.code},
        "rule": {"name": rule.name},
        "match": {},
    }
    made = drafted_steps(steps, fresh, None, from_start=from_start)
    return Subject(PlanItem(pk=1, code="FRESH"), fresh, made, names, None)
