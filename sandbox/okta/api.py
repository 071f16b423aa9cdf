"""What answers for people, groups and apps. The lock is held."""

from werkzeug.wrappers import Response

from sandbox.okta import apps, groups, users
from sandbox.okta.context import NOTHING, Context, shown
from sandbox.okta.errors import OktaError, invalid
from sandbox.okta.filters import parse
from sandbox.okta.paging import page_of
from sandbox.web import Json, json_response

# --- people --------------------------------------------------------------------------------------


def list_users(context: Context) -> Response:
    args, found = context.request.args, list(context.org.users.values())
    expression = args.get("search") or args.get("filter")
    if expression:
        predicate = parse(expression)
        found = [user for user in found if predicate(user)]
    else:
        found = [user for user in found if user["status"] != "DEPROVISIONED"]
    if args.get("q"):
        found = [user for user in found if _begins(user, args["q"].lower())]
    return page_of(context.request, found, default=200, maximum=200, show=shown)


def _begins(user: Json, text: str) -> bool:
    names = ("firstName", "lastName", "email", "login")
    return any(str(user["profile"].get(name) or "").lower().startswith(text) for name in names)


def create_user(context: Context) -> Response:
    activate = context.flag("activate", default=True)
    user = users.create_user(
        context.org, context.caller.operation, context.body(), activate=activate
    )
    return json_response(shown(user))


def get_user(context: Context, user: str) -> Response:
    return json_response(shown(context.org.user(user)))


def update_user(context: Context, user: str) -> Response:
    """POST changes what is named, PUT replaces the whole profile."""
    found = context.org.user(user)
    users.update_profile(
        context.org,
        context.caller.operation,
        found,
        context.body().get("profile") or {},
        replace=context.request.method == "PUT",
    )
    return json_response(shown(found))


def delete_user(context: Context, user: str) -> Response:
    users.delete_user(context.org, context.caller.operation, context.org.user(user))
    return Response(status=NOTHING)


def change_status(context: Context, user: str, verb: str) -> Response:
    """suspend and unsuspend answer with nothing, the others with an object."""
    found = context.org.user(user)
    operation = context.caller.operation
    if verb == "reset_factors":
        users.reset_factors(context.org, operation, found)
    elif verb in users.TRANSITIONS:
        users.change_status(context.org, operation, found, verb)
    else:
        raise OktaError("E0000022", f"There is no lifecycle operation {verb}.")
    return Response(status=200) if verb in ("suspend", "unsuspend") else json_response({})


def clear_sessions(context: Context, user: str) -> Response:
    users.clear_sessions(context.org, context.caller.operation, context.org.user(user))
    return Response(status=NOTHING)


def list_user_groups(context: Context, user: str) -> Response:
    found = groups.of_user(context.org, context.org.user(user)["id"])
    return page_of(context.request, found, default=200, maximum=1000, show=shown)


# --- groups --------------------------------------------------------------------------------------


def list_groups(context: Context) -> Response:
    args, found = context.request.args, list(context.org.groups.values())
    expression = args.get("search") or args.get("filter")
    if expression:
        predicate = parse(expression)
        found = [group for group in found if predicate(group)]
    if args.get("q"):
        text = args["q"].lower()
        found = [g for g in found if g["profile"]["name"].lower().startswith(text)]
    return page_of(context.request, found, default=1000, maximum=10_000, show=shown)


def create_group(context: Context) -> Response:
    profile = context.body().get("profile") or {}
    group = groups.create_group(context.org, context.caller.operation, profile)
    return json_response(shown(group))


def get_group(context: Context, group: str) -> Response:
    return json_response(shown(context.org.group(group)))


def replace_group(context: Context, group: str) -> Response:
    found = context.org.group(group)
    profile = context.body().get("profile") or {}
    groups.update_group(context.org, context.caller.operation, found, profile)
    return json_response(shown(found))


def delete_group(context: Context, group: str) -> Response:
    groups.delete_group(context.org, context.caller.operation, context.org.group(group))
    return Response(status=NOTHING)


def list_group_users(context: Context, group: str) -> Response:
    context.org.group(group)
    members = [context.org.users[user_id] for user_id in context.org.members[group]]
    return page_of(context.request, members, default=1000, maximum=1000, show=shown)


def add_member(context: Context, group: str, user: str) -> Response:
    groups.add_member(context.org, context.caller.operation, group, user)
    return Response(status=NOTHING)


def remove_member(context: Context, group: str, user: str) -> Response:
    groups.remove_member(context.org, context.caller.operation, group, user)
    return Response(status=NOTHING)


# --- apps ----------------------------------------------------------------------------------------


def list_apps(context: Context) -> Response:
    found = list(context.org.apps.values())
    return page_of(context.request, found, default=50, maximum=200, show=shown)


def create_app(context: Context) -> Response:
    label = str(context.body().get("label") or "")
    return json_response(shown(apps.create_app(context.org, context.caller.operation, label)))


def get_app(context: Context, app: str) -> Response:
    return json_response(shown(context.org.app(app)))


def list_app_users(context: Context, app: str) -> Response:
    context.org.app(app)
    found = list(context.org.app_users[app].values())
    return page_of(context.request, found, default=50, maximum=500, show=shown)


def get_app_user(context: Context, app: str, user: str) -> Response:
    org = context.org
    return json_response(shown(apps.assignment_of(org, org.app(app), org.user(user))))


def assign_app_user(context: Context, app: str, user: str = "") -> Response:
    """POST /users assigns the person named in the body, POST /users/{id} changes the profile."""
    body, org = context.body(), context.org
    wanted = user or str(body.get("id") or "")
    if not wanted:
        raise invalid("id", "id: The field cannot be left blank")
    assignment = apps.assign(
        org, context.caller.operation, org.app(app), org.user(wanted), body.get("profile") or {}
    )
    return json_response(shown(assignment))


def unassign_app_user(context: Context, app: str, user: str) -> Response:
    org = context.org
    apps.unassign(org, context.caller.operation, org.app(app), org.user(user))
    return Response(status=NOTHING)
