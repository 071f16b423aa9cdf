"""What keeps big things from happening unseen: the brake, the gate before a burst, and undo."""

import secrets
from collections.abc import Sequence

from portal.demo import checks
from portal.demo.stage import Seen, Stage
from provisioning.approvals.models import Approval
from provisioning.plans.models import Plan
from provisioning.runs.brake_models import Brake
from provisioning.runs.models import Run
from sandbox.web import Json

LIMIT, BURST = 3, 8
SOURCE = """\
name: {name}
kind: event
title: A folder for people of team {mark}
on: [user.account.update_profile]
when: {{field: user.profile.department, op: equals, value: "Team {mark}"}}
limits: {{runs: {limit}, per: 1h}}
do:
  - id: folder
    action: aws.s3.create_folder
    with: {{bucket: {bucket}, key: "{name}/{{{{ user.profile.lastName }}}}/"}}
"""


def brake(stage: Stage) -> None:
    """A rule is stopped at once; its events are still taken, and go on when it is released."""
    name, mark = _write_rule(stage, limit=100)
    nora = stage.hire("Nora", "Falk", "Sales")
    portal = stage.portal()
    portal.press("/brake/", "/brake/", level="rule", rule=name, reason="The import looks wrong.")
    pulled = Brake.objects.filter(rule__name=name, released_at=None).latest("pk")
    stage.expect("every page says that it is stopped",
                 lambda: _banner(portal.read("/events/"), pulled), timeout=0)  # fmt: skip
    _move(stage, nora, mark)
    stage.expect("her event is still taken and makes a run",
                 lambda: checks.states(stage.runs(nora, name), [Run.State.PENDING]))  # fmt: skip
    otto = stage.hire("Otto", "Brandt", "Sales")
    stage.sandbox.update_user(otto["id"], department="Marketing")
    stage.expect("what is not stopped goes on", lambda: _other_rule_works(stage, otto))
    stage.expect("her run has not begun", lambda: _not_begun(stage, nora, name), timeout=0)
    page = portal.read(f"/brake/{pulled.code}/")
    login = str(nora["profile"]["login"])
    stage.expect("before the release it is shown for whom something waits",
                 lambda: Seen(login in page, login), timeout=0)  # fmt: skip
    portal.press(f"/brake/{pulled.code}/", f"/brake/{pulled.code}/release/", reason="It is right.")
    if approval := Approval.objects.open().about("brake", pulled.code).first():
        stage.decide(approval)
    stage.expect("released, it goes on and succeeds",
                 lambda: checks.states(stage.runs(nora, name), [Run.State.SUCCEEDED]))  # fmt: skip


def burst_gate(stage: Stage) -> None:
    """More people than the rule's limit move at once; what is over it waits as one plan."""
    name, mark = _write_rule(stage, limit=LIMIT)
    people = [stage.enter(f"Burst{number}", "Team", "Sales") for number in range(BURST)]
    for person in people:
        stage.met(person)
    for person in people:
        _move(stage, person, mark)
    stage.expect(f"over the limit of {LIMIT} the rest is held", lambda: _held(name, BURST))
    stage.expect(f"at most {LIMIT} have begun", lambda: _begun(name), timeout=0)
    late = stage.hire("Late", "Comer", "Sales")
    _move(stage, late, mark)
    stage.expect("what comes meanwhile joins the plan", lambda: _held(name, BURST + 1))
    plan = Plan.objects.filter(kind=Plan.Kind.BURST, source__rule=name).latest("pk")
    stage.expect("somebody else is asked about all of it", lambda: _asked(plan, name))
    stage.decide(Approval.objects.open().about("plan", plan.code).latest("pk"))
    stage.expect("agreed to, every run succeeds", lambda: _all_succeeded(name, BURST + 1), 60)


