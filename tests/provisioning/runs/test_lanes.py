"""One person's runs are taken one at a time in order of `published`; other people do not wait."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Flag
from threading import Thread

from django.db import connection, connections
from pytest_django import Settings

from provisioning import jobs
from provisioning.actions.base import Permanent, Transient
from provisioning.runs import scheduling
from provisioning.runs.claiming import claim
from provisioning.runs.models import Run
from tests.support.actions import Shelf
from tests.support.engine import (
    assert_settled,
    drain,
    make_due,
    receive,
    rule,
    run_of,
    step,
    suspended,
    together,
)

WHO = "{{ event.target.User.id }}"
WHEN = "{{ event.published }}"
MOST_AT_ONCE = """
SELECT count(*), count(DISTINCT lane) FROM provisioning_run WHERE state = 'running'
"""


def test_runs_of_one_person_follow_published_whatever_the_order_of_arrival(shelf: Shelf) -> None:
    rule("one", step("test.put", WHO, WHEN))
    events = [suspended(minute=minute) for minute in (4, 1, 3, 0, 2)]
    receive(*events)
    drain()
    assert [value for _, value in shelf.order] == sorted(event["published"] for event in events)
    assert_settled()


def test_every_order_of_five_events_ends_in_the_same_state(
    shelf: Shelf, settings: Settings
) -> None:
    """R18: all 120 permutations, one person each."""
    settings.DEFAULT_LIMIT_RUNS = 0  # 600 runs at once are what is wanted here
    rule("one", step("test.put", WHO, WHEN))
    for number, order in enumerate(itertools.permutations(range(5))):
        receive(*(suspended(f"00u{number}", minute=minute) for minute in order))
    drain(60)
    assert set(shelf.items.values()) == {suspended(minute=4)["published"]}
    assert len(shelf.items) == 120
    assert_settled()


def test_a_retrying_run_holds_its_own_lane_and_no_other(shelf: Shelf) -> None:
    rule("one", step("test.put", WHO, WHEN))
    shelf.plan["00u1"].append(Transient("busy", "It is busy."))
    first, second, other = receive(
        suspended("00u1", minute=0), suspended("00u1", minute=1), suspended("00u2", minute=2)
    )
    drain()
    states = [run_of(event).state for event in (first, second, other)]
    assert states == ["retrying", "pending", "succeeded"]
    make_due()
    drain()
    assert [run_of(event).state for event in (first, second)] == ["succeeded", "succeeded"]
    assert shelf.items["00u1"] == suspended(minute=1)["published"]


def test_a_failed_run_frees_its_lane(shelf: Shelf) -> None:
    rule("one", step("test.put", WHO, WHEN))
    shelf.plan["00u1"].append(Permanent("AccessDenied", "Not allowed."))
    first, second = receive(suspended("00u1", minute=0), suspended("00u1", minute=1))
    drain()
    assert [run_of(event).state for event in (first, second)] == ["failed", "succeeded"]


def test_two_workers_never_claim_two_runs_of_one_lane(shelf: Shelf) -> None:
    rule("one", step("test.put", WHO))
    rule("two", step("test.put", "b"))
    receive(*(suspended("00u1", minute=minute) for minute in range(3)))
    scheduling.schedule_due(limit=10, actor=jobs.worker_actor())
    claimed = [pk for found in together(8, lambda n: claim(10, f"w{n}")) for pk in found]
    assert len(claimed) == 1
    assert Run.objects.get(state="running").pk == claimed[0]


def test_400_events_are_worked_off_by_many_without_two_in_one_lane(shelf: Shelf) -> None:
    """R19, scaled: 200 events of one person and 200 of 200 people, six drains at once."""
    rule("one", step("test.put", WHO, WHEN))
    for start in range(0, 200, 50):
        receive(
            *(suspended("00ubusy", minute=minute) for minute in range(start, start + 50)),
            *(suspended(f"00u{number}") for number in range(start, start + 50)),
        )
    crowded: list[tuple[int, int]] = []
    done = Flag()
    watcher = Thread(target=_watch, args=(crowded, done))
    watcher.start()
    with ThreadPoolExecutor(6) as pool:
        for finished in [pool.submit(_drain_in_thread) for _ in range(6)]:
            finished.result()
    done.set()
    watcher.join()
    drain()  # a drain that finds only a lane another worker is in ends
    assert crowded == []
    assert shelf.overlaps == set()
    assert Run.objects.filter(state="succeeded").count() == 400
    assert [v for k, v in shelf.order if k == "00ubusy"] == sorted(
        v for k, v in shelf.order if k == "00ubusy"
    )
    assert set(shelf.acts.values()) == {1, 200}
    assert_settled()


def _drain_in_thread() -> None:
    try:
        jobs.drain_for(30)
    finally:
        connections.close_all()


def _watch(crowded: list[tuple[int, int]], done: Flag) -> None:
    """Write down every moment in which two runs of one lane are running."""
    with connection.cursor() as cursor:
        while not done.wait(0.01):
            cursor.execute(MOST_AT_ONCE)
            running, lanes = cursor.fetchone()
            if running != lanes:
                crowded.append((running, lanes))
    connections.close_all()
