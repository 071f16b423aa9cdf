"""A process killed at any named place loses nothing and does nothing twice (R01, R02, R44)."""

import pytest

from provisioning import failpoints
from provisioning.events.models import Event
from provisioning.runs.models import Run
from tests.faults.stack import Stack, balance_watched, post
from tests.support import engine
from tests.support.world import eventually

pytestmark = pytest.mark.processes

AT_THE_DOOR = sorted(name for name in failpoints.NAMES if name.startswith("accept."))
#: Where workers work on plans: `test_workers_of_plans`.
ON_PLANS = {name for name in failpoints.NAMES if name.startswith("plan.")}
AT_WORK = sorted(failpoints.NAMES - set(AT_THE_DOOR) - ON_PLANS)


@pytest.mark.parametrize("name", AT_WORK)
def test_a_worker_killed_here_loses_nothing_and_does_nothing_twice(stack: Stack, name: str) -> None:
    stack.rule()
    with balance_watched():
        engine.receive(*stack.events())
        first = stack.work(f"{name}:kill:1")
        first.wait_for("terminated unexpectedly")  # the work horse died there
        first.end()
        stack.work()
        stack.drained()
    stack.check(unknown=1)


@pytest.mark.parametrize("name", ["aws.before_send", "aws.after_effect", "step.after_intent"])
def test_a_worker_killed_while_it_sends_leaves_one_mail_in_doubt(stack: Stack, name: str) -> None:
    """The kill hits the first mail: it is the one step that a person has to decide."""
    stack.rule()
    stack.sent.append(engine.suspended("00u0"))
    engine.receive(*stack.sent)
    first = stack.work(f"{name}:kill:2")
    first.wait_for("terminated unexpectedly")
    first.end()
    stack.work()
    stack.drained()
    stack.check(unknown=1)
    run = Run.objects.get()
    assert (run.state, run.error_code) == ("unknown", "interrupted")
    sent = len(stack.mails())
    assert sent == (1 if name == "aws.after_effect" else 0)


@pytest.mark.parametrize("name", AT_THE_DOOR)
def test_a_web_process_killed_here_says_2xx_only_for_rows_that_are_there(
    stack: Stack, name: str
) -> None:
    first, url = stack.web(f"{name}:kill:1")
    events = stack.events()
    assert post(url, *events) == 0
    before = Event.objects.count()
    assert before == (len(events) if name == "accept.after_commit" else 0)
    first.end()
    _, url = stack.web()
    assert eventually(lambda: post(url, *events), "an answer") == 204  # Okta's second try
    assert Event.objects.count() == len(events)
    assert set(Event.objects.values_list("uuid", flat=True)) == stack.uuids()
