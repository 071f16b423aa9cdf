"""Short ways to make a plan in a test and to have a worker work on it."""

from datetime import timedelta

from django.db import connection

from audit import trail
from provisioning import jobs
from provisioning.actions.base import Permanent
from provisioning.clocks import database_now
from provisioning.plans import executing, releasing, selecting
from provisioning.plans.models import Plan
from provisioning.plans.options import Options, read
from provisioning.runs.models import Run
from tests.support.actions import Shelf
from tests.support.engine import TESTER, drain, receive, rule, step, suspended
from tests.support.tallies import assert_tallied

WHO = "{{ event.target.User.id }}"
DENIED = Permanent("AccessDenied", "Not allowed.")
MAYA = trail.Actor("user", "MAYA", "maya", "tests")


def stopped(shelf: Shelf, count: int, name: str = "one") -> list[Run]:
    """So many runs of a rule that failed for one cause, each about somebody else."""
    rule(name, step("test.put", WHO))
    for number in range(count):
        shelf.plan[f"00u{number:04}"].append(DENIED)
    receive(*(suspended(f"00u{number:04}", minute=number % 600) for number in range(count)))
    drain()
    return list(Run.objects.failures().filter(rule__name=name).order_by("published_at", "pk"))


def copied(count: int) -> None:
    """Copies of the one stopped run, each of an event and a person of its own."""
    tables: dict[str, dict[str, str]] = {
        "provisioning_event": {
            "id": "old.id + n", "code": "'E' || n", "uuid": "'u' || n", "person_id": "'p' || n",
            "lane": "'p' || n", "body": "replace(old.body, '00u0000', 'p' || n)",
        },
        "provisioning_run": {
            "id": "old.id + n", "code": "'R' || n", "event_id": "old.event_id + n",
            "person_id": "'p' || n", "lane": "'p' || n",
        },
        "provisioning_step": {"id": "old.id + n", "run_id": "old.run_id + n"},
    }  # fmt: skip
    with connection.cursor() as cursor:
        for table, changes in tables.items():
            columns = [
                c.name for c in connection.introspection.get_table_description(cursor, table)
            ]
            values = ", ".join(changes.get(name, f"old.{name}") for name in columns)
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} "  # noqa: S608
                f"FROM {table} AS old, generate_series(1, {count}) AS n"
            )


def plan_of(options: Options | None = None, actor: trail.Actor = MAYA) -> Plan:
    """A plan of everything that is stopped, not computed yet."""
    wanted = selecting.Wanted(
        kind=Plan.Kind.BULK_REPLAY,
        title="Replay what is stopped",
        items=selecting.runs_of(Run.objects.failures()),
        options=options or Options(rate=50, stop_after=0),
    )
    return selecting.make(wanted, actor=actor)


def computed(plan: Plan) -> Plan:
    """The plan once a worker has computed it."""
    for _ in range(500):
        plan.refresh_from_db()
        if plan.computed_at is not None:
            assert_tallied()
            return plan
        make_due(plan)
        assert executing.work_due(worker="w", actor=TESTER, over=lambda: False)
    raise AssertionError("the plan was never computed")


def confirm(plan: Plan, options: Options | None = None, actor: trail.Actor = MAYA) -> Plan:
    plan.refresh_from_db()
    plan = releasing.confirm(
        plan,
        checksum=plan.checksum,
        options=options or read(plan.options),
        reason="",
        actor=actor,
    )
    assert_tallied()
    return plan


def work(plan: Plan, slices: int = 500) -> Plan:
    """Work on a released plan, and the runs it makes, as if every wait were over."""
    for _ in range(slices):
        plan.refresh_from_db()
        if plan.state not in (Plan.State.READY, Plan.State.RUNNING):
            break
        make_due(plan)
        jobs.drain_for(20)
    plan.refresh_from_db()
    assert_tallied()
    return plan


def one_slice(plan: Plan) -> Plan:
    make_due(plan)
    executing.work_due(worker="w", actor=TESTER, over=lambda: False)
    plan.refresh_from_db()
    assert_tallied()
    return plan


def make_due(plan: Plan) -> None:
    """As if its wait were over, and nothing else were due longer."""
    long_ago = database_now() - timedelta(days=1)
    Plan.objects.filter(pk=plan.pk, due_at__isnull=False).update(due_at=long_ago)


def classes(plan: Plan) -> dict[str, int]:
    plan.refresh_from_db()
    return dict(plan.counts)


def states(plan: Plan) -> list[str]:
    return list(plan.items.order_by("position").values_list("state", flat=True))
