"""What is stored is told once in the trail, however often a bundle or an event comes."""

from collections.abc import Sequence
from typing import Any

import psycopg
import pytest

from audit.models import Entry
from provisioning.events import storing
from provisioning.events.models import Delivery, Event
from tests.support.hooks import Hook, envelope, event


def test_an_answer_of_the_database_that_is_lost_is_no_refusal(
    hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was committed; the writer stores it again, which changes nothing, and says so."""
    store = storing.store
    lost: list[dict[str, int]] = []

    def lose_the_first_answer(connection: Any, bundles: Sequence[storing.Bundle]) -> dict[str, int]:
        said = store(connection, bundles)
        if not lost:
            lost.append(said)
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        return said

    monkeypatch.setattr(storing, "store", lose_the_first_answer)
    assert hook.post(event(), {"no": "event"}).status == 204
    assert (len(lost), Delivery.objects.count(), Event.objects.count()) == (1, 1, 2)
    told = Entry.objects.order_by("verb").values_list("verb", flat=True)
    assert list(told) == ["delivery.accepted", "event.quarantined"]


def test_the_trail_names_no_event_that_was_not_stored(hook: Hook) -> None:
    """The same text twice in one call, and once more in another, is one event."""
    assert hook.call(body=envelope({"no": "event"}, {"no": "event"})).status == 204
    assert hook.call(body=envelope({"no": "event"})).status == 204
    [told] = Entry.objects.filter(verb="event.quarantined")
    assert told.object_id == Event.objects.get().code
    assert Entry.objects.filter(verb="delivery.accepted").count() == 2
