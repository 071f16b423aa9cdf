"""How often the overview asks the database."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from provisioning.events.models import Event
from tests.portal.pages.overview.support import LAST_HOUR, busy, happened, look, viewer
from tests.support.factories import make_event, make_rule
from tests.support.run_factories import make_group


def cost() -> int:
    client = viewer()
    look(client)
    with CaptureQueriesContext(connection) as captured:
        look(client)
    return len(captured)


@pytest.mark.django_db
def test_it_asks_at_most_fifteen_times_whatever_there_is() -> None:
    busy()
    few = cost()
    rule = make_rule()
    for _ in range(40):
        make_group(rule, runs=[happened(rule, ("failed", "waiting"))])
    assert few == cost() <= 15


@pytest.mark.django_db
def test_beyond_the_cap_a_count_is_the_same_estimate_as_in_its_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("portal.overview.counting.COUNT_CAP", 5)
    monkeypatch.setattr("portal.listing.COUNT_CAP", 5)
    for number in range(9):
        make_event(received_at=LAST_HOUR + timedelta(seconds=number), state=Event.State.DONE)
    client = viewer()
    number = look(client).context["numbers"][0]
    page = client.get(number.url).context["page"]
    assert not page.count.exact
    assert number.value == str(page.count)
    assert number.spark is None
    assert cost() <= 15
