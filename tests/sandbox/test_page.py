"""The web page: forms act, text from outside is escaped, only this machine is served."""

import pytest
import urllib3

from sandbox.client import SandboxClient
from sandbox.server import Sandbox
from sandbox.slack import TOKEN
from tests.sandbox.conftest import Answer, Http

MAYA = "maya.lindqvist@acme.example"


def _get(sandbox: Sandbox, path: str, **headers: str) -> Answer:
    return Answer(urllib3.request("GET", sandbox.page_url + path, headers=headers, retries=False))


@pytest.mark.parametrize("path", ["/", "/slack", "/mail", "/s3", "/deliveries", "/faults"])
def test_every_page_opens_under_a_policy_without_script(sandbox: Sandbox, path: str) -> None:
    answer = _get(sandbox, path)

    assert answer.status == 200
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in answer.text
    assert "style=" not in answer.text


def test_changing_a_department_is_a_change_by_the_administrator(
    web: Http, client: SandboxClient
) -> None:
    user = client.find_user(MAYA)
    fields = {"id": user["id"], "firstName": "Maya", "lastName": "Lindqvist"}
    fields |= {"department": "Marketing", "title": "Account executive", "groups": "Sales"}
    answer = web.form("/people/update", fields)

    assert answer.status == 303
    assert client.find_user(MAYA)["profile"]["department"] == "Marketing"
    (event,) = client.list_events()
    assert event["actor"]["displayName"] == "Ada Admin"
    assert event["debugContext"]["debugData"]["changedAttributes"] == "department"


def test_a_person_can_be_created_and_suspended(web: Http, client: SandboxClient) -> None:
    fields = {"firstName": "Ny", "lastName": "Person", "email": "ny@acme.example"}
    web.form("/people/create", fields)
    user = client.find_user("ny@acme.example")
    web.form("/people/status", {"id": user["id"], "verb": "suspend"})

    assert client.find_user("ny@acme.example")["status"] == "SUSPENDED"


@pytest.mark.parametrize(
    ("path", "fields", "sentence"),
    [
        ("/people/create", {"firstName": "A", "lastName": "B", "email": "x"}, "email address"),
        ("/people/status", {"id": MAYA, "verb": "unsuspend"}, "The user is ACTIVE"),
        ("/people/status", {"id": MAYA, "verb": "fly"}, "nothing that can be done"),
        ("/people/update", {"id": "nobody"}, "not found: nobody"),
        ("/s3/create", {"name": "Team Folders"}, "is no bucket name"),
        ("/s3/create", {"name": "team-folders"}, "exists already"),
        ("/s3/delete", {"name": "other"}, "There is no bucket other"),
        ("/faults/add", {"preset": "x"}, "choose one of the list"),
    ],
)
def test_bad_input_is_answered_with_a_sentence(
    web: Http, path: str, fields: dict[str, str], sentence: str
) -> None:
    answer = web.form(path, fields)

    assert answer.status in (400, 404)
    assert 'role="alert"' in answer.text
    assert sentence in answer.text


def test_hostile_text_is_shown_escaped(sandbox: Sandbox, client: SandboxClient) -> None:
    client.update_user(MAYA, title="<script>alert(1)</script>")
    message = {"channel": "general", "text": "<img src=x>", "blocks": [{"type": "x", "text": 5}]}
    headers = {"Authorization": f"Bearer {TOKEN}"}
    urllib3.request("POST", f"{sandbox.slack_url}chat.postMessage", json=message, headers=headers)

    people, channel = _get(sandbox, "/").text, _get(sandbox, "/slack").text
    assert "&lt;script&gt;" in people
    assert "<script>alert" not in people
    assert "&lt;img src=x&gt;" in channel


def test_half_a_character_does_not_break_the_page(sandbox: Sandbox, client: SandboxClient) -> None:
    client.update_user(MAYA, title="\ud800")

    assert _get(sandbox, "/").status == 200


def test_a_fault_can_be_switched_on_and_off(web: Http, client: SandboxClient) -> None:
    web.form("/faults/add", {"preset": "slack-down"})
    assert "until cleared" in web("GET", "/faults").text

    web.form("/faults/clear", {})
    assert "Everything works." in web("GET", "/faults").text


@pytest.mark.parametrize("header", ["Host", "Origin"])
def test_a_page_elsewhere_cannot_reach_the_sandbox(sandbox: Sandbox, header: str) -> None:
    value = "evil.example" if header == "Host" else "http://evil.example"

    assert _get(sandbox, "/", **{header: value}).status == 421
    assert _get(sandbox, "/control/mails", **{header: value}).status == 421


def test_an_unknown_address_says_so(sandbox: Sandbox) -> None:
    answer = _get(sandbox, "/nowhere")

    assert answer.status == 404
    assert "There is no page /nowhere." in answer.text
