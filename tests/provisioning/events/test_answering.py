"""A call is answered once, in time, by whoever knows the answer; its reader need not wait."""

import threading
from collections.abc import Iterator

import psycopg
import pytest
from granian.server import mp

from portal.hook_door import ADAPTER
from provisioning import exchanges, webhooks
from provisioning.events.intake import Call
from provisioning.events.models import Event
from provisioning.exchanges import Answer, Exchange
from tests.conftest import LiveDatabase
from tests.support.hooks import Hook, envelope, event
from tests.support.world import eventually


class Caller:
    """What a server keeps of a call: the answers that were sent for it."""

    def __init__(self) -> None:
        self.answers: list[int] = []

    def take(self, status: int, _headers: list[tuple[str, str]], _body: bytes) -> None:
        self.answers.append(status)


class Trickle:
    """A body that does not end before it is told to."""

    def __init__(self, text: bytes) -> None:
        self.text, self.may_end = text, threading.Event()

    def read(self, size: int) -> bytes:
        self.may_end.wait(20)
        part, self.text = self.text[:size], self.text[size:]
        return part


@pytest.fixture
def locked(live_db: LiveDatabase) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Nothing can be stored until this connection rolls back."""
    with psycopg.connect(live_db.owner_url) as connection:
        connection.execute("LOCK TABLE provisioning_event IN ACCESS EXCLUSIVE MODE")
        yield connection


def test_the_reader_goes_on_before_the_commit_and_the_answer_comes_after_it(
    hook: Hook, locked: psycopg.Connection[tuple[object, ...]]
) -> None:
    caller = Caller()
    hook.endpoint.serve(hook.environ(body=envelope(event())), caller.take)
    assert caller.answers == []
    locked.rollback()
    eventually(lambda: caller.answers == [204], "the answer")
    assert Event.objects.count() == 1


def test_a_call_that_cannot_be_stored_in_time_is_asked_to_come_again(
    hook: Hook,
    locked: psycopg.Connection[tuple[object, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhooks, "PATIENCE", 0.2)
    caller = Caller()
    exchange = hook.endpoint.serve(hook.environ(body=envelope(event())), caller.take)
    exchange.wait()
    assert caller.answers == [503]
    locked.rollback()
    eventually(lambda: Event.objects.count() == 1, "the event")
    assert caller.answers == [503]


def test_the_reader_of_a_big_body_waits_for_its_commit(
    hook: Hook,
    locked: psycopg.Connection[tuple[object, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So that at most one for each thread is in memory."""
    monkeypatch.setattr(webhooks, "PATIENCE", 0.2)
    caller = Caller()
    big = envelope(event() | {"filling": "x" * webhooks.BIG})
    hook.endpoint.serve(hook.environ(body=big), caller.take)
    assert caller.answers == [503]
    locked.rollback()


def test_a_body_that_comes_too_slowly_is_refused_and_never_stored(
    hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even when it comes after all."""
    monkeypatch.setattr(webhooks, "BODY_PATIENCE", 0.2)
    caller, body = Caller(), envelope(event())
    slow = Trickle(body)
    environ = hook.environ(body=body) | {"wsgi.input": slow}
    reader = threading.Thread(target=hook.endpoint.serve, args=(environ, caller.take))
    reader.start()
    eventually(lambda: caller.answers == [408], "the refusal")
    slow.may_end.set()
    reader.join(20)
    assert not reader.is_alive()
    hook.post(event())
    assert (caller.answers, Event.objects.count()) == ([408], 1)


def test_an_answer_is_sent_once() -> None:
    caller = Caller()
    exchange = Exchange(Call("203.0.113.7", "R1"), caller.take)
    exchange.answer(Answer(204))
    exchange.answer(Answer(503))
    assert caller.answers == [204]


def test_one_who_cannot_be_told_takes_no_other_along(hook: Hook) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("hung up")

    hook.endpoint.serve(hook.environ(body=envelope(event())), broken)
    assert hook.post(event()).status == 204
    assert Event.objects.count() == 2


def test_the_watch_leaves_alone_what_was_answered() -> None:
    watch = exchanges.Watch()
    told: list[str] = []
    watch.start()
    first, second = (Exchange(Call("203.0.113.7", code), Caller().take) for code in "AB")
    watch.over(first, 0.2, lambda: told.append("first"))
    watch.over(second, 0.2, lambda: told.append("second"))
    watch.close(first)
    eventually(lambda: told, "the late one")
    assert told == ["second"]


def test_granian_still_has_the_adapter_that_the_door_is_in() -> None:
    """Else hooks are accepted, but more slowly."""
    assert callable(getattr(mp, ADAPTER))
