"""Reading and changing profiles."""

from typing import cast

from sandbox.client import SandboxClient
from tests.sandbox.conftest import Http, Json

MAYA = "maya.lindqvist@acme.example"


def test_a_post_changes_only_what_it_names_and_says_which_attributes(
    okta: Http, client: SandboxClient
) -> None:
    changes = {"department": "Marketing", "title": "Brand lead", "firstName": "Maya"}
    answer = okta("POST", f"users/{MAYA}", {"profile": changes})

    assert answer.json["profile"]["department"] == "Marketing"
    assert answer.json["profile"]["lastName"] == "Lindqvist"
    (event,) = client.list_events()
    assert event["debugContext"]["debugData"]["changedAttributes"] == "department,title"


def test_a_put_clears_what_it_does_not_name(okta: Http) -> None:
    profile = {"login": MAYA, "email": MAYA, "firstName": "Maya", "lastName": "Lindqvist"}

    assert "department" not in okta("PUT", f"users/{MAYA}", {"profile": profile}).json["profile"]


def test_null_clears_an_attribute(okta: Http) -> None:
    answer = okta("POST", f"users/{MAYA}", {"profile": {"title": None}})

    assert "title" not in answer.json["profile"]


def test_a_change_to_the_same_value_writes_no_event(okta: Http, client: SandboxClient) -> None:
    okta("POST", f"users/{MAYA}", {"profile": {"department": "Sales"}})

    assert client.list_events() == []


def test_custom_attributes_and_any_script_are_kept(okta: Http) -> None:
    okta("POST", f"users/{MAYA}", {"profile": {"costCentre": "4711", "nickName": "Мая 田"}})

    profile = okta("GET", f"users/{MAYA}").json["profile"]
    assert (profile["costCentre"], profile["nickName"]) == ("4711", "Мая 田")


def test_a_person_is_found_by_id_and_by_login_and_a_stranger_is_e0000007(okta: Http) -> None:
    user_id = okta("GET", f"users/{MAYA}").json["id"]

    assert okta("GET", f"users/{user_id}").json["profile"]["login"] == MAYA
    answer = okta("GET", "users/nobody@acme.example")
    assert (answer.status, answer.json["errorCode"]) == (404, "E0000007")


def test_a_missing_last_name_is_refused_with_a_sentence(okta: Http) -> None:
    profile = {"login": "a@b.example", "email": "a@b.example", "firstName": "A"}
    answer = okta("POST", "users", {"profile": profile})

    assert (answer.status, answer.json["errorCode"]) == (400, "E0000001")
    causes = [cause["errorSummary"] for cause in answer.json["errorCauses"]]
    assert causes == ["lastName: The field cannot be left blank"]


def test_a_login_can_be_used_once(okta: Http) -> None:
    profile = {"login": MAYA.upper(), "email": MAYA, "firstName": "A", "lastName": "B"}
    answer = okta("POST", "users", {"profile": profile})

    assert answer.status == 400
    assert "already exists" in answer.json["errorCauses"][0]["errorSummary"]


def test_a_body_that_is_not_an_object_is_e0000003(okta: Http) -> None:
    answer = okta("POST", f"users/{MAYA}", cast("Json", ["no", "object"]))

    assert (answer.status, answer.json["errorCode"]) == (400, "E0000003")
