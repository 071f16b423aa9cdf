"""Many runs fail for one cause, and are replayed as one plan that somebody else agrees to."""

import secrets

from audit.models import Entry
from portal.demo.stage import Seen, Stage
from provisioning.approvals.models import Approval
from provisioning.plans.models import Plan
from provisioning.runs.models import Run

PEOPLE = 34
RULE = """\
name: {name}
kind: event
title: A folder for people of project {mark}
on: [user.lifecycle.create]
when: {{field: user.profile.department, op: equals, value: "Project {mark}"}}
do:
  - id: folder
    action: aws.s3.create_folder
    with: {{bucket: "{name}", key: "{{{{ user.profile.title }}}}/"}}
"""


def bulk_replay(stage: Stage) -> None:
    """A bucket is missing, 34 runs fail; once it is there they are replayed as a plan."""
    mark = secrets.token_hex(3)
    name = f"project-{mark}"
    stage.write_rule(RULE.format(name=name, mark=mark))
    people = [_hire(stage, mark, number) for number in range(PEOPLE)]
    stage.expect(
        f"without its bucket all {PEOPLE} runs fail for one cause", lambda: _failed(name), 120
    )
    stage.sandbox.deactivate(str(people[0]["id"]))
    stage.expect(
        "Sluice has met that one of them left",
        lambda: stage.settled(people[0], "user.lifecycle.deactivate", 1),
    )
    stage.sandbox.create_bucket(name)
    portal = stage.portal()
    # The last two share a folder: once one has it, it is so already for the other.
    [alone] = stage.runs(people[-1], name)
    portal.submit(f"/runs/{alone.code}/replay/")
    stage.expect("one of them, replayed alone, succeeds", lambda: _succeeded(name, 1))

    group = Run.objects.failures().filter(rule__name=name).values_list("group__code", flat=True)[0]
    portal.press(f"/failures/{group}/", "/failures/replay/", g=group)
    plan = Plan.objects.latest("pk")
    shown = {"would_act": 31, "already_so": 1, "no_longer_valid": 1}
    stage.expect("the plan tells the others apart before anything runs",
                 lambda: _counts(plan, shown))  # fmt: skip
    stage.expect("nothing has run yet", lambda: _succeeded(name, 1), timeout=0)
    page = f"/plans/{plan.code}/"
    portal.press(page, f"{page}confirm/", classes="would_act", rate="20")
    stage.expect("so many need somebody else's approval", lambda: _state(plan, "waiting"))
    stage.decide(Approval.objects.about("plan", plan.code).latest("pk"))
    stage.expect("agreed to, it runs to its end", lambda: _state(plan, "done"), timeout=120)
    stage.expect("only what was chosen has run", lambda: _succeeded(name, 32), timeout=0)
    stage.expect(
        "the numbers of the plan are those of the trail", lambda: _numbers(plan), timeout=0
    )


def _hire(stage: Stage, mark: str, number: int) -> dict[str, object]:
    login = f"project.{number}.{mark}@acme.example"
    return stage.sandbox.create_user(
        {
            "login": login,
            "email": login,
            "firstName": f"Person {number}",
            "lastName": mark.upper(),
            "department": f"Project {mark}",
            "title": f"place-{min(number, PEOPLE - 2)}",
        }
    )


def _failed(rule: str) -> Seen:
    stopped = Run.objects.failures().filter(rule__name=rule)
    causes = stopped.values("group").distinct().count()
    return Seen(stopped.count() == PEOPLE and causes == 1, f"{stopped.count()}, {causes} cause(s)")


def _succeeded(rule: str, count: int) -> Seen:
    found = Run.objects.filter(rule__name=rule, state=Run.State.SUCCEEDED).count()
    return Seen(found == count, f"{found} succeeded")


def _counts(plan: Plan, wanted: dict[str, int]) -> Seen:
    plan.refresh_from_db()
    computed = plan.computed_at is not None
    return Seen(computed and plan.counts == wanted, f"{plan.counts}, computed: {computed}")


def _state(plan: Plan, state: str) -> Seen:
    plan.refresh_from_db()
    return Seen(plan.state == state, f"{plan.state} {plan.state_because}".strip())


def _numbers(plan: Plan) -> Seen:
    """Holds when as many replays stand in the trail as the plan said would act."""
    codes = plan.items.filter(result_run__isnull=False).values_list("code", flat=True)
    told = Entry.objects.filter(verb="run.replayed", object_id__in=list(codes)).count()
    finished = Entry.objects.get(verb="plan.finished", object_id=plan.code).data["outcomes"]
    holds = told == plan.counts["would_act"] == finished.get("done")
    return Seen(holds, f"{told} replays in the trail; {finished}")
