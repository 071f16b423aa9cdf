"""What can happen to a person, with Okta's own rules about states.

Every function expects the org's lock to be held and raises OktaError.
"""

from sandbox.okta import apps, groups
from sandbox.okta.errors import invalid
from sandbox.okta.events import emit, user_target
from sandbox.okta.state import Operation, Org, new_id, now_text
from sandbox.web import Json

REQUIRED = ("login", "email", "firstName", "lastName")
#: verb -> (states it is allowed in, state after it)
TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    "activate": (frozenset({"STAGED", "DEPROVISIONED"}), "ACTIVE"),
    "reactivate": (frozenset({"PROVISIONED", "RECOVERY"}), "PROVISIONED"),
    "suspend": (frozenset({"ACTIVE"}), "SUSPENDED"),
    "unsuspend": (frozenset({"SUSPENDED"}), "ACTIVE"),
    "deactivate": (
        frozenset(
            {"STAGED", "PROVISIONED", "ACTIVE", "RECOVERY"}
            | {"PASSWORD_EXPIRED", "LOCKED_OUT", "SUSPENDED"}
        ),
        "DEPROVISIONED",
    ),
}
MAX_VALUE = 10_000


def create_user(org: Org, operation: Operation, body: Json, *, activate: bool) -> Json:
    """`body`: {profile, credentials?, groupIds?}. With a password the person is ACTIVE at once."""
    profile = _clean(body.get("profile"))
    _check_profile(org, profile, own_id="")
    moment = now_text()
    user: Json = {
        "_order": org.next_order(),
        "id": new_id("00u"),
        "status": "STAGED",
        "created": moment,
        "activated": None,
        "statusChanged": moment,
        "lastLogin": None,
        "lastUpdated": moment,
        "passwordChanged": None,
        "type": {"id": "oty00000000000000001"},
        "profile": profile,
        "credentials": {"provider": {"type": "OKTA", "name": "OKTA"}},
    }
    if (body.get("credentials") or {}).get("password"):
        user["credentials"]["password"] = {}
    chosen = [org.group(group_id) for group_id in body.get("groupIds") or []]
    org.users[user["id"]] = user
    emit(org, operation, "user.lifecycle.create", [user_target(user)])
    groups.add_to_everyone(org, user["id"])
    for group in chosen:
        groups.add_member(org, operation, group["id"], user["id"])
    if activate:
        change_status(org, operation, user, "activate")
    return user


def update_profile(
    org: Org, operation: Operation, user: Json, changes: Json, *, replace: bool = False
) -> Json:
    """Partial by default; `replace` clears what is not named. null clears an attribute."""
    before = user["profile"]
    after = _clean(changes) if replace else _clean({**before, **_object(changes)})
    _check_profile(org, after, own_id=user["id"])
    names = sorted(set(before) | set(after))
    changed = [name for name in names if before.get(name) != after.get(name)]
    if changed:
        user["profile"] = after
        user["lastUpdated"] = now_text()
        debug = {"changedAttributes": ",".join(changed)}
        emit(org, operation, "user.account.update_profile", [user_target(user)], debug=debug)
    return user


def change_status(org: Org, operation: Operation, user: Json, verb: str) -> None:
    """400 when the person is not in a state that allows the verb."""
    allowed, after = TRANSITIONS[verb]
    if user["status"] not in allowed:
        raise invalid(
            f"Cannot {verb} user",
            f"The user is {user['status']}; {verb} needs {' or '.join(sorted(allowed))}.",
        )
    if verb == "activate" and "password" not in user["credentials"]:
        after = "PROVISIONED"
    user["status"] = after
    user["statusChanged"] = user["lastUpdated"] = now_text()
    if verb == "activate":
        user["activated"] = user["statusChanged"]
    emit(org, operation, f"user.lifecycle.{verb}", [user_target(user)])
    if verb == "deactivate":
        apps.remove_everywhere(org, operation, user)
        groups.remove_everywhere(org, operation, user)


def delete_user(org: Org, operation: Operation, user: Json) -> None:
    """The first call deactivates, the second deletes."""
    if user["status"] != "DEPROVISIONED":
        change_status(org, operation, user, "deactivate")
        return
    target = user_target(user)
    emit(org, operation, "user.lifecycle.delete.initiated", [target])
    groups.forget(org, user["id"])
    del org.users[user["id"]]
    emit(org, operation, "user.lifecycle.delete.completed", [target], job=True)


def clear_sessions(org: Org, operation: Operation, user: Json) -> None:
    emit(org, operation, "user.session.clear", [user_target(user)])


def reset_factors(org: Org, operation: Operation, user: Json) -> None:
    if user["status"] == "DEPROVISIONED":
        raise invalid("Cannot reset factors", "The user is DEPROVISIONED.")
    emit(org, operation, "user.mfa.factor.reset_all", [user_target(user)])


def _object(profile: object) -> Json:
    if not isinstance(profile, dict):
        raise invalid("profile", "profile: The field must be an object.")
    return profile


def _clean(profile: object) -> Json:
    return {name: value for name, value in _object(profile).items() if value not in (None, "")}


def _check_profile(org: Org, profile: Json, *, own_id: str) -> None:
    """Okta's own answers name the field first, then what is wrong with it."""
    problems = [f"{n}: The field cannot be left blank" for n in REQUIRED if n not in profile]
    problems += [
        f"{name}: The field cannot exceed {MAX_VALUE} characters"
        for name, value in profile.items()
        if isinstance(value, str) and len(value) > MAX_VALUE
    ]
    for name in ("login", "email"):
        if name in profile and "@" not in str(profile[name]):
            problems.append(f"{name}: Username must be in the form of an email address")
    login = str(profile.get("login", "")).lower()
    for other in org.users.values():
        if other["id"] != own_id and str(other["profile"]["login"]).lower() == login:
            problems.append(
                "login: An object with this field already exists in the current organization"
            )
    if problems:
        raise invalid(problems[0].partition(":")[0], *problems)
