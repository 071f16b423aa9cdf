"""What the shell around every page needs: navigation, theme, and who looks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import DisallowedHost
from django.db import connection
from django.http import HttpRequest
from django.urls import reverse

from portal import roles
from portal.brake import telling
from portal.models import User
from provisioning.approvals.models import Policy
from provisioning.approvals.policy import off_below

THEMES = ("system", "light", "dark")
COUNT_CAP = 999

_Place = tuple[str, str, str, str, str]
#: Title of the group, then (URL name, icon, label, letter after g, which count it shows).
_NAVIGATION: tuple[tuple[str, tuple[_Place, ...]], ...] = (
    (
        "",
        (
            ("overview", "layout-dashboard", "Overview", "o", ""),
            ("event-list", "bolt", "Events", "e", ""),
            ("run-list", "player-play", "Runs", "r", ""),
            ("failure-list", "alert-triangle", "Failures", "f", "failures"),
            ("plan-list", "file-text", "Plans", "b", ""),
            ("person-list", "users", "People", "p", ""),
        ),
    ),
    (
        "Automation",
        (
            ("rule-list", "binary-tree", "Rules", "u", ""),
            ("lookup-list", "git-compare", "Lookup tables", "t", ""),
        ),
    ),
    (
        "Govern",
        (
            ("approval-list", "list-check", "Approvals", "a", "approvals"),
            ("brake", "ban", "Emergency brake", "k", ""),
            ("break-glass-list", "shield-check", "Break-glass", "w", "reviews"),
            ("policy", "eye", "Four eyes", "y", ""),
            ("delivery-list", "webhook", "Deliveries", "d", ""),
            ("audit-list", "history", "Audit log", "l", ""),
            ("user-list", "user", "Users", "s", ""),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Item:
    url: str
    icon: str
    label: str
    key: str
    counts: str
    active: bool


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    items: tuple[Item, ...]


def _idle_after() -> int:
    """Two minutes before, or half of the time where that is less than four minutes."""
    whole = int(settings.SESSION_IDLE_MINUTES) * 60
    return max(whole - 120, whole // 2)


@dataclass(frozen=True, slots=True)
class Shell:
    """Nothing in it asks the database but the callables, when a template calls the first of them;
    one statement answers all."""

    theme: str
    keys: str
    path: str
    url: str
    nav: tuple[Group, ...]
    failure_count: Callable[[], str]
    approval_count: Callable[[], str]
    review_count: Callable[[], str]
    overdue: Callable[[], bool]
    four_eyes_off: Callable[[], str]
    brakes: Callable[[], Sequence[telling.Line]]
    now: datetime
    roles: str = ""
    #: Seconds after which a page says that the session is about to end.
    idle_after: int = field(default_factory=_idle_after)
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
    known = cache(standing)
    return Shell(
        theme=theme if theme in THEMES else "system",
        keys="off" if request.COOKIES.get("keys") == "off" else "on",
        path=request.get_full_path() if request.method == "GET" else "/",
        url=_address(request),
        nav=_navigation(request.path, user),
        roles=", ".join(sorted(roles.roles_of(user))) if user else "",
        failure_count=lambda: known().failures,
        approval_count=lambda: known().approvals,
        review_count=lambda: known().reviews,
        overdue=lambda: known().overdue,
        four_eyes_off=lambda: known().four_eyes_off,
        brakes=lambda: known().brakes,
        now=datetime.now(UTC),
    )


def _address(request: HttpRequest) -> str:
    """The address of the page, for sharing; only its path where the host is not one of ours."""
    try:
        return request.build_absolute_uri()
    except DisallowedHost:
        return request.get_full_path()


@dataclass(frozen=True, slots=True)
class Standing:
    """What the shell says of the whole system; counts as badges show them, empty for none."""

    failures: str
    approvals: str
    four_eyes_off: str
    brakes: Sequence[telling.Line] = ()
    reviews: str = ""
    #: Whether the time for one of the reviews is over.
    overdue: bool = False


_STANDING = f"""\
SELECT
    (SELECT count(*) FROM (SELECT 1 FROM provisioning_run AS run
        LEFT JOIN provisioning_failuregroup AS cause ON cause.id = run.group_id
        WHERE run.state IN ('failed', 'unknown') AND NOT run.superseded
          AND run.handling_id IS NULL
          AND (cause.id IS NULL OR cause.state IN ('open', 'regressed'))
        LIMIT %(most)s) AS stopped),
    (SELECT count(*) FROM (SELECT 1 FROM provisioning_approval
        WHERE state = 'open' LIMIT %(most)s) AS waiting),
    (SELECT count(*) FROM (SELECT 1 FROM portal_breakglassreview
        WHERE state = 'open' LIMIT %(most)s) AS unread),
    EXISTS (SELECT 1 FROM portal_breakglassreview
        WHERE state = 'open' AND due_at <= clock_timestamp()),
    (SELECT needed_from FROM provisioning_policy WHERE NOT four_eyes),
    {telling.LINES_SQL}
"""  # noqa: S608 - built from constants


def standing() -> Standing:
    """One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, {"most": COUNT_CAP + 1})
        failures, approvals, unread, overdue, below, lines = cursor.fetchone()
    off = off_below(Policy(four_eyes=False, needed_from=below)) if below else ""
    return Standing(
        badge_count(failures),
        badge_count(approvals),
        off,
        telling.lines_of(lines),
        badge_count(unread),
        overdue,
    )


def badge_count(count: int) -> str:
    return f"{COUNT_CAP}+" if count > COUNT_CAP else str(count or "")


def _navigation(path: str, user: User | AnonymousUser | None) -> tuple[Group, ...]:
    groups = (Group(title, _items(items, path, user)) for title, items in _NAVIGATION)
    return tuple(group for group in groups if group.items)


def _items(
    items: tuple[_Place, ...],
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
