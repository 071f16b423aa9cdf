"""The address of a list is all of its state: another person sees the same rows."""

from typing import Any

import pytest

from tests.portal.pages.lists.support import fill, reader
from tests.support.factories import client_of

ADDRESSES = (
    "/events/",
    "/events/?state=failed&state=quarantined",
    "/events/?q=user.life&source=hook&size=100",
    "/events/?person=person&from=2026-11-20T09:50:00Z&to=2026-11-20T10:10:00Z",
    "/events/?actor=ada@acme.example&type=user.lifecycle.create",
    "/deliveries/?outcome=refused&reason=bad_secret",
    "/deliveries/?source=203.0.113.7&from=2026-11-20",
    "/audit/?verb=delivery.refused&outcome=refused",
    "/audit/?kind=delivery&actor=test",
)


def rows(user: Any, address: str) -> list[int]:
    page = client_of(user).get(address).context["page"]
    return [row.pk for row in page.rows]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
def test_the_same_address_shows_the_same_rows_in_a_new_session(address: str) -> None:
    fill(12)
    first = rows(reader(), address)
    assert first
    assert rows(reader(), address) == first


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/events/", "/deliveries/", "/audit/"])
def test_every_control_has_a_parameter(path: str) -> None:
    fill(3)
    html = client_of(reader()).get(path).content.decode()
    form = html[html.index('<form class="filters"') :].partition("</form>")[0]
    page = client_of(reader()).get(path).context["page"]
    for control in page.form.menus():
        assert f'name="{control.name}"' in form
        assert control.name in page.form.fields


@pytest.mark.django_db
def test_following_older_and_newer_shows_every_event_once() -> None:
    fill(120)
    client = client_of(reader())
    seen: list[int] = []
    url = "/events/?from=2026-11-01"
    while url:
        page = client.get(url).context["page"]
        seen += [row.pk for row in page.rows]
        url = page.older_url
    assert len(seen) == len(set(seen)) == 120
