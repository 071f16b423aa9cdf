"""Who a person is, as far as it is known: state, profile, what changed last, what is open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count

from portal import diffing, jsonview
from portal.masking import masked, masked_text
from provisioning.events.models import Event, Person
from provisioning.runs.models import Run

#: Open failures shown beside the timeline; the list of runs has them all.
MOST_FAILURES = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """`tree` is None where no profile was read yet; `changes` where there is none before it."""

    okta_id: str
    login: str
    name: str
    state: str
    department: str
    manager: str
    tree: jsonview.Node | None
    read_at: datetime | None
    changes: Sequence[diffing.Change] | None
    changed_from: datetime | None
    first_seen_at: datetime
    last_event_at: datetime

    @property
    def title(self) -> str:
        return self.name or self.login or self.okta_id


def find(okta_id: str) -> Person | None:
    """A person known by a profile or, before any rule was asked, from the text of an event."""
    person = Person.objects.filter(pk=okta_id).first()
    if person is not None:
        return person
    events = Event.objects.filter(person_id=okta_id).order_by("-received_at", "-id")
    event = events.defer("body", "digest").first()
    if event is None:
        return None
    return Person(
        okta_id=okta_id,
        login=event.person_login,
        name=event.person_name,
        first_seen_at=event.received_at,
        last_event_at=event.received_at,
    )


def standing_of(person: Person) -> Standing:
    user, before = masked(person.user), masked(person.previous)
    profile = user.get("profile") if isinstance(user, dict) else None
    known: Mapping[str, Any] = profile if isinstance(profile, dict) else {}
    return Standing(
        okta_id=person.okta_id,
        login=masked_text(person.login),
        name=masked_text(person.name),
        state=masked_text(person.status).lower(),
        department=_text(known.get("department")),
        manager=_text(known.get("manager") or known.get("managerId")),
        tree=None if user is None else _tree(user),
        read_at=person.user_read_at,
        changes=None if before is None else diffing.changes(before, user),
        changed_from=person.previous_read_at,
        first_seen_at=person.first_seen_at,
        last_event_at=person.last_event_at,
    )


def _tree(user: Any) -> jsonview.Node:
    """The profile in it stands open: it is what one looks for."""
    root = jsonview.tree(user)
    children = (replace(one, open=one.open or one.key == "profile") for one in root.children)
    return replace(root, children=tuple(children))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def failures_of(okta_id: str) -> list[Run]:
    """Runs of this person that stopped and wait for somebody; one more than are shown."""
    runs = Run.objects.failures().filter(person_id=okta_id).select_related("version", "rule")
    runs = runs.defer("version__definition", "version__source")
    found = list(runs.order_by("-created_at", "-id")[: MOST_FAILURES + 1])
    for run in found:
        run.error = masked_text(run.error)
    return found


def failure_counts(people: Sequence[Person]) -> Mapping[str, int]:
    """Okta id -> open failures, for those of these people who have any. One query."""
    ids = [person.pk for person in people]
    rows = Run.objects.failures().filter(person_id__in=ids).values_list("person_id")
    return dict(rows.annotate(count=Count("pk")).order_by())
