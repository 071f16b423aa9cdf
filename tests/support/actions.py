"""Actions that act on a dictionary of this process, for tests of the engine.

They go wrong as told: `plan` holds, per key, what the next calls of `act` shall do.
"""

import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import Field

from provisioning.actions import registry
from provisioning.actions.base import Action, Context, Effect, Look, Outcome, Params


class ItemParams(Params):
    key: str = Field(min_length=1, description="where", examples=["a"])
    value: str = Field(default="", description="what", examples=["b"])


@dataclass
class Shelf:
    """What the actions act on, and what they were asked."""

    items: dict[str, str] = field(default_factory=dict)
    #: key -> how often `act` was called
    acts: Counter[str] = field(default_factory=Counter)
    looks: Counter[str] = field(default_factory=Counter)
    #: order in which `act` was called: (key, value)
    order: list[tuple[str, str]] = field(default_factory=list)
    #: key -> what the next calls of `act` do instead: an exception is raised, a function called
    plan: defaultdict[str, deque[Exception | Callable[[], None]]] = field(
        default_factory=lambda: defaultdict(deque)
    )
    #: key -> exceptions that the next calls of `look` raise
    blind: defaultdict[str, deque[Exception]] = field(default_factory=lambda: defaultdict(deque))
    seconds: float = 0.0
    busy: Counter[str] = field(default_factory=Counter)
    #: keys on which two calls were ever made at once
    overlaps: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def act(self, params: ItemParams) -> None:
        with self.lock:
            self.acts[params.key] += 1
            self.order.append((params.key, params.value))
            self.busy[params.key] += 1
            if self.busy[params.key] > 1:
                self.overlaps.add(params.key)
            planned = self.plan[params.key].popleft() if self.plan[params.key] else None
        try:
            time.sleep(self.seconds)
            if isinstance(planned, Exception):
                raise planned
            if planned is not None:
                planned()
            with self.lock:
                self.items[params.key] = params.value
        finally:
            with self.lock:
                self.busy[params.key] -= 1


class PutItem(Action[ItemParams]):
    """Can be read back: `look` says whether the key holds the value."""

    name: ClassVar[str] = "test.put"
    title: ClassVar[str] = "Put an item"
    summary: ClassVar[str] = "Puts an item on the shelf."
    effect: ClassVar[Effect] = Effect.UPDATE
    target_kind: ClassVar[str] = "shelf"
    params = ItemParams
    outputs: ClassVar[Mapping[str, str]] = {"key": "the key", "value": "the value"}
    read_back: ClassVar[str] = "Reads the shelf."

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def readable(self, params: ItemParams) -> bool:
        return True

    def look(self, params: ItemParams, context: Context) -> Look:
        with self.shelf.lock:
            self.shelf.looks[params.key] += 1
            if self.shelf.blind[params.key]:
                raise self.shelf.blind[params.key].popleft()
            found = self.shelf.items.get(params.key)
        output = {"key": params.key, "value": params.value}
        return Look(found == params.value, {"value": found}, output)

    def act(self, params: ItemParams, context: Context) -> Outcome:
        self.shelf.act(params)
        return Outcome({"key": params.key, "value": params.value}, ("req-" + params.key,), 200)

    def target(self, params: ItemParams) -> str:
        return "shelf"

    def describe(self, params: ItemParams) -> str:
        return f"Put {params.value} at {params.key}."


class TakeItem(PutItem):
    """Takes something away."""

    name: ClassVar[str] = "test.take"
    effect: ClassVar[Effect] = Effect.REVOKE


class SayItem(PutItem):
    """Cannot be read back: nobody knows later whether it was said."""

    name: ClassVar[str] = "test.say"
    effect: ClassVar[Effect] = Effect.NOTIFY

    def readable(self, params: ItemParams) -> bool:
        return False

    def look(self, params: ItemParams, context: Context) -> Look:
        raise AssertionError("an action that is not readable is never looked at")


@contextmanager
def installed() -> Iterator[Shelf]:
    """The actions `test.put`, `test.take` and `test.say` in the registry, on their own shelf."""
    shelf = Shelf()
    extra: dict[str, Action[Any]] = {
        a.name: a for a in (PutItem(shelf), TakeItem(shelf), SayItem(shelf))
    }
    registry.ACTIONS.update(extra)
    try:
        yield shelf
    finally:
        for name in extra:
            del registry.ACTIONS[name]
