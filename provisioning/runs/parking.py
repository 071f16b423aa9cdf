"""A claimed run whose next step would call a target that is out: set aside without a call."""

from datetime import timedelta

from provisioning.clocks import steady_now
from provisioning.runs import incidents, waiting
from provisioning.runs.models import Run, Step
from provisioning.runs.work import Journal, Work


def parked(work: Work, step: Step, journal: Journal) -> bool:
    """Whether this run has to wait for its target; it is then out of the worker's hands.

    A step with an intent is never parked: what became of its call has to be found out first.
    """
    if step.intent_at is not None:
        return False
    target = incidents.target_of(step.action)
    incident = incidents.blocking(work.run, target)
    if incident is None:
        return False
    run = work.run
    run.state = Run.State.RETRYING if step.attempts else Run.State.PENDING
    run.lease_until, run.lost_claims = None, 0
    waiting.park(run, incident, steady_now() + timedelta(seconds=1))
    work.open = False
    journal.note("run.parked", work, out=target, next_step=step.key)
    return True
