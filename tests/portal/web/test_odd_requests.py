"""What no browser sends is answered with a page of ours, never with an error of ours."""

import base64
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from portal import uploads
from portal.roles import Role
from tests.portal.accounts.factor_support import send_password, with_app
from tests.portal.web.listing_support import ask, make_users
from tests.support.factories import client_of, make_rule, make_user
from tests.support.run_factories import make_group, make_run

pytestmark = pytest.mark.django_db
LONG = "9" * 5_000  # more digits than Python reads as a number


@pytest.mark.parametrize("at", ["2026-11-20T00:00:00+23:59", "2026-11-20T00:00:00-16:00"])
def test_a_page_marker_with_an_offset_that_postgresql_does_not_know(at: str) -> None:
    user = make_users([1])[0]
    marker = base64.urlsafe_b64encode(f"{user.pk}~{at}".encode()).decode().rstrip("=")
    assert ask({"after": marker}).status == 200


@pytest.mark.parametrize("version", [LONG, "99999999999", "0", "x", "²"])
def test_a_version_that_cannot_be(version: str) -> None:
    address = reverse("rule-yaml", args=[make_rule().name])
    assert client_of(make_user()).get(address, {"version": version}).status_code == 404


@pytest.mark.parametrize(
    ("name", "field"), [("runs-replay", "run"), ("failure-replay", "g")], ids=["runs", "causes"]
)
def test_codes_that_cannot_be(name: str, field: str) -> None:
    sent = {field: ["a\x00b", "", "x" * 1_000]}
    answer = client_of(make_user()).post(reverse(name), sent, follow=True)
    assert answer.status_code == 200
    assert "No plan was made. Choose at least one" in answer.content.decode()


@pytest.mark.parametrize("said", ["[" * 50_000, LONG, '{"a":' * 900 + "1" + "}" * 900, "{"])
def test_an_answer_of_a_key_that_cannot_be_read(said: str) -> None:
    with_app()
    client = Client()
    send_password(client)
    answer = client.post("/sign-in/code/", {"code": "", "credential": said})
    assert answer.status_code == 422
    assert "This code is not right" in answer.content.decode()


@pytest.mark.parametrize("header", ["referer", "hx-current-url"])
def test_an_address_to_come_back_to_that_is_none(header: str) -> None:
    headers = {header: "http://[", "hx-request": "true"}
    client = client_of(make_user(Role.ADMIN))
    client.post("/sign-out/")
    answer = client.post(reverse("policy"), {}, headers=headers)
    assert re.search(r"/sign-in/\?next=/$", answer.headers.get("HX-Redirect", ""))


def test_a_body_that_would_fill_the_disk_is_not_read() -> None:
    client = Client(raise_request_exception=False)
    body = io.BytesIO(b"--x")
    answer = client.generic(
        "POST",
        "/sign-in/",
        body.getvalue(),
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(uploads.MOST_BYTES + 1),
    )
    assert answer.status_code == 413
    assert "too large" in answer.content.decode()


def test_a_file_that_is_too_large_for_its_page_is_told_so_by_the_page() -> None:
    file = SimpleUploadedFile("a.csv", b"x" * 3_000_000)
    sent = {"name": "teams", "file": file, "reason": "", "seen": ""}
    answer = client_of(make_user()).post(reverse("lookup-new"), sent)
    assert answer.status_code == 400
    assert "The file is larger than 1 MB." in answer.content.decode()


def test_a_time_with_an_offset_that_postgresql_does_not_know() -> None:
    rule = make_rule()
    group = make_group(rule, runs=[make_run(rule, states=("failed",))])
    address = reverse("failure-triage", args=[group.code, "handle"])
    sent = {"note": "By hand.", "url": "", "seen": "2999-11-20T00:00:00+23:59"}
    assert client_of(make_user()).post(address, sent).status_code == 302
