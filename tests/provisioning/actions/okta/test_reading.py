"""People and groups are read from Okta through its SDK."""

from typing import Any

import pytest

from provisioning.actions.base import Permanent, Transient
from provisioning.actions.okta import client
from sandbox.server import Sandbox


def id_of(sandbox: Sandbox, first_name: str) -> str:
    people: dict[str, Any] = sandbox.okta.org.users
    return next(key for key, user in people.items() if user["profile"]["firstName"] == first_name)


def test_a_user_is_read_with_the_whole_profile(sandbox: Sandbox) -> None:
    user = client.read_user(id_of(sandbox, "Zoë"))
    assert user is not None
    assert user["status"] == "ACTIVE"
    assert user["profile"]["lastName"] == "Müller"
    assert user["profile"]["department"] == "Sales"


def test_a_user_can_be_read_by_login(sandbox: Sandbox) -> None:
    user = client.read_user("maya.lindqvist@acme.example")
    assert user is not None
    assert user["id"] == id_of(sandbox, "Maya")


def test_nobody_of_that_id_is_none(sandbox: Sandbox) -> None:
    assert client.read_user("00unobody") is None


def test_many_users_are_read_at_once(sandbox: Sandbox) -> None:
    ids = [*sandbox.okta.org.users, "00unobody"]
    found = client.read_users([*ids, ids[0]])
    assert list(found) == ids
    assert found["00unobody"] is None
    assert all(found[key] is not None and found[key]["id"] == key for key in ids[:-1])  # type: ignore[index]  # checked in the same line


def test_no_users_need_no_request(sandbox: Sandbox) -> None:
    sandbox.faults.add({"service": "okta", "status": 500, "times": 0})
    assert client.read_users([]) == {}


def test_one_users_error_does_not_hide_the_others(sandbox: Sandbox) -> None:
    maya, zoe = id_of(sandbox, "Maya"), id_of(sandbox, "Zoë")
    sandbox.faults.add({"service": "okta", "match": {"user": maya}, "status": 500, "times": 0})
    found = client.read_each([maya, zoe])
    assert isinstance(found[maya], Transient)
    assert isinstance(found[zoe], dict)
    with pytest.raises(Transient):
        client.read_users([maya, zoe])


def test_the_groups_of_a_user_are_read(sandbox: Sandbox) -> None:
    groups = client.read_groups(id_of(sandbox, "Amara"))
    names = {group["profile"]["name"] for group in groups}
    assert names == {"Everyone", "Support", "amazon_connect"}


def test_the_groups_of_nobody_are_an_error(sandbox: Sandbox) -> None:
    with pytest.raises(Permanent) as caught:
        client.read_groups("00unobody")
    assert caught.value.code == "okta_not_found"


@pytest.mark.parametrize("odd", ["..", ".", "", "  ", "x" * 201])
def test_an_id_that_could_lead_elsewhere_is_refused(sandbox: Sandbox, odd: str) -> None:
    with pytest.raises(Permanent) as caught:
        client.read_user(odd)
    assert caught.value.code == "okta_id_unusable"


@pytest.mark.parametrize("odd", ["../groups", "a/b?x=1#y", "%2e%2e", "x\r\nHost: evil"])
def test_a_hostile_id_is_only_an_unknown_user(sandbox: Sandbox, odd: str) -> None:
    assert client.read_user(odd) is None
