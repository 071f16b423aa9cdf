"""Calls to the hook endpoint: what was accepted, what was refused and why."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings

from portal.refusals import REASONS, in_words
from provisioning.events.models import Delivery, RefusalCount
from tests.support.factories import NOW, client_of, make_delivery, make_user


def refuse(reason: str = "bad_secret", at: datetime = NOW) -> Delivery:
    return make_delivery(
        outcome=Delivery.Outcome.REFUSED,
        reason=reason,
        status=401,
        received_at=at,
        event_count=0,
        stored_count=0,
    )


def codes(query: str) -> set[str]:
    page = client_of(make_user()).get(f"/deliveries/?{query}").context["page"]
    assert not page.problems
    return {row.code for row in page.rows}


@pytest.mark.django_db
def test_a_refused_call_says_why_in_words() -> None:
    refuse("bad_secret")
    html = client_of(make_user()).get("/deliveries/").content.decode()
    row = html[html.index("<tbody>") : html.index("</tbody>")]
    assert "Refused" in row
    assert "Wrong or missing secret" in row
    assert ">401<" in row


@pytest.mark.django_db
def test_an_accepted_call_says_how_many_events_were_new() -> None:
    make_delivery(event_count=9, stored_count=6, quarantined_count=2, secret_label="second")
    html = client_of(make_user()).get("/deliveries/").content.decode()
    row = html[html.index("<tbody>") : html.index("</tbody>")]
    for label, number in (("Events", 9), ("Duplicates", 3), ("Set aside", 2)):
        assert re.search(rf'data-label="{label}"[^>]*>{number}<', row)
    assert "second" in row


@pytest.mark.django_db
def test_outcome_reason_source_and_time_filter() -> None:
    refused = refuse("not_json", NOW - timedelta(hours=2))
    Delivery.objects.filter(pk=refused.pk).update(source="198.51.100.4")
    make_delivery()
    for query in (
        "outcome=refused",
        "reason=not_json",
        "source=198.51.100.4",
        "to=2026-11-20T09:00:00Z",
        f"q={refused.code.lower()}",
    ):
        assert codes(query) == {refused.code}


@pytest.mark.django_db
@time_machine.travel(NOW, tick=False)
def test_the_head_counts_refusals_that_were_not_kept() -> None:
    hour = NOW.replace(minute=0)
    RefusalCount.objects.create(hour=hour, reason="bad_secret", count=1200)
    RefusalCount.objects.create(hour=hour - timedelta(hours=23), reason="not_json", count=34)
    RefusalCount.objects.create(hour=hour - timedelta(hours=24), reason="not_json", count=7)
    refuse()
    html = client_of(make_user()).get("/deliveries/").content.decode()
    assert "1,234 calls refused" in html
    assert "Wrong or missing secret 1,200, not JSON 34" in html
    assert "of each reason 200 an hour are kept" in html


@pytest.mark.django_db
@time_machine.travel(NOW, tick=False)
def test_the_link_of_the_head_opens_those_that_were_kept() -> None:
    RefusalCount.objects.create(hour=NOW.replace(minute=0), reason="bad_secret", count=1)
    kept = refuse()
    refuse(at=NOW - timedelta(hours=25))
    client = client_of(make_user())
    url = client.get("/deliveries/").context["refused_url"]
    assert [row.code for row in client.get(url).context["page"].rows] == [kept.code]


@pytest.mark.django_db
def test_without_calls_the_page_says_so() -> None:
    html = client_of(make_user()).get("/deliveries/").content.decode()
    assert "Okta has not called the hook endpoint yet" in html
    assert "None was refused" in html


def test_every_reason_in_the_code_has_words() -> None:
    source = "".join(
        (Path(settings.BASE_DIR) / name).read_text()
        for name in (
            "provisioning/webhooks.py",
            "provisioning/bodies.py",
            "provisioning/events/reading.py",
        )
    )
    refused = re.findall(r'Refused\(\s*\d+,\s*"(\w+)"', source)
    unreadable = re.findall(r'Unreadable\(\s*"(\w+)"', source)
    assert len(refused) >= 10
    assert set(refused) | set(unreadable) == set(REASONS)


def test_reasons_are_named_by_how_often_they_came() -> None:
    assert in_words({"not_json": 2, "bad_secret": 10}) == "Wrong or missing secret 10, not JSON 2"
    assert in_words({"not_utf8": 1}) == "Not UTF-8 1"
