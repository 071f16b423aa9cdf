"""Rate limits: headers on every answer, and both kinds of 429."""

import time

from sandbox.client import SandboxClient
from tests.sandbox.conftest import Http


def test_every_answer_tells_limit_remaining_and_reset(okta: Http) -> None:
    answers = [okta("GET", "users?limit=1"), okta("GET", "users/nobody"), okta("GET", "users")]

    remaining = [int(a.headers["X-Rate-Limit-Remaining"]) for a in answers]
    assert remaining == [599, 598, 597]
    reset = int(answers[0].headers["X-Rate-Limit-Reset"])
    assert 0 < reset - time.time() <= 62
    assert all(a.headers["X-Okta-Request-Id"] for a in answers)


def test_the_call_after_the_last_is_429_with_e0000047(okta: Http, client: SandboxClient) -> None:
    client.set_limit("/api/v1/logs", 2)
    answers = [okta("GET", "logs") for _ in range(3)]

    assert [a.status for a in answers] == [200, 200, 429]
    assert answers[2].json["errorCode"] == "E0000047"
    assert answers[2].headers["X-Rate-Limit-Remaining"] == "0"
    assert okta("GET", "users?limit=1").status == 200


def test_a_fault_gives_429_so_many_times(okta: Http, client: SandboxClient) -> None:
    client.add_fault("okta", "get_user", times=1, status=429)

    first = okta("GET", "users/maya.lindqvist@acme.example")
    assert (first.status, first.headers["X-Rate-Limit-Remaining"]) == (429, "0")
    assert int(first.headers["X-Rate-Limit-Limit"]) > 0
    assert okta("GET", "users/maya.lindqvist@acme.example").status == 200


def test_too_many_at_once_is_429_with_a_limit_of_zero(okta: Http, client: SandboxClient) -> None:
    client.add_fault("okta", "*", status=429, code="concurrency")

    assert okta("GET", "groups").headers["X-Rate-Limit-Limit"] == "0"


def test_the_console_meets_no_limit_and_no_fault(okta: Http, client: SandboxClient) -> None:
    client.set_limit("/api/v1/users", 1)
    client.add_fault("okta", "*", times=0, status=503)

    assert okta("GET", "users").status == 503
    assert len(client.list_users()) == 12
