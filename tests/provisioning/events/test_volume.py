"""Many calls at once and large calls: each event once, answers in time (R15, R30)."""

import time
from concurrent.futures import ThreadPoolExecutor

from provisioning.events.models import Delivery, Event
from tests.support.hooks import Hook, envelope, event


def test_the_same_batch_a_hundred_times_twenty_at_once_is_stored_once(hook: Hook) -> None:
    body = envelope(*[event() for _ in range(10)])
    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(lambda _: hook.call(body=body).status, range(100)))
    assert statuses == [204] * 100
    assert Event.objects.count() == 10
    assert Delivery.objects.count() == 100
    assert sum(Delivery.objects.values_list("stored_count", flat=True)) == 10


def test_a_thousand_events_of_one_mebibyte_are_accepted_within_two_seconds(hook: Hook) -> None:
    hook.post(event())  # connects
    groups = [{"id": f"00g{n}", "type": "UserGroup", "displayName": f"g{n}"} for n in range(500)]
    events = [event() for _ in range(999)] + [event(target=groups)]
    body = envelope(*events)
    assert len(body) > 2**20
    started = time.monotonic()
    assert hook.call(body=body).status == 204
    assert time.monotonic() - started < 2
    assert Event.objects.count() == 1_001


def test_more_events_than_a_call_may_hold_are_refused(hook: Hook) -> None:
    body = b'{"data":{"events":[' + b",".join([b"1"] * 5_001) + b"]}}"
    assert hook.call(body=body).status == 413
    assert Delivery.objects.get().reason == "too_many_events"
