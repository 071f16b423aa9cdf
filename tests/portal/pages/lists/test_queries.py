"""How often the database is asked, and that it does not grow with the rows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.portal.pages.lists.support import LISTS, fill, reader
from tests.support.factories import client_of

FILTERS = {
    "/events/": "?state=failed&person=person&source=hook&q=user",
    "/deliveries/": "?outcome=refused&source=203.0.113.7",
    "/audit/": "?actor=test&kind=delivery&outcome=ok",
}


def queries(path: str, rows: int) -> int:
    client = client_of(reader())
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        page = client.get(path).context["page"]
    assert len(page.rows) == rows
    return len(captured)


@pytest.mark.django_db
@pytest.mark.parametrize("path", LISTS)
def test_a_list_asks_at_most_eight_times_whatever_its_length(path: str) -> None:
    # The trail also tells of the sign-ins of this test.
    address = f"{path}?size=100" + ("&kind=delivery" if path == "/audit/" else "")
    fill(10)
    few = queries(address, 10)
    fill(90)
    assert few == queries(address, 100) <= 8


@pytest.mark.django_db
@pytest.mark.parametrize("path", LISTS)
def test_filters_cost_no_more_than_the_budget(path: str) -> None:
    fill(30)
    client = client_of(reader())
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path + FILTERS[path]).context["page"].rows
    assert len(captured) <= 8
