"""A person's states change by Okta's rules only."""

import pytest

from sandbox.client import SandboxClient
from tests.sandbox.conftest import Http

MAYA = "maya.lindqvist@acme.example"


def test_an_active_person_can_be_suspended_with_an_empty_200(okta: Http) -> None:
    answer = okta("POST", f"users/{MAYA}/lifecycle/suspend")

    assert (answer.status, answer.text) == (200, "")
    assert okta("GET", f"users/{MAYA}").json["status"] == "SUSPENDED"


@pytest.mark.parametrize("verb", ["unsuspend", "activate", "reactivate"])
def test_a_verb_that_does_not_fit_an_active_person_is_refused_with_e0000001(
    okta: Http, verb: str
) -> None:
    answer = okta("POST", f"users/{MAYA}/lifecycle/{verb}")

    assert (answer.status, answer.json["errorCode"]) == (400, "E0000001")
    assert "ACTIVE" in answer.json["errorCauses"][0]["errorSummary"]


def test_suspending_twice_is_refused_and_writes_one_event(
    okta: Http, client: SandboxClient
) -> None:
    okta("POST", f"users/{MAYA}/lifecycle/suspend")

    assert okta("POST", f"users/{MAYA}/lifecycle/suspend").status == 400
    assert [e["eventType"] for e in client.list_events()] == ["user.lifecycle.suspend"]


def test_a_suspended_person_keeps_groups_and_apps(okta: Http, client: SandboxClient) -> None:
    client.suspend(MAYA)

    assert MAYA in [m["profile"]["login"] for m in client.list_members("Sales")]


def test_deactivation_takes_groups_and_apps_away_in_one_transaction(
    okta: Http, client: SandboxClient
) -> None:
    okta("POST", f"users/{MAYA}/lifecycle/deactivate")

    events = client.list_events()
    assert [e["eventType"] for e in events] == [
        "user.lifecycle.deactivate",
        "application.user_membership.remove",
        "group.user_membership.remove",
    ]
    assert len({e["transaction"]["id"] for e in events}) == 1
    assert events[1]["transaction"]["type"] == "JOB"
    assert events[1]["client"]["ipAddress"] is None


def test_a_deactivated_person_is_hidden_from_the_plain_list_but_can_be_searched(
    okta: Http,
) -> None:
    okta("POST", f"users/{MAYA}/lifecycle/deactivate")

    assert MAYA not in [u["profile"]["login"] for u in okta("GET", "users").json]
    found = okta("GET", "users?search=status%20eq%20%22DEPROVISIONED%22").json
    assert [u["profile"]["login"] for u in found] == [MAYA]


def test_the_first_delete_deactivates_and_the_second_deletes(okta: Http) -> None:
    user_id = okta("GET", f"users/{MAYA}").json["id"]

    assert okta("DELETE", f"users/{user_id}").status == 204
    assert okta("GET", f"users/{user_id}").json["status"] == "DEPROVISIONED"
    assert okta("DELETE", f"users/{user_id}").status == 204
    assert okta("GET", f"users/{user_id}").json["errorCode"] == "E0000007"


def test_a_person_without_a_password_is_provisioned_not_active(okta: Http) -> None:
    profile = {"login": "a@b.example", "email": "a@b.example", "firstName": "A", "lastName": "B"}

    assert okta("POST", "users?activate=false", {"profile": profile}).json["status"] == "STAGED"
    okta("POST", "users/a@b.example/lifecycle/activate")
    assert okta("GET", "users/a@b.example").json["status"] == "PROVISIONED"


def test_sessions_and_factors_can_be_cleared(okta: Http, client: SandboxClient) -> None:
    assert okta("DELETE", f"users/{MAYA}/sessions?oauthTokens=true").status == 204
    assert okta("POST", f"users/{MAYA}/lifecycle/reset_factors").status == 200
    types = [e["eventType"] for e in client.list_events()]
    assert types == ["user.session.clear", "user.mfa.factor.reset_all"]
