"""Apps and who is assigned to them. The org's lock is held by the caller; raises OktaError."""

from sandbox.okta.errors import invalid, not_found
from sandbox.okta.events import app_target, app_user_target, emit, user_target
from sandbox.okta.state import Operation, Org, new_id, now_text
from sandbox.web import Json


def create_app(org: Org, operation: Operation, label: str) -> Json:
    if not label.strip():
        raise invalid("label", "label: The field cannot be left blank")
    moment = now_text()
    app: Json = {
        "_order": org.next_order(),
        "id": new_id("0oa"),
        "name": label.lower().replace(" ", "_"),
        "label": label,
        "status": "ACTIVE",
        "created": moment,
        "lastUpdated": moment,
        "signOnMode": "SAML_2_0",
    }
    org.apps[app["id"]] = app
    org.app_users[app["id"]] = {}
    emit(org, operation, "application.lifecycle.create", [app_target(app)])
    return app


def assign(org: Org, operation: Operation, app: Json, user: Json, profile: Json) -> Json:
    """Assigning somebody again changes the profile of the assignment."""
    assigned = org.app_users[app["id"]]
    if user["id"] in assigned:
        return update_assignment(org, operation, app, user, profile)
    moment = now_text()
    assigned[user["id"]] = {
        "_order": org.next_order(),
        "_assignment": new_id("0ua"),
        "id": user["id"],
        "externalId": None,
        "created": moment,
        "lastUpdated": moment,
        "scope": "USER",
        "status": "ACTIVE",
        "statusChanged": moment,
        "credentials": {"userName": user["profile"]["login"]},
        "profile": profile,
    }
    targets = _targets(app, user, assigned[user["id"]])
    debug = {"appname": app["label"]}
    emit(org, operation, "application.user_membership.add", targets, debug=debug)
    return assigned[user["id"]]


def update_assignment(org: Org, operation: Operation, app: Json, user: Json, profile: Json) -> Json:
    assignment = assignment_of(org, app, user)
    after = {**assignment["profile"], **profile}
    changed = sorted(n for n in after if after[n] != assignment["profile"].get(n))
    if changed:
        assignment["profile"], assignment["lastUpdated"] = after, now_text()
        debug = {"appname": app["label"], "changedAttributes": ",".join(changed)}
        targets = _targets(app, user, assignment)
        emit(org, operation, "application.user_membership.update", targets, debug=debug)
    return assignment


def unassign(org: Org, operation: Operation, app: Json, user: Json, *, job: bool = False) -> None:
    targets = _targets(app, user, assignment_of(org, app, user))
    del org.app_users[app["id"]][user["id"]]
    debug = {"appname": app["label"]}
    emit(org, operation, "application.user_membership.remove", targets, debug=debug, job=job)


def remove_everywhere(org: Org, operation: Operation, user: Json) -> None:
    """Deactivation takes all apps away; Okta does that in a job."""
    for app_id, assigned in org.app_users.items():
        if user["id"] in assigned:
            unassign(org, operation, org.apps[app_id], user, job=True)


def assignment_of(org: Org, app: Json, user: Json) -> Json:
    if user["id"] not in org.app_users[app["id"]]:
        raise not_found(user["id"], "AppUser")
    return org.app_users[app["id"]][user["id"]]


def _targets(app: Json, user: Json, assignment: Json) -> list[Json]:
    return [app_user_target(assignment, user), app_target(app), user_target(user)]
