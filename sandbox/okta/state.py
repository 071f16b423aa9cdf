"""The org: people, groups, apps, hooks and the log, in memory; dumped and loaded as JSON."""

import copy
import secrets
import string
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sandbox.okta.errors import not_found
from sandbox.web import Json

ALPHABET = string.ascii_letters + string.digits
LOG_KEPT = 20_000
DUMPED = ("users", "groups", "members", "apps", "app_users", "hooks", "log", "clients", "admin")
COUNTERS = ("sequence", "orders")


def new_id(prefix: str) -> str:
    """Twenty characters, as Okta's: `00u` person, `00g` group, `0oa` app, `who` hook."""
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(20 - len(prefix)))


def now_text() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class Operation:
    """One call or one click: who acts and from where. All its events share the transaction."""

    actor: Json
    uri: str
    address: str = "127.0.0.1"
    user_agent: str = ""
    token_id: str = ""
    client_id: str | None = None
    id: str = field(default_factory=lambda: "a" + secrets.token_urlsafe(20))


@dataclass
class Org:
    """`lock` guards every field; hold it while reading and changing."""

    users: dict[str, Json] = field(default_factory=dict)
    groups: dict[str, Json] = field(default_factory=dict)
    #: group id -> ids of people
    members: dict[str, list[str]] = field(default_factory=dict)
    apps: dict[str, Json] = field(default_factory=dict)
    #: app id -> user id -> assignment
    app_users: dict[str, dict[str, Json]] = field(default_factory=dict)
    hooks: dict[str, Json] = field(default_factory=dict)
    #: [{seq, at, event}] in the order of being written
    log: list[Json] = field(default_factory=list)
    #: the administrator as an actor, kept when that person is changed or deleted
    admin: Json = field(default_factory=dict)
    sequence: int = 0
    orders: int = 0
    #: SSWS token -> {id, user, console}
    api_tokens: dict[str, Json] = field(default_factory=dict)
    #: service app id -> {label, jwks, scopes}
    clients: dict[str, Json] = field(default_factory=dict)
    #: access token -> {client, scopes, expires}
    access_tokens: dict[str, Json] = field(default_factory=dict)
    used_jtis: set[str] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)
    on_event: Callable[[Json], None] = lambda event: None
    on_change: Callable[[], None] = lambda: None

    def clear(self) -> None:
        for name in (*DUMPED, "api_tokens", "access_tokens"):
            getattr(self, name).clear()
        self.used_jtis.clear()

    def dump(self) -> Json:
        with self.lock:
            return {n: copy.deepcopy(getattr(self, n)) for n in (*DUMPED, *COUNTERS)}

    def load(self, data: Json) -> None:
        with self.lock:
            for name in (*DUMPED, *COUNTERS):
                if name in data:
                    setattr(self, name, data[name])

    def append(self, event: Json) -> None:
        """Write to the log and tell the hook sender."""
        self.sequence += 1
        self.log.append({"seq": self.sequence, "at": event["published"], "event": event})
        del self.log[:-LOG_KEPT]
        self.on_event(event)
        self.on_change()

    def next_order(self) -> int:
        """Lists are in the order of creation, finer than the clock."""
        self.orders += 1
        return self.orders

    def user(self, id_or_login: str) -> Json:
        """By id, login, or the part of the login before the @; raises OktaError E0000007."""
        found = self.users.get(id_or_login)
        if found is not None:
            return found
        wanted = id_or_login.lower()
        for user in self.users.values():
            login = str(user["profile"]["login"]).lower()
            if wanted in (login, login.split("@")[0]):
                return user
        raise not_found(id_or_login, "User")

    def group(self, group_id: str) -> Json:
        if group_id not in self.groups:
            raise not_found(group_id, "UserGroup")
        return self.groups[group_id]

    def app(self, app_id: str) -> Json:
        if app_id not in self.apps:
            raise not_found(app_id, "AppInstance")
        return self.apps[app_id]

    def hook(self, hook_id: str) -> Json:
        if hook_id not in self.hooks:
            raise not_found(hook_id, "EventHook")
        return self.hooks[hook_id]