def undo(stage: Stage) -> None:
    """What a run made is taken away again, after a plan that somebody else agrees to."""
    name, mark = _write_rule(stage, limit=100)
    vera = stage.hire("Vera", "Holm", "Sales")
    _move(stage, vera, mark)
    stage.expect("her folder is made", lambda: _folder(stage, vera, name, there=True))
    [run] = stage.runs(vera, name)
    portal = stage.portal()
    portal.press(f"/runs/{run.code}/undo/", f"/runs/{run.code}/undo/")
    plan = Plan.objects.filter(kind=Plan.Kind.UNDO).latest("pk")
    stage.expect("the plan says what would be taken back", lambda: _would_act(plan))
    stage.expect("nothing is taken back yet",
                 lambda: _folder(stage, vera, name, there=True), timeout=0)  # fmt: skip
    page = f"/plans/{plan.code}/"
    portal.press(page, f"{page}confirm/", classes="would_act", reason="She was moved by mistake.")
    stage.expect("taking something away needs somebody else", lambda: _asked(plan, name))
    stage.decide(Approval.objects.open().about("plan", plan.code).latest("pk"))
    stage.expect("agreed to, her folder is gone", lambda: _folder(stage, vera, name, there=False))
    stage.expect("the plan is done", lambda: _state(plan, "done"))


def _write_rule(stage: Stage, *, limit: int) -> tuple[str, str]:
    """A rule of this play's own; its name and the department it is about."""
    mark = secrets.token_hex(3)
    name = f"team-{mark}"
    stage.write_rule(SOURCE.format(name=name, mark=mark, limit=limit, bucket=checks.BUCKET))
    return name, mark


def _move(stage: Stage, person: Json, mark: str) -> None:
    stage.sandbox.update_user(person["id"], department=f"Team {mark}")


def _banner(page: str, pulled: Brake) -> Seen:
    there = f"/brake/{pulled.code}/" in page
    return Seen(there, "the banner is there" if there else "no banner")


def _other_rule_works(stage: Stage, other: Json) -> Seen:
    """Whether somebody whom the stopped rule does not concern gets what is theirs."""
    return checks.states(stage.runs(other, checks.FOLDER_RULE), [Run.State.SUCCEEDED])


def _not_begun(stage: Stage, person: Json, rule: str) -> Seen:
    [run] = stage.runs(person, rule)
    return Seen(run.started_at is None, f"{run.state}, {run.attempts} attempts")


def _runs(rule: str) -> Sequence[Run]:
    return list(Run.objects.filter(rule__name=rule))


def _held(rule: str, made: int) -> Seen:
    states = [run.state for run in _runs(rule)]
    held = states.count(Run.State.HELD)
    return Seen(len(states) == made and held >= made - LIMIT, f"{held} of {len(states)} held")


def _begun(rule: str) -> Seen:
    begun = sum(run.started_at is not None for run in _runs(rule))
    return Seen(begun <= LIMIT, f"{begun} begun")


def _asked(plan: Plan, rule: str) -> Seen:
    """Whether the open request is about the plan as it is now."""
    plan.refresh_from_db()
    approval = Approval.objects.open().about("plan", plan.code).first()
    held = Run.objects.filter(rule__name=rule, state=Run.State.HELD).count()
    about_all = plan.kind != Plan.Kind.BURST or plan.item_count == held
    return Seen(approval is not None and about_all, f"{plan.title}: {plan.item_count} item(s)")


def _all_succeeded(rule: str, count: int) -> Seen:
    states = [run.state for run in _runs(rule)]
    return Seen(states == [Run.State.SUCCEEDED] * count, f"{sorted(set(states))}, {len(states)}")


def _would_act(plan: Plan) -> Seen:
    plan.refresh_from_db()
    return Seen(plan.computed_at is not None and plan.counts == {"would_act": 1}, str(plan.counts))


def _state(plan: Plan, state: str) -> Seen:
    plan.refresh_from_db()
    return Seen(plan.state == state, f"{plan.state} {plan.state_because}".strip())


def _folder(stage: Stage, person: Json, rule: str, *, there: bool) -> Seen:
    key = f"{rule}/{person['profile']['lastName']}/"
    keys = [found["key"] for found in stage.sandbox.list_objects().get(checks.BUCKET, [])]
    return Seen((key in keys) is there, f"{key} {'is' if key in keys else 'is not'} there")
