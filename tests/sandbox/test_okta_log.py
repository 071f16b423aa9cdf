"""GET /api/v1/logs: following it without an end, and reading a window of it."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from sandbox.client import SandboxClient
from tests.sandbox.conftest import Http

MAYA = "maya.lindqvist@acme.example"


def _titles(client: SandboxClient, count: int) -> None:
    for number in range(count):
        client.update_user(MAYA, title=f"Title {number}")


def test_following_next_yields_every_event_once_and_goes_on_later(
    okta: Http, client: SandboxClient
) -> None:
    _titles(client, 5)
    seen, url = [], "logs?limit=2"
    for _ in range(4):
        answer = okta("GET", url)
        seen += [event["uuid"] for event in answer.json]
        url = answer.link("next")
    assert (len(seen), len(set(seen))) == (5, 5)
    assert answer.json == []

    client.suspend(MAYA)
    assert [e["eventType"] for e in okta("GET", url).json] == ["user.lifecycle.suspend"]


def test_an_empty_page_has_a_next_link_when_following(okta: Http) -> None:
    assert okta("GET", "logs").json == []
    assert "after=" in okta("GET", "logs").link("next")


def test_the_next_link_keeps_the_filter(okta: Http, client: SandboxClient) -> None:
    wanted = quote('eventType sw "user.lifecycle." and outcome.result eq "SUCCESS"')
    url = okta("GET", f"logs?filter={wanted}").link("next")
    client.update_user(MAYA, title="x")
    client.suspend(MAYA)

    assert [e["eventType"] for e in okta("GET", url).json] == ["user.lifecycle.suspend"]


def test_a_window_has_no_next_on_its_last_page(okta: Http, client: SandboxClient) -> None:
    _titles(client, 3)
    until = quote((datetime.now(UTC) + timedelta(minutes=1)).isoformat())
    first = okta("GET", f"logs?limit=2&until={until}")
    last = okta("GET", first.link("next"))

    assert (len(first.json), len(last.json), last.link("next")) == (2, 1, "")


def test_the_log_carries_the_address_in_the_request_not_in_the_client(
    okta: Http, client: SandboxClient
) -> None:
    client.suspend(MAYA)
    (event,) = okta("GET", "logs").json

    assert event["request"]["ipChain"][0]["ip"] == "127.0.0.1"
    assert "ipChain" not in event["client"]
    assert "insertionTimestamp" not in event


def test_newest_first_is_a_window_too(okta: Http, client: SandboxClient) -> None:
    _titles(client, 3)
    ascending = [e["uuid"] for e in okta("GET", "logs").json]

    answer = okta("GET", "logs?sortOrder=DESCENDING")
    assert [e["uuid"] for e in answer.json] == ascending[::-1]
    assert answer.link("next") == ""


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("since=yesterday", "E0000001"),
        ("since=2001-01-01T00:00:00Z", "E0000053"),
        ("limit=1001", "E0000001"),
        ("filter=eventType", "E0000053"),
        ("filter=eventType%20like%20%22x%22", "E0000031"),
        ("filter=published%20gt%20%22x%22", "E0000053"),
        ("sortOrder=UP", "E0000001"),
        ("q=" + "x" * 41, "E0000001"),
        ("after=!!!", "E0000001"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(okta: Http, query: str, code: str) -> None:
    answer = okta("GET", f"logs?{query}")

    assert (answer.status, answer.json["errorCode"]) == (400, code)
