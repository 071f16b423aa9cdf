"""What the shell around every page needs: navigation, theme, and who looks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.urls import reverse

from portal import roles
from portal.models import User
from provisioning.runs.models import Run

THEMES = ("system", "light", "dark")
COUNT_CAP = 999

#: Title of the group, then (URL name, icon, label, letter after g, shows the count of failures).
_NAVIGATION: tuple[tuple[str, tuple[tuple[str, str, str, str, bool], ...]], ...] = (
    (
        "",
        (
            ("overview", "layout-dashboard", "Overview", "o", False),
            ("event-list", "bolt", "Events", "e", False),
            ("run-list", "player-play", "Runs", "r", False),
            ("failure-list", "alert-triangle", "Failures", "f", True),
            ("person-list", "users", "People", "p", False),
        ),
    ),
    ("Automation", (("rule-list", "binary-tree", "Rules", "u", False),)),
    (
        "Govern",
        (
            ("delivery-list", "webhook", "Deliveries", "d", False),
            ("audit-list", "history", "Audit log", "l", False),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Item:
    url: str
    icon: str
    label: str
    key: str
    counts: bool
    active: bool


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Shell:
    """Nothing in it asks the database but `failure_count`, when a template calls it."""

    theme: str
    keys: str
    path: str
    url: str
    nav: tuple[Group, ...]
    failure_count: Callable[[], str]
    now: datetime
    roles: str = ""
    environment: str = field(default_factory=lambda: settings.ENVIRONMENT_LABEL)
    version: str = field(default_factory=lambda: settings.VERSION)

    @property
    def bs_theme(self) -> str:
        """What the server can know; for "system" app.js corrects it before the page is drawn."""
        return "dark" if self.theme == "dark" else "light"


def shell(request: HttpRequest) -> dict[str, Shell]:
    """Context processor: `{{ shell }}`."""
    return {"shell": shell_of(request, request.user)}


def shell_of(request: HttpRequest, user: User | AnonymousUser | None = None) -> Shell:
    """The shell as `user` may see it. Without one nothing asks the database, not even for roles,
    and every place is named."""
    theme = request.COOKIES.get("theme", "")
    return Shell(
        theme=theme if theme in THEMES else "system",
        keys="off" if request.COOKIES.get("keys") == "off" else "on",
        path=request.get_full_path() if request.method == "GET" else "/",
        url=_address(request),
        nav=_navigation(request.path, user),
        roles=", ".join(sorted(roles.roles_of(user))) if user else "",
        failure_count=failure_count,
        now=datetime.now(UTC),
    )


def _address(request: HttpRequest) -> str:
    """The address of the page, for sharing; only its path where the host is not one of ours."""
    try:
        return request.build_absolute_uri()
    except DisallowedHost:
        return request.get_full_path()


def failure_count() -> str:
    """Runs that need a person, as the badge shows them; empty for none."""
    count = Run.objects.waiting_failures()[: COUNT_CAP + 1].count()
    return f"{COUNT_CAP}+" if count > COUNT_CAP else str(count or "")


def _navigation(path: str, user: User | AnonymousUser | None) -> tuple[Group, ...]:
    groups = (Group(title, _items(items, path, user)) for title, items in _NAVIGATION)
    return tuple(group for group in groups if group.items)


def _items(
    items: tuple[tuple[str, str, str, str, bool], ...],
    path: str,
    user: User | AnonymousUser | None,
) -> tuple[Item, ...]:
    found = []
    for name, icon, label, key, counts in items:
        permission = roles.needed(name, "GET")
        if user is not None and (permission is None or not roles.may(user, permission)):
            continue
        url = reverse(name)
        active = path == url if name == "overview" else path.startswith(url)
        found.append(Item(url, icon, label, key, counts, active))
    return tuple(found)
