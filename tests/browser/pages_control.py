"""The pages about failures, plans, approvals and the brake."""

from collections.abc import Iterator

from provisioning.approvals.models import Approval
from provisioning.plans.models import Plan
from provisioning.runs.brake_models import Brake
from provisioning.runs.models import FailureGroup, Run
from tests.browser.places import MAIN_RULE, Place, place


def everything() -> Iterator[Place]:
    yield from failures()
    yield from plans()
    yield from approvals()
    yield from brakes()


def failures() -> Iterator[Place]:
    groups = list(FailureGroup.objects.order_by("pk").values_list("code", flat=True))
    for code in groups:
        yield place("failure-detail", code=code)
    yield place("failure-detail", "filtered to nothing", "q=zzz&person=zzz", code=groups[0])
    for act in ("acknowledge", "snooze", "resolve", "reopen", "handle"):
        yield place("failure-triage", act, code=groups[0], act=act)
    yield place("failure-list", "every state", "state=recovered&state=resolved&state=snoozed")
    yield place("incident-list")


def brakes() -> Iterator[Place]:
    yield place("brake")
    for brake in Brake.objects.order_by("pk"):
        yield place("brake-detail", "released" if brake.released_at else "on", code=brake.code)
    done = Run.objects.filter(state="succeeded", mode="live").order_by("pk").first()
    assert done is not None
    yield place("run-undo", code=done.code)
    yield place("version-undo", name=MAIN_RULE, number=1)


def plans() -> Iterator[Place]:
    yield place("plan-list", "filtered", "state=paused&since=7d")
    for plan in Plan.objects.order_by("pk"):
        yield place("plan-detail", plan.state, code=plan.code)
        yield place("plan-detail", f"{plan.state}, nothing matches", "q=zzz", code=plan.code)


def approvals() -> Iterator[Place]:
    for state in ("open", "approved", "rejected", "changes", "void"):
        code = Approval.objects.filter(state=state).order_by("pk").values_list("code", flat=True)[0]
        yield place("approval-detail", state, code=code)
    anew = Approval.objects.open().exclude(reason="").values_list("code", flat=True)[0]
    yield place("approval-detail", "asked anew", code=anew)
    held = Run.objects.filter(state="held").values_list("code", flat=True)[0]
    yield place("run-detail", "held", code=held)
    yield place("run-cancel", code=held)
    rejected = Run.objects.filter(state="rejected").values_list("code", flat=True)[0]
    yield place("run-detail", "rejected", code=rejected)
    yield place("approval-list", "filtered", "state=approved&state=void&kind=run&mine=others")
    yield place("policy")
