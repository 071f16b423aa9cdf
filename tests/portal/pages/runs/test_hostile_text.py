"""Text from outside on the pages about runs, failures and rules: no element, no secret."""

import re

import pytest

from portal.roles import Role
from provisioning.plans.models import Plan
from provisioning.plans.selecting import Wanted, make, runs_of
from provisioning.rules.models import Rule
from provisioning.runs.models import Run, Step
from tests.support.factories import (
    COMMAND,
    HOSTILE,
    RULE,
    SECRET,
    client_of,
    make_event,
    make_person,
    make_profile,
    make_rule,
    make_user,
)
from tests.support.list_checks import html_of
from tests.support.run_factories import make_group, make_run

pytestmark = pytest.mark.django_db
BAD = f"{HOSTILE} {SECRET}"


@pytest.fixture
def pages() -> list[str]:
    """Every page of these families, over rows that are full of both."""
    text = RULE.format(name="joiner", title=f"'{HOSTILE}'")
    rule = make_rule("joiner", text.replace("bucket: team-folders", f'bucket: "{BAD}"'))
    event = make_event(make_person(HOSTILE, name=HOSTILE))
    make_profile(event, {"firstName": BAD, "department": BAD, "country": BAD, "email": BAD})
    run = full_of_it(make_run(rule, event, states=("succeeded", "failed")))
    other = make_event(make_person(f"x{HOSTILE}"))
    doubtful = full_of_it(make_run(rule, other, states=("unknown", "waiting")))
    said = {"message": BAD, "hint": BAD, "target": BAD, "error_code": BAD}
    group = make_group(rule, runs=[run, doubtful], **said)
    return [
        "/runs/", f"/runs/?person={HOSTILE}", f"/runs/?{HOSTILE}=1", f"/runs/{run.code}/",
        f"/runs/{doubtful.code}/", f"/runs/{run.code}/replay/?from=start",
        f"/runs/{doubtful.code}/confirm/", "/failures/", f"/failures/{group.code}/",
        "/plans/", f"/plans/{plan_about(run, doubtful).code}/", "/rules/", "/rules/joiner/",
        "/rules/joiner/yaml/", "/rules/joiner/versions/", "/rules/joiner/versions/1..1/",
        f"/rules/joiner/test/?event={event.code}", f"/rules/joiner/test/?event={HOSTILE}",
        "/rules/joiner/switch/",
    ]  # fmt: skip


def plan_about(*runs: Run) -> Plan:
    """A plan whose every text is hostile."""
    rows = Run.objects.filter(pk__in=[run.pk for run in runs])
    wanted = Wanted(kind=Plan.Kind.BULK_REPLAY, title=BAD, items=runs_of(rows), reason=BAD)
    plan = make(wanted, actor=COMMAND)
    plan.items.update(why=BAD, effect=[{"sentence": BAD, "action": BAD}])
    Plan.objects.update(state_because=BAD, source={"said": BAD})
    return plan


def full_of_it(run: Run) -> Run:
    data = {"note": BAD, "password": "hunter2-hunter2", HOSTILE: BAD}
    Step.objects.filter(run=run).update(
        input=data, output=data, before=data, after={}, error=BAD, hint=BAD, target=BAD,
        error_code=BAD,
    )  # fmt: skip
    for step in run.steps.all():
        step.tries.update(error=BAD, log=BAD, request_ids=[BAD], error_code=BAD)
    return run


def test_no_text_becomes_an_element_and_no_secret_is_shown(pages: list[str]) -> None:
    client = client_of(make_user(Role.ADMIN))

    for page in pages:
        html = html_of(client, page)
        assert not re.search(r"<img\b", html), page
        assert SECRET not in html, page
        assert "hunter2" not in html, page


def test_hostile_text_is_still_shown_as_text(pages: list[str]) -> None:
    client = client_of(make_user(Role.ADMIN))

    assert "&lt;img src=x onerror=alert(1)&gt;" in html_of(client, pages[0])
    assert Rule.objects.get().current is not None
