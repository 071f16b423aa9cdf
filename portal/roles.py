"""Who may do what: roles, their permissions, and the one table of every page.

A URL without a line here is refused to everybody, and a test fails. The table is compared with
the resolver, so it cannot fall behind.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from portal.models import User, session_fact

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Role(StrEnum):
    ADMIN = "admin"
    OPERATOR = "operator"
    APPROVER = "approver"
    AUDITOR = "auditor"


class Permission(StrEnum):
    OPEN = "open"  # anybody, signed in or not
    MACHINE = "a token"  # a machine; the view asks for it, a session counts for nothing
    SIGNED_IN = "signed in"  # anybody with an account, whatever their roles
    VIEW = "view"
    REPLAY = "replay"
    SWITCH_RULES = "switch rules"
    EDIT_RULES = "edit rules"
    READ_AUDIT = "read the audit log"
    READ_USERS = "see who holds which role"
    READ_REVIEWS = "see the use of break-glass accounts"
    CLOSE_REVIEWS = "review the use of break-glass accounts"
    MANAGE_USERS = "change accounts and roles"
    MAKE_TOKENS = "make tokens for machines"
    DECIDE = "decide"
    SET_POLICY = "set the policy"
    PULL_BRAKE = "pull the emergency brake"


_EVERY_ROLE = frozenset(Role)
GRANTS: Mapping[Permission, frozenset[Role]] = {
    Permission.VIEW: _EVERY_ROLE,
    Permission.REPLAY: frozenset({Role.ADMIN, Role.OPERATOR}),
    Permission.SWITCH_RULES: frozenset({Role.ADMIN, Role.OPERATOR}),
    Permission.EDIT_RULES: frozenset({Role.ADMIN, Role.OPERATOR}),
    Permission.READ_AUDIT: frozenset({Role.ADMIN, Role.AUDITOR}),
    Permission.READ_USERS: frozenset({Role.ADMIN, Role.AUDITOR}),
    Permission.READ_REVIEWS: frozenset({Role.ADMIN, Role.APPROVER, Role.AUDITOR}),
    Permission.CLOSE_REVIEWS: frozenset({Role.ADMIN, Role.AUDITOR}),
    Permission.MANAGE_USERS: frozenset({Role.ADMIN}),
    Permission.MAKE_TOKENS: frozenset({Role.ADMIN, Role.OPERATOR}),
    Permission.DECIDE: frozenset({Role.APPROVER}),
    Permission.SET_POLICY: frozenset({Role.ADMIN}),
    Permission.PULL_BRAKE: frozenset({Role.ADMIN, Role.OPERATOR}),
}

_READ = {"GET": Permission.VIEW}
_OWN = {"GET": Permission.VIEW, "POST": Permission.VIEW}
_EDIT = {"POST": Permission.EDIT_RULES}
_CONFIRMED_EDIT = {"GET": Permission.EDIT_RULES, "POST": Permission.EDIT_RULES}
_READ_AUDIT = {"GET": Permission.READ_AUDIT}
#: URL name -> method -> what is needed. HEAD counts as GET.
POLICIES: Mapping[str, Mapping[str, Permission]] = {
    "overview": _READ,
    "event-list": _READ,
    "event-detail": _READ,
    "event-raw": _READ,
    "event-retry": {"POST": Permission.REPLAY},
    "run-list": _READ,
    "runs-replay": {"POST": Permission.REPLAY},
    "run-detail": _READ,
    "run-replay": {"GET": Permission.REPLAY, "POST": Permission.REPLAY},
    "run-confirm": {"GET": Permission.REPLAY, "POST": Permission.REPLAY},
    "run-cancel": {"GET": Permission.REPLAY, "POST": Permission.REPLAY},
    "failure-list": _READ,
    "failure-detail": _READ,
    "failure-triage": {"GET": Permission.REPLAY, "POST": Permission.REPLAY},
    "run-handle": {"GET": Permission.REPLAY, "POST": Permission.REPLAY},
    "incident-list": _READ,
    "incident-probe": {"POST": Permission.REPLAY},
    "failure-replay": {"POST": Permission.REPLAY},
    "plan-list": _READ,
    "plan-detail": _READ,
    "plan-report": _READ,
    "plan-confirm": {"POST": Permission.REPLAY},
    "plan-pause": {"POST": Permission.REPLAY},
    "plan-resume": {"POST": Permission.REPLAY},
    "plan-cancel": {"POST": Permission.REPLAY},
    "plan-withdraw": {"POST": Permission.REPLAY},
    "rule-list": _READ,
    "rule-detail": _READ,
    "rule-yaml": _READ,
    "rule-versions": _READ,
    "rule-version-diff": _READ,
    "rule-test": _READ,
    "rule-switch": {"GET": Permission.SWITCH_RULES, "POST": Permission.SWITCH_RULES},
    "approval-list": _READ,
    "approval-detail": _READ,
    "approval-decide": {"POST": Permission.DECIDE},
    "approval-claim": {"POST": Permission.DECIDE},
    "policy": {"GET": Permission.VIEW, "POST": Permission.SET_POLICY},
    "rule-new": _CONFIRMED_EDIT,
    "rule-edit": _CONFIRMED_EDIT,
    "rule-draft": {"GET": Permission.VIEW, "POST": Permission.EDIT_RULES},
    "rule-draft-start": _EDIT,
    "rule-draft-try": _READ,
    "rule-draft-ask": _CONFIRMED_EDIT,
    "rule-draft-withdraw": _EDIT,
    "rule-draft-rebase": _EDIT,
    "rule-draft-discard": _CONFIRMED_EDIT,
    "rule-draft-backtest": {"GET": Permission.VIEW, "POST": Permission.EDIT_RULES},
    "rule-draft-backtest-cancel": _EDIT,
    "rule-tests": _READ,
    "rule-test-keep": _CONFIRMED_EDIT,
    "rule-test-remove": _EDIT,
    "lookup-list": _READ,
    "lookup-new": _CONFIRMED_EDIT,
    "lookup-detail": {"GET": Permission.VIEW, "POST": Permission.EDIT_RULES},
    "lookup-version": _READ,
    "lookup-export": _READ,
    "delivery-list": _READ,
    "delivery-detail": _READ,
    "person-list": _READ,
    "person-detail": _READ,
    "person-why": _READ,
    "search": _READ,
    "audit-list": _READ_AUDIT,
    "audit-detail": _READ_AUDIT,
    "user-list": {"GET": Permission.READ_USERS},
    "user-detail": {"GET": Permission.READ_USERS},
    "user-change": {"POST": Permission.MANAGE_USERS},
    "user-sessions-end": {"POST": Permission.MANAGE_USERS},
    "role-list": _READ,
    "token-list": {"GET": Permission.MAKE_TOKENS},
    "token-make": {"POST": Permission.MAKE_TOKENS},
    "token-revoke": {"POST": Permission.MAKE_TOKENS},
    "api-status": {"GET": Permission.MACHINE},
    "api-rules": {"GET": Permission.MACHINE},
    "run-undo": {"GET": Permission.REPLAY, "POST": Permission.REPLAY},
    "version-undo": {"GET": Permission.REPLAY, "POST": Permission.REPLAY},
    "burst-split": {"POST": Permission.REPLAY},
    "brake": {"GET": Permission.VIEW, "POST": Permission.PULL_BRAKE},
    "brake-detail": _READ,
    "brake-release": {"POST": Permission.PULL_BRAKE},
    "break-glass-list": {"GET": Permission.READ_REVIEWS},
    "break-glass-detail": {"GET": Permission.READ_REVIEWS},
    "break-glass-close": {"POST": Permission.CLOSE_REVIEWS},
    "account": _READ,
    "account-password": _OWN,
    "account-app": _OWN,
    "account-key": _OWN,
    "account-key-rename": _OWN,
    "account-factor-remove": _OWN,
    "account-recovery": _OWN,
    "account-sessions-end": {"POST": Permission.VIEW},
    "kept-form": {"GET": Permission.SIGNED_IN},
    "kept-discard": {"POST": Permission.SIGNED_IN},
    "sign-in": {"GET": Permission.OPEN, "POST": Permission.OPEN},
    "sign-out": {"POST": Permission.SIGNED_IN},
    "okta-sign-in": {"POST": Permission.OPEN},
    "okta-callback": {"GET": Permission.OPEN},
    "sign-in-code": {"GET": Permission.OPEN, "POST": Permission.OPEN},
    "sign-in-enrol": {"GET": Permission.OPEN, "POST": Permission.OPEN},
    "sign-in-again": {"GET": Permission.SIGNED_IN, "POST": Permission.SIGNED_IN},
    "theme": {"POST": Permission.OPEN},
    "healthz": {"GET": Permission.OPEN},
    "readyz": {"GET": Permission.OPEN},
}

_FORM = frozenset({"GET", "POST"})  # before anything is typed, so that nothing typed is lost
#: URL name -> methods that need a sign-in of the last ten minutes besides the permission.
FRESH: Mapping[str, frozenset[str]] = {
    "approval-decide": frozenset({"POST"}),
    "policy": frozenset({"POST"}),
    "break-glass-close": frozenset({"POST"}),
    "account-password": _FORM,
    "account-app": _FORM,
    "account-key": _FORM,
    "account-factor-remove": _FORM,
    "account-recovery": _FORM,
}


def roles_of(user: "User | AnonymousUser") -> frozenset[Role]:
    """The roles of a signed-in person; groups that are no role count for nothing."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    kept: frozenset[Role] | None = getattr(user, "_roles", None)
    if kept is None:
        known = {role.value for role in Role}
        names = session_fact(user, "role_names")
        if names is None:
            names = user.groups.values_list("name", flat=True)
        kept = frozenset(Role(name) for name in names if name in known)
        user._roles = kept  # type: ignore[attr-defined]
    return kept


def may(user: "User | AnonymousUser", permission: Permission) -> bool:
    if permission in (Permission.OPEN, Permission.MACHINE):
        return True
    if permission is Permission.SIGNED_IN:
        return user.is_authenticated
    return bool(roles_of(user) & GRANTS[permission])


def needed(url_name: str | None, method: str) -> Permission | None:
    """What a request needs; None where nobody may make it."""
    methods = POLICIES.get(url_name or "", {})
    return methods.get("GET" if method == "HEAD" else method)


def who_may(permission: Permission) -> str:
    """`Admins and operators`, for the sentence that a page shows instead of a button."""
    names = sorted(f"{role}s" for role in GRANTS.get(permission, ()))
    return " and ".join(
        [", ".join(names[:-1]), names[-1]] if len(names) > 1 else names
    ).capitalize()
