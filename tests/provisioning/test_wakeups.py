"""Wake-ups are few and none is needed: the clock finds what is due."""

from datetime import timedelta

import pytest
import redis
from django.db import transaction
from pytest_django import Settings

from provisioning import jobs, wakeups
from provisioning.actions.aws.lambdas import Invoke, InvokeParams
from provisioning.actions.aws.s3 import CreateFolder, CreateFolderParams
from provisioning.clocks import database_now
from provisioning.recovery import sweep
from provisioning.runs.models import Run
from tests.support.actions import Shelf, installed
from tests.support.engine import drain, make_due, receive, rule, step, suspended
from tests.support.world import eventually


@pytest.mark.usefixtures("clean_redis")
def test_a_hundred_calls_leave_one_wake_up() -> None:
    assert all(wakeups.tell() for _ in range(100))
    assert wakeups.depth() == 1


@pytest.mark.usefixtures("clean_redis")
def test_once_a_drain_has_begun_the_next_call_is_told() -> None:
    wakeups.tell()
    wakeups.taken()
    wakeups.tell()
    assert wakeups.depth() == 2


def test_a_wake_up_carries_nothing_but_the_name_of_the_drain(clean_redis: redis.Redis) -> None:
    wakeups.tell()
    [job] = wakeups.queue().jobs
    assert (job.func_name, job.args, job.kwargs) == (wakeups.DRAIN, [], {})
    assert job.get_meta() == {}


def test_a_drain_may_last_as_long_as_the_longest_call(clean_redis: redis.Redis) -> None:
    """Mutation: broken off, a function that does its work would be called unknown or failed."""
    wakeups.tell()
    [job] = wakeups.queue().jobs
    longest = Invoke().longest(InvokeParams(function="slow", timeout=900))
    looked = CreateFolder().longest(CreateFolderParams(bucket="team-folders", key="a/"))
    assert (job.timeout or 0) > jobs.DRAIN_SECONDS + longest + looked


def test_a_key_that_was_left_behind_ends_by_itself(clean_redis: redis.Redis) -> None:
    """Whoever set it may have been killed before the job was in the list."""
    wakeups.tell()
    assert 0 < int(clean_redis.ttl(wakeups.PENDING_KEY)) <= wakeups.PENDING_SECONDS


def test_without_redis_telling_says_so_and_raises_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setitem(settings.RQ_QUEUES[wakeups.QUEUE], "URL", settings.REDIS_URL)
    assert wakeups.tell() is False
    assert wakeups.depth() is None


@pytest.mark.usefixtures("live_db")
def test_what_is_rolled_back_tells_nobody(clean_redis: redis.Redis) -> None:
    with transaction.atomic():
        wakeups.tell_on_commit()
        transaction.set_rollback(True)
    assert wakeups.depth() == 0
    with transaction.atomic():
        wakeups.tell_on_commit()
        assert wakeups.depth() == 0
    assert wakeups.depth() == 1


@pytest.fixture
def quiet(live_db: object, clean_redis: redis.Redis) -> object:
    """A shelf, and a Redis in which nobody waits."""
    with installed() as shelf:
        yield shelf


def swept(client: redis.Redis) -> bool:
    """Whether the sweeper tells the workers now."""
    client.flushdb()
    sweep(database_now())
    return wakeups.depth() == 1


def test_the_sweeper_tells_of_an_event_nobody_was_told_of(
    quiet: Shelf, clean_redis: redis.Redis
) -> None:
    assert not swept(clean_redis)
    receive(suspended())
    eventually(wakeups.depth, "the hint of the hook endpoint")  # which is thrown away
    assert swept(clean_redis)


def test_the_sweeper_tells_of_a_retry_that_is_due_and_not_before(
    quiet: Shelf, clean_redis: redis.Redis
) -> None:
    rule("one", step("test.put", "{{ event.nothing }}"))
    receive(suspended())
    eventually(wakeups.depth, "the hint of the hook endpoint")
    drain()
    Run.objects.update(state="retrying", due_at=database_now() + timedelta(minutes=5))
    assert not swept(clean_redis)
    make_due()
    assert swept(clean_redis)


def test_the_sweeper_tells_of_a_run_whose_worker_is_gone(
    quiet: Shelf, clean_redis: redis.Redis
) -> None:
    rule("one", step("test.put", "a"))
    receive(suspended())
    eventually(wakeups.depth, "the hint of the hook endpoint")
    drain()
    Run.objects.update(state="running", lease_until=database_now() + timedelta(minutes=5))
    assert not swept(clean_redis)
    Run.objects.update(lease_until=database_now() - timedelta(seconds=1))
    assert swept(clean_redis)


def test_what_only_waits_for_its_lane_wakes_nobody(quiet: Shelf, clean_redis: redis.Redis) -> None:
    """Mutation: asking for due rows alone starts a drain every second, for a day."""
    rule("one", step("test.put", "a"))
    receive(suspended(minute=0), suspended(minute=1))
    eventually(wakeups.depth, "the hint of the hook endpoint")
    drain()
    first, second = Run.objects.order_by("published_at")
    Run.objects.filter(pk=first.pk).update(
        state="retrying", due_at=database_now() + timedelta(minutes=5)
    )
    Run.objects.filter(pk=second.pk).update(state="pending")
    assert not swept(clean_redis)
