"""Okta fails: what may be tried again and what a person has to mend."""

import time
from email.utils import formatdate

import pytest
from pytest_django import Settings

from provisioning.actions.base import ActionError, Permanent, Transient
from provisioning.actions.okta import client
from sandbox.server import Sandbox
from tests.provisioning.actions.stub import Scripted, Stub, closed_port_url


@pytest.fixture
def okta(stub: Stub, settings: Settings) -> Stub:
    settings.OKTA_ORG_URL, settings.OKTA_ALLOW_HTTP = stub.url, True
    settings.OKTA_API_TOKEN = "00test-token"
    return stub


def error_of() -> ActionError:
    with pytest.raises(ActionError) as caught:
        client.read_user("00u1")
    return caught.value


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, Permanent, "okta_http_400"),
        (401, Permanent, "okta_token_refused"),
        (403, Permanent, "okta_not_allowed"),
        (429, Transient, "okta_rate_limited"),
        (500, Transient, "okta_http_500"),
        (503, Transient, "okta_http_503"),
        (504, Transient, "okta_http_504"),
    ],
)
def test_each_status_has_its_class_and_is_asked_once(
    okta: Stub, status: int, kind: type[ActionError], code: str
) -> None:
    body = {"errorCode": "E1", "errorSummary": "In Okta's words"}
    okta.answers(Scripted(status, body, {"X-Okta-Request-Id": "req-1"}))
    error = error_of()
    assert type(error) is kind
    assert error.code == code
    assert error.http_status == status
    assert error.request_ids == ("req-1",)
    assert error.detail == {"okta_code": "E1", "service_message": "In Okta's words"}
    assert len(okta.asked) == 1


def test_rate_limiting_waits_until_oktas_own_reset(okta: Stub) -> None:
    now = time.time()
    headers = {"X-Rate-Limit-Reset": str(int(now) + 30), "Date": formatdate(now, usegmt=True)}
    okta.answers(Scripted(429, {}, headers))
    began = time.monotonic()
    error = error_of()
    assert isinstance(error, Transient)
    assert error.retry_after is not None
    assert 30 <= error.retry_after <= 32
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("reset", ["", "soon"])
def test_rate_limiting_without_a_time_names_none(okta: Stub, reset: str) -> None:
    okta.answers(Scripted(429, {}, {"X-Rate-Limit-Reset": reset}))
    error = error_of()
    assert isinstance(error, Transient)
    assert error.retry_after is None


def test_a_wait_beyond_oktas_windows_is_not_believed(okta: Stub) -> None:
    okta.answers(Scripted(429, {}, {"X-Rate-Limit-Reset": "99999999999"}))
    error = error_of()
    assert isinstance(error, Transient)
    assert error.retry_after == 120


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("<html>maintenance</html>", {}),
        ("{broken", {"Content-Type": "application/json"}),
        ("[]", {"Content-Type": "application/json"}),
        ("", {}),
    ],
)
def test_an_answer_that_is_no_user_is_transient(
    okta: Stub, body: str, headers: dict[str, str]
) -> None:
    okta.answers(Scripted(200, body, headers))
    assert error_of().code == "okta_odd_answer"


def test_a_dropped_connection_is_transient(okta: Stub) -> None:
    # The SDK's HTTP library repeats a read once by itself.
    okta.answers(Scripted(drop=True), Scripted(drop=True))
    error = error_of()
    assert type(error) is Transient
    assert error.code == "okta_unreachable"


def test_no_answer_in_time_is_transient(okta: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TIMEOUT", 1)
    okta.answers(Scripted(200, {}, delay=8))
    began = time.monotonic()
    assert error_of().code == "okta_unreachable"
    assert time.monotonic() - began < 6


def test_nobody_listening_is_transient(okta: Stub, settings: Settings) -> None:
    settings.OKTA_ORG_URL = closed_port_url()
    assert error_of().code == "okta_unreachable"


def test_a_stray_404_is_not_taken_for_a_person_who_is_gone(okta: Stub) -> None:
    okta.answers(Scripted(404, "<html>no such page</html>"))
    error = error_of()
    assert type(error) is Permanent
    assert error.code == "okta_address_wrong"


def test_pages_are_followed_and_put_together(okta: Stub) -> None:
    link = f'<{okta.url}/api/v1/users/00u1/groups?after=a,b>; rel="next"'
    okta.answers(Scripted(200, [{"id": "1"}], {"Link": link}), Scripted(200, [{"id": "2"}]))
    assert [group["id"] for group in client.read_groups("00u1")] == ["1", "2"]
    assert okta.asked[1].path == "/api/v1/users/00u1/groups?after=a,b"


def test_an_error_on_a_later_page_is_not_a_shorter_list(okta: Stub) -> None:
    link = f'<{okta.url}/api/v1/users/00u1/groups?after=1>; rel="next"'
    okta.answers(Scripted(200, [{"id": "1"}], {"Link": link}), Scripted(500, {}))
    with pytest.raises(Transient):
        client.read_groups("00u1")


def test_a_next_page_elsewhere_never_gets_our_token(okta: Stub) -> None:
    with Stub() as elsewhere:
        link = f'<{elsewhere.url}/api/v1/users/00u1/groups>; rel="next"'
        okta.answers(Scripted(200, [], {"Link": link}))
        with pytest.raises(Permanent) as caught:
            client.read_groups("00u1")
        assert caught.value.code == "okta_foreign_link"
        assert elsewhere.asked == []


def test_a_failure_shows_neither_token_nor_traceback_in_the_log(
    sandbox: Sandbox, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.OKTA_API_TOKEN = "00a-wrong-token"
    with caplog.at_level("DEBUG"):
        error = error_of()
    assert error.code == "okta_token_refused"
    assert "00a-wrong-token" not in f"{error} {error.detail} {caplog.text}"
    assert "Traceback" not in caplog.text
