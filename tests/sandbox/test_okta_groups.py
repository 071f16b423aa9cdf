"""Groups, who is in them, and app assignments."""

from sandbox.client import SandboxClient
from tests.sandbox.conftest import Http

MAYA = "maya.lindqvist@acme.example"


def test_joining_a_group_writes_one_event_however_often_it_is_asked(
    okta: Http, client: SandboxClient
) -> None:
    group, user = client.find_group("Marketing")["id"], client.find_user(MAYA)["id"]

    for _ in range(2):
        assert okta("PUT", f"groups/{group}/users/{user}").status == 204
    (event,) = client.list_events()
    assert event["eventType"] == "group.user_membership.add"
    assert {t["type"]: t["id"] for t in event["target"]} == {"User": user, "UserGroup": group}
    assert event["target"][1]["alternateId"] == "unknown"


def test_leaving_a_group_shows_in_both_lists(okta: Http, client: SandboxClient) -> None:
    client.remove_member("Sales", MAYA)

    names = [g["profile"]["name"] for g in okta("GET", f"users/{MAYA}/groups").json]
    assert names == ["Everyone"]
    assert MAYA not in [m["profile"]["login"] for m in client.list_members("Sales")]


def test_everyone_cannot_be_left(okta: Http, client: SandboxClient) -> None:
    group, user = client.find_group("Everyone")["id"], client.find_user(MAYA)["id"]
    answer = okta("DELETE", f"groups/{group}/users/{user}")

    assert answer.status == 400
    assert "BUILT_IN" in answer.json["errorCauses"][0]["errorSummary"]


def test_a_group_can_be_made_renamed_and_deleted(okta: Http, client: SandboxClient) -> None:
    group = okta("POST", "groups", {"profile": {"name": "Design"}}).json["id"]
    okta("PUT", f"groups/{group}", {"profile": {"name": "Design & UX"}})

    assert okta("GET", f"groups/{group}").json["profile"]["name"] == "Design & UX"
    assert okta("DELETE", f"groups/{group}").status == 204
    assert okta("GET", f"groups/{group}/users").json["errorCode"] == "E0000007"
    assert [e["eventType"] for e in client.list_events()] == [
        "group.lifecycle.create",
        "group.profile.update",
        "group.lifecycle.delete",
    ]


def test_assigning_an_app_names_assignment_app_and_person(
    okta: Http, client: SandboxClient
) -> None:
    app = okta("GET", "apps").json[0]["id"]
    user = client.find_user("grace.whitfield@acme.example")["id"]

    assert okta("POST", f"apps/{app}/users", {"id": user, "profile": {"role": "x"}}).status == 200
    okta("POST", f"apps/{app}/users/{user}", {"profile": {"role": "y"}})
    assert okta("GET", f"apps/{app}/users/{user}").json["profile"] == {"role": "y"}
    assert okta("DELETE", f"apps/{app}/users/{user}").status == 204

    events = client.list_events()
    assert [e["eventType"].rpartition(".")[2] for e in events] == ["add", "update", "remove"]
    assert [t["type"] for t in events[0]["target"]] == ["AppUser", "AppInstance", "User"]
    assert events[0]["target"][0]["id"].startswith("0ua")
    assert events[1]["debugContext"]["debugData"]["changedAttributes"] == "role"
