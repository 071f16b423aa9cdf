"""Log events: one builder for the System Log's form, one change of form for hooks."""

import copy
import uuid

from sandbox.okta.state import Operation, Org, now_text
from sandbox.web import Json

#: Type -> (displayMessage, legacyEventType)
TEXTS: dict[str, tuple[str, str | None]] = {
    "user.lifecycle.create": ("Create Okta user", "core.user.config.user_creation.success"),
    "user.lifecycle.activate": ("Activate Okta user", "core.user.config.user_activated"),
    "user.lifecycle.deactivate": ("Deactivate Okta user", "core.user.config.user_deactivated"),
    "user.lifecycle.suspend": ("Suspend Okta user", "core.user.config.user_status.suspended"),
    "user.lifecycle.unsuspend": ("Unsuspend Okta user", None),
    "user.lifecycle.reactivate": ("Reactivate Okta user", None),
    "user.lifecycle.delete.initiated": ("Delete Okta user initiated", None),
    "user.lifecycle.delete.completed": ("Delete Okta user completed", None),
    "user.account.update_profile": ("Update user profile for Okta", None),
    "user.session.clear": ("Clear user session", None),
    "user.mfa.factor.reset_all": ("Reset all factors for user", "core.user.factor.reset_all"),
    "group.lifecycle.create": ("Create Okta group", None),
    "group.lifecycle.delete": ("Delete Okta group", None),
    "group.profile.update": ("Okta group profile updated", None),
    "group.user_membership.add": (
        "Add user to group membership",
        "core.user_group_member.user_add",
    ),
    "group.user_membership.remove": (
        "Remove user from group membership",
        "core.user_group_member.user_remove",
    ),
    "application.user_membership.add": (
        "Add user to application membership",
        "app.generic.provision.assign_user_to_app",
    ),
    "application.user_membership.remove": ("Remove user's application membership", None),
    "application.user_membership.update": ("Updated user application property", None),
    "application.lifecycle.create": ("Create application", None),
    "event_hook.created": ("Create event hook", None),
    "event_hook.updated": ("Update event hook", None),
    "event_hook.activated": ("Activate event hook", None),
    "event_hook.deactivated": ("Deactivate event hook", None),
    "event_hook.deleted": ("Delete event hook", None),
    "event_hook.verified": ("Verify event hook", None),
    "event_hook.delivery": ("Event hook delivery", None),
}
#: Types and groups of types that a hook cannot subscribe to.
NOT_ELIGIBLE = (
    "user.lifecycle.delete.completed",
    "user.account.update_primary_email",
    "user.account.update_user_type",
    "user.session.access_admin_app",
    "application.user_membership.provision",
    "application.user_membership.deprovision",
    "application.user_membership.revoke",
    "application.user_membership.approve",
    "application.user_membership.restore",
    "application.user_membership.change_username",
    "application.user_membership.show_password",
    "group.user_membership.rule.",
    "event_hook.",
    "system.operation.rate_limit.",
    "system.org.rate_limit.burst",
    "core.concurrency.org.limit.violation",
)
SYSTEM = {
    "id": "okta.system",
    "type": "SystemPrincipal",
    "alternateId": "system@okta.com",
    "displayName": "Okta System",
    "detailEntry": None,
}
_NO_CLIENT = dict.fromkeys(
    ("userAgent", "zone", "device", "id", "ipAddress", "geographicalContext")
)


def is_eligible(event_type: str) -> bool:
    return not event_type.startswith(NOT_ELIGIBLE)


def user_target(user: Json) -> Json:
    profile = user["profile"]
    name = f"{profile.get('firstName') or ''} {profile.get('lastName') or ''}".strip()
    return _target(user["id"], "User", profile["login"], name)


def group_target(group: Json) -> Json:
    return _target(group["id"], "UserGroup", "unknown", group["profile"]["name"])


def app_target(app: Json) -> Json:
    return _target(app["id"], "AppInstance", app["label"], app["label"])


def app_user_target(assignment: Json, user: Json) -> Json:
    return {**user_target(user), "id": assignment["_assignment"], "type": "AppUser"}


