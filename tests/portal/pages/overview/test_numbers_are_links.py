"""Each count opens a list that has as many rows."""

from datetime import timedelta
from typing import Any

import pytest

from tests.portal.pages.overview.support import busy, look, viewer
from tests.support.factories import NOW, make_event


def total(client: Any, url: str) -> str:
    page = client.get(url).context["page"]
    assert not page.problems, url
    assert not page.notices, url
    return str(page.count)


@pytest.mark.django_db
def test_what_waits_leads_to_as_many_rows() -> None:
    busy()
    client = viewer()
    cells = look(client).context["waiting"]
    assert [cell.count for cell in cells] == ["4", "1", "1"]
    for cell in cells:
        assert total(client, cell.url) == cell.count
    assert cells[0].causes == "2 causes"
    assert total(client, cells[0].link_url) == "2"


@pytest.mark.django_db
@pytest.mark.parametrize("chosen", ["1h", "24h", "7d", "30d"])
def test_the_numbers_lead_to_as_many_rows(chosen: str) -> None:
    busy()
    client = viewer()
    numbers = {one.label: one for one in look(client, f"?range={chosen}").context["numbers"]}
    for label in ("Events received", "Retrying now", "Held or unknown"):
        assert total(client, numbers[label].url) == numbers[label].value
    succeeded = numbers["Runs succeeded"]
    assert succeeded.foot == f"{total(client, succeeded.url)} of"
    assert succeeded.link == f"{total(client, succeeded.link_url)} finished"
    done = numbers["Event to done, p95"]
    assert done.foot == f"of {total(client, done.url)} done"


@pytest.mark.django_db
@pytest.mark.parametrize("chosen", ["1h", "24h", "7d", "30d"])
def test_each_bar_leads_to_the_runs_it_stands_for(chosen: str) -> None:
    busy()
    client = viewer()
    context = look(client, f"?range={chosen}").context
    buckets = context["chart"].buckets
    whole = client.get(f"/runs/?since={chosen}").context["page"].count.number
    assert sum(sum(bucket.values) for bucket in buckets) == whole > 0
    for bucket in buckets:
        assert total(client, bucket.href) == str(sum(bucket.values))


@pytest.mark.django_db
def test_the_number_of_refused_calls_leads_to_them() -> None:
    busy()
    client = viewer()
    hook = look(client).context["connections"][0]
    assert hook.text == "Refused in 24 h: Wrong or missing secret 2, not JSON 1"
    assert hook.link == f"{total(client, hook.url)} refused" == "3 refused"


@pytest.mark.django_db
def test_a_cause_leads_to_as_many_runs() -> None:
    busy()
    client = viewer()
    causes = look(client).context["causes"]
    assert [cause.runs for cause in causes] == [3, 1]
    for cause in causes:
        assert total(client, cause.url) == str(cause.runs)


@pytest.mark.django_db
def test_the_green_line_counts_the_events_of_its_list() -> None:
    client = viewer()
    make_event(received_at=NOW - timedelta(hours=23))
    make_event(received_at=NOW - timedelta(hours=25))
    context = look(client).context
    assert str(context["today"]) == "1"
    assert total(client, context["today_url"]) == str(context["today"])
