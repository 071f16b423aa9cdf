"""A history of a few hours in which anything happens, in an order that a number decides."""

from collections.abc import Callable
from contextlib import suppress
from random import Random

import pytest
from django.db import transaction

from provisioning import failpoints, jobs, recovery
from provisioning.actions.base import Permanent, Transient, Unknown
from provisioning.approvals.models import Approval
from provisioning.approvals.requests import CannotDecide
from provisioning.clocks import database_now
from provisioning.plans import deciding
from provisioning.runs import brake_releases, brakes, holding, incidents, replays
from provisioning.runs.brake_models import Brake
from provisioning.runs.models import Run
from provisioning.runs.troubles import Incident
from tests.provisioning.approvals.asking import person
from tests.support.actions import ItemParams, Shelf
from tests.support.engine import (
    TESTER,
    lose_leases,
    make_due,
    receive,
    rule,
    step,
    suspended,
)

WHO, RUN, WHEN = "{{ event.target.User.id }}", "{{ run.code }}", "{{ event.published }}"
SUSPEND, UNSUSPEND = "user.lifecycle.suspend", "user.lifecycle.unsuspend"
#: How often a worker is killed at a failpoint.
KILLS = 0.03


class Killed(BaseException):
    """As SIGKILL ends a worker: nothing of ours can catch it."""


class History:
    def __init__(self, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.luck = Random(seed)  # noqa: S311 - no secret
        self.kills, self.down = KILLS, False
        self.minutes = self.luck.sample(range(60), 60)
        self._act = Shelf.act
        monkeypatch.setattr(Shelf, "act", lambda shelf, params: self.act(shelf, params))
        monkeypatch.setattr(failpoints, "reach", self.reach)
        rule("puts", step("test.put", WHO, WHEN), step("test.say", RUN, "1"))
        rule("says", step("test.say", RUN, "2"), on=[SUSPEND, UNSUSPEND])
        careful = (step("test.put", f"c{WHO}"), step("test.say", RUN, "3"))
        rule("careful", *careful, approval="required", on=[UNSUSPEND])
        rule("takes", step("test.take", f"t{WHO}", WHEN), limits={"runs": 4})

    def reach(self, name: str) -> None:
        if not name.startswith("accept") and self.luck.random() < self.kills:
            raise Killed(name)

    def act(self, shelf: Shelf, params: ItemParams) -> None:
        if self.down:
            raise Transient("http_503", "Not now.")
        drawn = self.luck.random() if self.kills else 1.0
        if drawn < 0.05:
            raise Transient("busy", "Not now.")
        if drawn < 0.07:
            raise Permanent("refused", "No.")
        if drawn < 0.09:
            raise Unknown("lost", "No answer.")
        self._act(shelf, params)
        if drawn < 0.11:
            raise Unknown("lost", "No answer.")
        if drawn < 0.13:
            raise Killed("in a call")

    def go_on(self, moments: int) -> None:
        turns: tuple[Callable[[], object], ...] = (
            self.arrive, self.work, self.work, self.work, self.work, lose_leases, make_due,
            self.tick, self.toggle, self.decide, self.brake, self.replay, self.cancel,
        )  # fmt: skip
        for _ in range(moments):
            self.luck.choice(turns)()
            incidents.forget()

    def come_to_rest(self) -> None:
        """Nothing goes wrong any more, and people decide whatever they are asked."""
        self.kills, self.down = 0.0, False
        for brake in Brake.objects.on():
            self.release(brake)
        for _ in range(100):
            lose_leases()
            make_due()
            self.tick()
            jobs.drain_for(10)
            self.decide()
            if not Run.objects.filter(state__in=[*Run.OPEN_STATES, Run.State.HELD]).exists():
                break

    def arrive(self) -> None:
        kinds = [SUSPEND, UNSUSPEND]
        found = [
            suspended(
                f"00u{self.luck.randrange(3)}",
                minute=self.minutes.pop(),
                eventType=self.luck.choice(kinds),
            )
            for _ in range(min(self.luck.randint(1, 3), len(self.minutes)))
        ]
        if found:
            receive(*found)

    def work(self) -> None:
        """A worker that is killed somewhere, or told to end after a while."""
        shift, left = jobs.Shift(60), [self.luck.randrange(13)]

        def over() -> bool:
            left[0] -= 1
            return left[0] < 0

        shift.over = over  # type: ignore[method-assign]  # counted, not timed
        with suppress(Killed):
            jobs.work_through(shift)

    def tick(self) -> None:
        Incident.objects.update(probe_due_at=database_now())
        recovery.tend_incidents(database_now())
        incidents.forget()

    def toggle(self) -> None:
        self.down = not self.down

    def decide(self) -> None:
        for approval in Approval.objects.open():
            verdict = self.luck.choice(["approve", "approve", "reject", ""])
            decide = holding.decide if approval.kind == "run" else deciding.decide
            try:
                if verdict:
                    decide(
                        approval, verdict=verdict, reason="x", digest=approval.digest,
                        roles={"approver"}, actor=person("tom"),
                    )  # fmt: skip
            except CannotDecide:
                continue

    def brake(self) -> None:
        on = Brake.objects.on().first()
        if on is None:
            brakes.pull(level="destructive", reason="x", actor=TESTER)
        else:
            self.release(on)

    def release(self, brake: Brake) -> None:
        with transaction.atomic():
            brake_releases._release(brake, reason="x", actor=TESTER)

    def replay(self) -> None:
        for run in Run.objects.failures():
            if self.luck.random() < 0.5:
                replays.replay(run, actor=TESTER)

    def cancel(self) -> None:
        for run in Run.objects.filter(state="held"):
            if self.luck.random() < 0.1:
                holding.cancel(run, reason="x", actor=TESTER)