def hook_target(hook: Json) -> Json:
    return _target(hook["id"], "EventHook", "unknown", hook["name"])


def _target(identifier: str, kind: str, alternate: str, name: str) -> Json:
    return {
        "id": identifier,
        "type": kind,
        "alternateId": alternate,
        "displayName": name,
        "detailEntry": None,
    }


def emit(
    org: Org,
    operation: Operation,
    event_type: str,
    targets: list[Json],
    *,
    debug: Json | None = None,
    job: bool = False,
) -> Json:
    """Write one successful event. `job`: done by a background job, so no client is known."""
    event = build(operation, event_type, targets, debug=debug, job=job)
    org.append(event)
    return event


def build(
    operation: Operation,
    event_type: str,
    targets: list[Json],
    *,
    debug: Json | None = None,
    job: bool = False,
    failure: str | None = None,
) -> Json:
    """The System Log's form: request.ipChain, no insertionTimestamp."""
    text, legacy = TEXTS[event_type]
    path = operation.uri.partition("?")[0]
    request = {"requestId": operation.id, "requestUri": path, "url": f"{path}?"}
    chain = {"ip": operation.address, "geographicalContext": None, "version": "V4", "source": None}
    detail = {"requestApiTokenId": operation.token_id} if operation.token_id else {}
    return {
        "uuid": str(uuid.uuid4()),
        "published": now_text(),
        "eventType": event_type,
        "version": "0",
        "displayMessage": text,
        "severity": "WARN" if failure else "INFO",
        "client": dict(_NO_CLIENT) if job else _client(operation),
        "device": None,
        "actor": operation.actor,
        "outcome": {"result": "FAILURE" if failure else "SUCCESS", "reason": failure},
        "target": targets,
        "transaction": {"type": "JOB" if job else "WEB", "id": operation.id, "detail": detail},
        "debugContext": {"debugData": {**({} if job else request), **(debug or {})}},
        "legacyEventType": legacy,
        "authenticationContext": {
            "authenticationProvider": None,
            "credentialProvider": None,
            "credentialType": None,
            "issuer": None,
            "authenticationStep": 0,
            "externalSessionId": None if job else "trs" + operation.id,
            "interface": None,
        },
        "securityContext": dict.fromkeys(("asNumber", "asOrg", "isp", "domain", "isProxy")),
        "request": {"ipChain": [] if job else [chain]},
    }


def _client(operation: Operation) -> Json:
    return {
        "userAgent": {"rawUserAgent": operation.user_agent, "os": "Unknown", "browser": "UNKNOWN"},
        "zone": "null",
        "device": "Unknown",
        "id": operation.client_id,
        "ipAddress": operation.address,
        "geographicalContext": None,
    }


def hook_form(event: Json) -> Json:
    """Hooks carry client.ipChain instead of request.ipChain, and an insertionTimestamp."""
    changed = copy.deepcopy(event)
    request = changed.pop("request", None) or {}
    if changed.get("client") is not None:
        changed["client"]["ipChain"] = request.get("ipChain", [])
    changed["insertionTimestamp"] = None
    return changed


def preview(event_type: str) -> Json:
    """What the console's Preview sends when no such event happened lately: mostly nothing."""
    text, legacy = TEXTS.get(event_type, (event_type, None))
    nobody = dict.fromkeys(("userAgent", "zone", "id", "geographicalContext", "ipChain"))
    return {
        "uuid": str(uuid.uuid4()),
        "published": now_text(),
        "eventType": event_type,
        "version": "0",
        "displayMessage": text,
        "severity": "INFO",
        "client": {**nobody, "device": "Computer", "ipAddress": "127.0.0.1"},
        "device": None,
        "actor": None,
        "outcome": {"result": "Success", "reason": None},
        "target": None,
        "transaction": {"type": None, "id": "a" + uuid.uuid4().hex, "detail": None},
        "debugContext": None,
        "legacyEventType": legacy,
        "authenticationContext": {
            "authenticationProvider": None,
            "credentialProvider": None,
            "credentialType": None,
            "issuer": None,
            "authenticationStep": 0,
            "externalSessionId": None,
            "interface": None,
        },
        "securityContext": None,
        "insertionTimestamp": None,
    }
