"""Groups and who is in them. The org's lock is held by the caller; raises OktaError."""

from sandbox.okta.errors import invalid
from sandbox.okta.events import emit, group_target, user_target
from sandbox.okta.state import Operation, Org, new_id, now_text
from sandbox.web import Json


def create_group(org: Org, operation: Operation, profile: Json, kind: str = "OKTA_GROUP") -> Json:
    _check(org, profile, own_id="")
    moment = now_text()
    group: Json = {
        "_order": org.next_order(),
        "id": new_id("00g"),
        "created": moment,
        "lastUpdated": moment,
        "lastMembershipUpdated": moment,
        "objectClass": ["okta:user_group"],
        "type": kind,
        "profile": {"name": profile["name"], "description": profile.get("description")},
    }
    org.groups[group["id"]] = group
    org.members[group["id"]] = []
    emit(org, operation, "group.lifecycle.create", [group_target(group)])
    return group


def update_group(org: Org, operation: Operation, group: Json, profile: Json) -> Json:
    _only_own(group)
    _check(org, profile, own_id=group["id"])
    after = {"name": profile["name"], "description": profile.get("description")}
    changed = [name for name in after if after[name] != group["profile"].get(name)]
    if changed:
        group["profile"], group["lastUpdated"] = after, now_text()
        debug = {"changedAttributes": ",".join(changed)}
        emit(org, operation, "group.profile.update", [group_target(group)], debug=debug)
    return group


def delete_group(org: Org, operation: Operation, group: Json) -> None:
    _only_own(group)
    del org.groups[group["id"]]
    del org.members[group["id"]]
    emit(org, operation, "group.lifecycle.delete", [group_target(group)])


def add_member(org: Org, operation: Operation, group_id: str, user_id: str) -> None:
    """Adding a member twice changes nothing and writes no event."""
    group, user = org.group(group_id), org.user(user_id)
    _only_own(group)
    if user["id"] not in org.members[group_id]:
        org.members[group_id].append(user["id"])
        _changed(org, operation, "add", group, user)


def remove_member(org: Org, operation: Operation, group_id: str, user_id: str) -> None:
    group, user = org.group(group_id), org.user(user_id)
    _only_own(group)
    if user["id"] in org.members[group_id]:
        org.members[group_id].remove(user["id"])
        _changed(org, operation, "remove", group, user)


def remove_everywhere(org: Org, operation: Operation, user: Json) -> None:
    """Deactivation takes a person out of all groups but Everyone."""
    for group in org.groups.values():
        if group["type"] != "BUILT_IN" and user["id"] in org.members[group["id"]]:
            org.members[group["id"]].remove(user["id"])
            _changed(org, operation, "remove", group, user)


def _changed(org: Org, operation: Operation, verb: str, group: Json, user: Json) -> None:
    group["lastMembershipUpdated"] = now_text()
    targets = [user_target(user), group_target(group)]
    emit(org, operation, f"group.user_membership.{verb}", targets)


def add_to_everyone(org: Org, user_id: str) -> None:
    for group in org.groups.values():
        if group["type"] == "BUILT_IN":
            org.members[group["id"]].append(user_id)


def forget(org: Org, user_id: str) -> None:
    for members in org.members.values():
        if user_id in members:
            members.remove(user_id)


def of_user(org: Org, user_id: str) -> list[Json]:
    return [g for g in org.groups.values() if user_id in org.members[g["id"]]]


def _only_own(group: Json) -> None:
    if group["type"] != "OKTA_GROUP":
        name = group["profile"]["name"]
        raise invalid("group", f"{name} is a {group['type']} group; only OKTA_GROUP can change.")


def _check(org: Org, profile: Json, *, own_id: str) -> None:
    name = profile.get("name")
    if not isinstance(name, str) or not name.strip():
        raise invalid("name", "name: The field cannot be left blank")
    if len(name) > 255:
        raise invalid("name", "name: The field cannot exceed 255 characters")
    if any(g["profile"]["name"] == name and g["id"] != own_id for g in org.groups.values()):
        raise invalid(
            "name", "name: An object with this field already exists in the current organization"
        )
