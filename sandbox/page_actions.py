"""What the page's forms do. Each returns the sentence to show; raises OktaError or
RefusedInputError with one."""

from typing import TYPE_CHECKING

from werkzeug.wrappers import Request

from sandbox.aws import seed
from sandbox.okta import groups, users
from sandbox.okta.state import Operation
from sandbox.web import Json, RefusedInputError

if TYPE_CHECKING:
    from sandbox.server import Sandbox

#: status -> what can be done with a person in it
VERBS = {
    "STAGED": ("activate", "deactivate"),
    "PROVISIONED": ("deactivate",),
    "ACTIVE": ("suspend", "deactivate"),
    "SUSPENDED": ("unsuspend", "deactivate"),
    "DEPROVISIONED": ("activate",),
}
EDITABLE = ("firstName", "lastName", "department", "title")
#: name -> (what it says, the fault)
FAULTS: dict[str, tuple[str, Json]] = {
    "lambda-throttle": (
        "Lambda throttles the next 3 calls",
        {"service": "lambda", "operation": "Invoke", "times": 3, "status": 429},
    ),
    "lambda-lost-answer": (
        "Lambda does the next call, the answer is lost",
        {"service": "lambda", "operation": "Invoke", "drop": "after"},
    ),
    "s3-denied": (
        "S3 refuses every write",
        {"service": "s3", "operation": "PutObject", "times": 0, "status": 403},
    ),
    "slack-limit": (
        "Slack limits the next 3 messages",
        {"service": "slack", "operation": "chat.postMessage", "times": 3, "status": 429},
    ),
    "slack-down": (
        "Slack answers 503 until cleared",
        {"service": "slack", "times": 0, "status": 503},
    ),
    "mail-later": (
        "The mail server asks to try later, 3 times",
        {"service": "smtp", "operation": "DATA", "times": 3, "status": 451},
    ),
    "mail-refused": (
        "The mail server refuses every recipient",
        {"service": "smtp", "operation": "RCPT", "times": 0, "status": 550},
    ),
    "okta-limit": (
        "Okta answers 429 to the next 5 calls",
        {"service": "okta", "times": 5, "status": 429},
    ),
}


def create_person(sandbox: "Sandbox", request: Request) -> str:
    profile: Json = {name: request.form.get(name, "").strip() for name in EDITABLE}
    address = request.form.get("email", "").strip()
    profile |= {"login": address, "email": address}
    body = {"profile": profile, "credentials": {"password": {"value": "set"}}}
    with sandbox.okta.org.lock:
        users.create_user(sandbox.okta.org, _operation(sandbox, request), body, activate=True)
    return f"{profile['firstName']} {profile['lastName']} was created."


def update_person(sandbox: "Sandbox", request: Request) -> str:
    """The named attributes, and membership in the ticked groups."""
    org, operation = sandbox.okta.org, _operation(sandbox, request)
    with org.lock:
        user = org.user(request.form.get("id", ""))
        changes = {name: request.form.get(name, "").strip() for name in EDITABLE}
        users.update_profile(org, operation, user, changes)
        wanted = set(request.form.getlist("groups"))
        for group in list(org.groups.values()):
            if group["type"] == "OKTA_GROUP" and group["profile"]["name"] in wanted:
                groups.add_member(org, operation, group["id"], user["id"])
            elif group["type"] == "OKTA_GROUP":
                groups.remove_member(org, operation, group["id"], user["id"])
    return f"{user['profile']['firstName']} {user['profile']['lastName']} was changed."


def change_status(sandbox: "Sandbox", request: Request) -> str:
    verb = request.form.get("verb", "")
    if verb not in users.TRANSITIONS:
        raise RefusedInputError(f"{verb!r} is nothing that can be done with a person.")
    with sandbox.okta.org.lock:
        user = sandbox.okta.org.user(request.form.get("id", ""))
        users.change_status(sandbox.okta.org, _operation(sandbox, request), user, verb)
    return f"{user['profile']['login']} is {user['status']} now."


def create_bucket(sandbox: "Sandbox", request: Request) -> str:
    name = request.form.get("name", "").strip()
    seed.create_bucket(name)
    sandbox.store.touch()
    return f"The bucket {name} was created."


def delete_bucket(sandbox: "Sandbox", request: Request) -> str:
    name = request.form.get("name", "")
    seed.delete_bucket(name)
    sandbox.store.touch()
    return f"The bucket {name} and everything in it is gone."


def add_fault(sandbox: "Sandbox", request: Request) -> str:
    name = request.form.get("preset", "")
    if name not in FAULTS:
        raise RefusedInputError(f"There is no fault {name!r}; choose one of the list.")
    text, fault = FAULTS[name]
    sandbox.faults.add(fault)
    return f"On: {text}."


def clear_faults(sandbox: "Sandbox", request: Request) -> str:
    count = sandbox.faults.clear(request.form.get("id", ""))
    return f"Cleared {count} fault{'' if count == 1 else 's'}."


def reset(sandbox: "Sandbox", request: Request) -> str:
    sandbox.reset()
    return "Everything is back to the start. Hooks must be registered again."


def _operation(sandbox: "Sandbox", request: Request) -> Operation:
    """The administrator at the console; no API token is involved."""
    return Operation(
        actor=sandbox.okta.org.admin,
        uri=request.path,
        address=request.remote_addr or "",
        user_agent=request.headers.get("User-Agent", "")[:500],
    )
