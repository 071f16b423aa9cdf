"""Undo: what a run or a version did is taken back, where nothing has changed since."""

from datetime import timedelta
from typing import Any

import pytest

from provisioning.actions.aws import client
from provisioning.approvals.models import Approval
from provisioning.clocks import database_now
from provisioning.plans import deciding, selecting, selecting_undo, undoing
from provisioning.plans.models import Plan, PlanItem
from provisioning.plans.options import Options
from provisioning.rules.models import Rule
from provisioning.runs.models import Run
from tests.provisioning.actions.conftest import new_context
from tests.provisioning.runs.braking import TOM
from tests.support.engine import assert_settled, drain, receive, rule, suspended
from tests.support.plans import MAYA, computed, confirm
from tests.support.world import World
from tests.support.worlds import session_sandbox, world

__all__ = ["session_sandbox", "world"]

KEY = "home-{{ event.target.User.id }}/"
FOLDER: dict[str, Any] = {
    "id": "folder",
    "action": "aws.s3.create_folder",
    "with": {"bucket": "team-folders", "key": KEY},
}
MESSAGE: dict[str, Any] = {
    "id": "say",
    "action": "slack.post_message",
    "with": {"channel": "#offboarding", "text": "made"},
}


def done(world: World, *people: str, steps: tuple[dict[str, Any], ...] = (FOLDER,)) -> Rule:
    """A rule that has made a folder for each of these people."""
    made = rule("homes", *steps)
    receive(*(suspended(one, minute=n) for n, one in enumerate(people)))
    drain()
    assert_settled()
    return made


def planned(items: list[selecting.Chosen]) -> Plan:
    wanted = selecting.Wanted(
        kind=Plan.Kind.UNDO, title="Undo", items=items, options=Options(rate=50, stop_after=0)
    )
    return computed(selecting.make(wanted, actor=MAYA))


def of_version(of: Rule) -> Plan:
    assert of.current is not None
    since = database_now() - timedelta(hours=1)
    return planned(selecting_undo.of_version(of.current, since))


def carried_out(plan: Plan) -> Plan:
    """Confirmed by the one who made it, agreed to by somebody else, and run to its end."""
    plan = confirm(plan)
    for approval in Approval.objects.open():
        deciding.decide(
            approval, verdict="approve", digest=approval.digest, reason="", roles=["approver"],
            actor=TOM,
        )  # fmt: skip
    for _ in range(50):
        plan.refresh_from_db()
        if plan.state in Plan.OVER_STATES:
            return plan
        Plan.objects.filter(pk=plan.pk).update(due_at=database_now())
        drain()
    raise AssertionError(f"the plan is {plan.state}: {list(plan.items.values())}")


def s3() -> Any:
    return client.client("s3", new_context())


def put(key: str, body: bytes) -> None:
    """What somebody else puts there."""
    s3().put_object(Bucket="team-folders", Key=key, Body=body)


def keys(world: World) -> set[str]:
    return {one["key"] for one in world.client.list_objects().get("team-folders", [])}


def classes(plan: Plan) -> dict[str, tuple[str, str]]:
    return {
        item.key.partition(".")[2] + " " + item.person_id: (item.klass, item.sub_group)
        for item in plan.items.all()
    }


def test_a_folder_that_nobody_touched_is_taken_back(world: World) -> None:
    done(world, "00u1")
    run = Run.objects.get()
    assert "home-00u1/" in keys(world)
    plan = planned(selecting_undo.of_run(run))
    (item,) = plan.items.all()
    assert item.klass == PlanItem.Class.WOULD_ACT
    assert item.effect[0]["sentence"] == (
        "Delete the empty folder home-00u1/ in the bucket team-folders."
    )
    assert "home-00u1/" in keys(world), "a plan does nothing"
    plan = carried_out(plan)
    assert plan.state == Plan.State.DONE
    assert "home-00u1/" not in keys(world)
    undo = Run.objects.get(mode=Run.Mode.UNDO)
    assert (undo.state, undo.event_id, undo.version_id) == (
        "succeeded",
        run.event_id,
        run.version_id,
    )
    assert_settled()


def test_an_undo_that_takes_something_away_needs_somebody_else(world: World) -> None:
    done(world, "00u1")
    plan = confirm(planned(selecting_undo.of_run(Run.objects.get())))
    assert plan.state == Plan.State.WAITING
    drain()
    assert "home-00u1/" in keys(world)


def test_everything_a_version_did_is_undone_but_what_changed_since(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undoing, "_CHUNK", 2)
    of = done(world, "00u1", "00u2", "00u3")
    put("home-00u2/hers.txt", b"hers")
    s3().delete_object(Bucket="team-folders", Key="home-00u3/")
    plan = of_version(of)
    assert classes(plan) == {
        "folder 00u1": ("would_act", ""),
        "folder 00u2": ("conflict", "changed"),
        "folder 00u3": ("already_so", "seen"),
    }
    assert "Something lies in it" in plan.items.get(person_id="00u2").why
    carried_out(plan)
    assert not keys(world) & {"home-00u1/", "home-00u3/"}
    assert {"home-00u2/", "home-00u2/hers.txt"} <= keys(world)


def test_what_cannot_be_undone_is_listed_with_its_reason(world: World) -> None:
    of = done(world, "00u1", steps=(FOLDER, MESSAGE))
    plan = of_version(of)
    assert [item.key.partition(".")[2] for item in plan.items.order_by("position")] == [
        "say",
        "folder",
    ], "the last first"
    assert classes(plan)["say 00u1"] == ("no_longer_valid", "cannot")
    assert "cannot be called back" in plan.items.get(key__endswith=".say").why


def test_what_the_run_found_already_so_is_not_its_to_undo(world: World) -> None:
    put("home-00u1/", b"")
    of = done(world, "00u1")
    assert classes(of_version(of)) == {"folder 00u1": ("no_longer_valid", "not_ours")}


def test_what_changes_between_the_plan_and_the_act_is_kept(world: World) -> None:
    done(world, "00u1")
    plan = planned(selecting_undo.of_run(Run.objects.get()))
    put("home-00u1/hers.txt", b"hers")
    plan = carried_out(plan)
    assert plan.items.get().state == PlanItem.State.SKIPPED
    assert {"home-00u1/", "home-00u1/hers.txt"} <= keys(world)


def test_a_step_is_undone_once(world: World) -> None:
    done(world, "00u1")
    run = Run.objects.get()
    carried_out(planned(selecting_undo.of_run(run)))
    assert classes(planned(selecting_undo.of_run(run))) == {"folder 00u1": ("conflict", "undone")}
