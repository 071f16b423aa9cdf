"""Every page of the portal in every state that the story gives it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from django.urls import reverse

from audit.models import Entry
from portal.roles import GRANTS, POLICIES, Role
from provisioning.events.models import Delivery, Event, Person
from provisioning.rules.models import Rule
from provisioning.runs.models import Run
from tests.browser import drafted, drafts
from tests.browser import pages_control as control
from tests.browser.pages_users import users
from tests.browser.places import MAIN_RULE, Place
from tests.browser.places import place as _place

#: Answered to machines, or as text; not pages.
NOT_PAGES = frozenset(
    {"healthz", "readyz", "event-raw", "api-status", "api-rules", "lookup-export", "plan-report"}
)
#: What the first visitor of a fresh installation can open besides the lists.
EMPTY_TOO = (
    "overview", "person-list", "lookup-list", "incident-list", "user-list", "role-list",
    "token-list", "account", "break-glass-list", "brake", "policy", "search", "rule-new",
    "lookup-new",
)  # fmt: skip
LISTS = (
    "event-list", "run-list", "failure-list", "rule-list", "approval-list", "plan-list",
    "delivery-list", "audit-list",
)  # fmt: skip


def all_places() -> list[Place]:
    """What an administrator can open. The caller works inside the site."""
    return [
        *_fixed(), *_lists(), *_events(_EVENTS | _HOSTILE_EVENTS), *_runs(_RUNS | _HOSTILE_RUNS),
        *_rules(hostile=True), *drafted.places(_place), *control.everything(), *_audit(),
        *_errors(), *_people(), *users(), *_builder(), *_hostile_lists(),
    ]  # fmt: skip


def of_story() -> list[Place]:
    """Those that need no hostile text to exist."""
    return [
        *_fixed(), *_lists(), *_events(_EVENTS), *_runs(_RUNS), *_rules(hostile=False),
        *drafted.places(_place), *control.everything(), *_audit(), *_of_somebody(), *users(),
    ]  # fmt: skip


def _of_somebody() -> Iterator[Place]:
    failed = Run.objects.failures().filter(rule__name="badge-photo-folder").first()
    assert failed is not None
    yield _place("person-detail", "with a failure", okta_id=failed.person_id)
    yield _place("rule-edit", "of a rule without a draft", name=MAIN_RULE)


#: Pages that somebody who may do less sees otherwise in more states than their first.
_TOLD_APART = frozenset({"approval-detail", "event-detail", "run-detail", "plan-detail"})


def of_other_roles() -> Mapping[Role, list[Place]]:
    """Every page once, and more of those that look otherwise to somebody who may do less."""
    chosen: list[Place] = []
    for place in all_places():
        seen = sum(place.name == one.name for one in chosen)
        if place.name in POLICIES and seen < (3 if place.name in _TOLD_APART else 1):
            chosen.append(place)
    others = [role for role in Role if role is not Role.ADMIN]
    return {role: [_for(role, place) for place in chosen] for role in others}


def _for(role: Role, place: Place) -> Place:
    """The place as it answers this role."""
    needed = POLICIES[place.name]["GET"]
    if role in GRANTS.get(needed, Role):
        return place
    return replace(place, label=f"{place.label}, refused".strip(", "), status=403)


def on_an_empty_site() -> list[Place]:
    return [Place(name, "empty site", path_of(name)) for name in (*EMPTY_TOO, *LISTS)]


def path_of(name: str) -> str:
    return reverse(name)


def _fixed() -> list[Place]:
    spans = [_place("overview", span, f"range={span}") for span in ("1h", "7d", "30d")]
    again = _place("sign-in-again", "local", "next=/rules/")
    return [_place("overview"), *spans, _place("overview", "broken", "range=9y&x=1"), again]


def _lists() -> Iterator[Place]:
    for name in LISTS:
        yield _place(name, "all")
        yield _place(name, "nothing matches", "q=zzzzzzzz")
        yield _place(name, "unknown value", "state=faild&outcome=faild&size=7&from=x", status=400)
        yield _place(name, "unknown name", "colour=red")
    yield _place("event-list", "filtered", "state=failed&state=quarantined&since=7d&source=hook")
    yield _place("run-list", "filtered", "state=failed&state=retrying&replayed=False&since=7d")
    yield _place("failure-list", "filtered", "advice=fix&runs=failed&q=bucket")
    yield _place("rule-list", "filtered", "state=off")
    yield _place("delivery-list", "filtered", "outcome=refused&reason=bad_secret&since=24h")
    yield _place("audit-list", "filtered", "kind=run&outcome=failed&since=24h")
    yield _place("audit-list", "a time that has no entry", "to=2020-01-01")


def _hostile_lists() -> Iterator[Place]:
    """Wherever else on the list they stand by now."""
    yield _place("event-list", "of mallory", "q=mallory")
    yield _place("failure-list", "of mallory", "q=mallory")


_EVENTS: dict[str, Mapping[str, object]] = {
    "succeeded": {"state": "done", "event_type__startswith": "user.account"},
    "no match": {"state": "no_match"},
    "failed": {"state": "failed", "run_count__gt": 0},
    "unmatched": {"state": "failed", "run_count": 0},
    "waiting": {"state": "received"},
    "retrying": {"state": "in_flight"},
    "quarantined": {"state": "quarantined"},
}
_HOSTILE_EVENTS: dict[str, Mapping[str, object]] = {
    "of mallory": {"person_login__startswith": "mallory@"},
    "of mallory's twin": {"person_login__startswith": "mallory.two"},
    "with a secret": {"body__contains": "marked-value"},
    "hostile and quarantined": {"state": "quarantined", "body__contains": "onerror"},
}


def _events(wanted: Mapping[str, Mapping[str, object]]) -> Iterator[Place]:
    for label, filters in wanted.items():
        code = Event.objects.filter(**filters).order_by("-pk").values_list("code", flat=True)[0]
        yield _place("event-detail", label, code=code)


_RUNS: dict[str, Mapping[str, object]] = {
    "failed": {"state": "failed", "superseded": False, "rule__name": "badge-photo-folder"},
    "failed in Lambda": {"person_login__startswith": "joshua"},
    "failed at mail": {"error_code": "smtp_recipient_550"},
    "retrying": {"state": "retrying"},
    "unknown": {"state": "unknown", "superseded": False},
    "succeeded": {"state": "succeeded", "mode": "live", "rule__name": "marketing-s3-folder"},
    "replayed": {"superseded": True, "state": "failed"},
    "in another's place": {"mode": "replay"},
}
_HOSTILE_RUNS: dict[str, Mapping[str, object]] = {
    "of mallory": {"person_login__startswith": "mallory@"},
    "with a secret": {"rule__name": "rule-with-a-secret"},
}


def _runs(wanted: Mapping[str, Mapping[str, object]]) -> Iterator[Place]:
    for label, filters in wanted.items():
        code = Run.objects.filter(**filters).order_by("pk").values_list("code", flat=True)[0]
        yield _place("run-detail", label, code=code)
        if label in ("failed", "of mallory", "retrying", "unknown", "replayed", "succeeded"):
            yield _place("run-replay", label, code=code)
            yield _place("run-replay", f"{label}, from start", "from=start", code=code)
        if label in ("unknown", "failed"):
            yield _place("run-confirm", label, code=code)
            yield _place("run-handle", label, code=code)


def _rules(*, hostile: bool) -> Iterator[Place]:
    event = Event.objects.filter(event_type="user.lifecycle.activate", state="done").first()
    other = Event.objects.filter(event_type="user.lifecycle.suspend", state="done").first()
    assert event is not None
    assert other is not None
    for rule in Rule.objects.order_by("name"):
        yield _place("rule-detail", "on" if rule.enabled else "off", name=rule.name)
    for name in (MAIN_RULE, "contractor-farewell", *(["rule-with-a-secret"] if hostile else [])):
        yield _place("rule-yaml", name=name)
        yield _place("rule-switch", name=name)
    yield _place("rule-yaml", "an earlier one", "version=1", name=MAIN_RULE)
    yield _place("rule-yaml", "no such version", "version=99", status=404, name=MAIN_RULE)
    yield _place("rule-versions", name=MAIN_RULE)
    yield _place("rule-versions", "filtered to nothing", "author=nobody", name=MAIN_RULE)
    yield _place("rule-version-diff", name=MAIN_RULE, a=1, b=3)
    yield _place("rule-test", name=MAIN_RULE)
    yield _place("rule-test", "matching", f"event={event.code}", name=MAIN_RULE)
    yield _place("rule-test", "of another type", f"event={other.code}", name=MAIN_RULE)
    if hostile:
        mallory = Event.objects.filter(
            person_login__startswith="mallory@", event_type="user.lifecycle.create"
        )[0]
        yield _place("rule-test", "of mallory", f"event={mallory.code}", name="badge-photo-folder")
    yield _place("rule-test", "no such event", "event=ZZZZ", name=MAIN_RULE)


def _builder() -> Iterator[Place]:
    event = Event.objects.filter(event_type="user.lifecycle.activate", state="done").first()
    assert event is not None
    chosen = f"for=event:{event.code}"
    yield _place("rule-edit", "of a rule without a draft", name=MAIN_RULE)
    yield _place("rule-edit", "of a rule with a secret", name="rule-with-a-secret")
    for name in (drafts.EMPTY, drafts.WRONG, drafts.LARGE, drafts.HOSTILE_DRAFT):
        yield _place("rule-edit", name, name=name)
        yield _place("rule-edit", f"{name}, tried", chosen, name=name)
    yield _place("rule-edit", "looking for somebody", "find=m&at=find", name=drafts.EMPTY)
    yield _place("rule-edit", "finding nobody", "find=zzzz", name=drafts.EMPTY)
    yield _place("rule-edit", "nobody there", "for=person:00unobody", name=drafts.EMPTY)


def _audit() -> list[Place]:
    verbs = ("run.failed", "step.failed", "rule.changed", "user.created", "event.quarantined",
             "delivery.refused", "run.replayed", "delivery.accepted")  # fmt: skip
    entries = [Entry.objects.filter(verb=verb).order_by("-pk").first() for verb in verbs]
    found = [
        _place("audit-detail", entry.verb, code=entry.code)
        for entry in entries
        if entry is not None
    ]
    outcomes = ("accepted", "verified", "refused")
    kept = [Delivery.objects.filter(outcome=one).order_by("pk").first() for one in outcomes]
    kept += Delivery.objects.filter(quarantined_count__gt=0)
    kept += Delivery.objects.filter(event_count=0, outcome="accepted")
    kept += Delivery.objects.filter(user_agent__contains="onerror")
    return found + [
        _place("delivery-detail", one.outcome, code=one.code) for one in kept if one is not None
    ]


def _errors() -> Iterator[Place]:
    yield Place("", "no such page", "/nowhere/", 404)
    for name in ("event-detail", "run-detail", "failure-detail", "delivery-detail", "audit-detail",
                 "approval-detail"):  # fmt: skip
        yield _place(name, "no such thing", status=404, code="ZZZZZZZZZZZZ")
    yield _place("rule-detail", "no such rule", status=404, name="no-such-rule")


def _people() -> Iterator[Place]:
    failed = Run.objects.failures().filter(rule__name="badge-photo-folder").first()
    event = Event.objects.filter(event_type="user.lifecycle.activate", state="done").first()
    assert failed is not None
    assert event is not None
    mallory = Person.objects.filter(login__startswith="mallory@").first()
    assert mallory is not None
    yield _place("person-list", "all")
    yield _place("person-list", "filtered", "q=a&state=ACTIVE")
    yield _place("person-list", "nothing matches", "q=zzzzzzzz")
    yield _place("person-list", "unknown value", "state=faild&size=7", status=400)
    for label, okta_id in (
        ("with a failure", failed.person_id),
        ("in good order", event.person_id),
        ("of mallory", mallory.pk),
    ):
        yield _place("person-detail", label, okta_id=okta_id)
        yield _place("person-detail", f"{label}, filtered", "kind=run&since=7d", okta_id=okta_id)
    then = f"rule={MAIN_RULE}&event={event.code}"
    yield _place("person-why", "now and then", then, okta_id=event.person_id)
    yield _place("person-why", "of mallory", "rule=badge-photo-folder", okta_id=mallory.pk)
    yield _place("person-why", "nothing chosen", status=400, okta_id=event.person_id)
    yield _place("person-detail", "nobody", status=404, okta_id="00unobody")
    yield _place("search")
    for text in ("mallory", "user.lifecycle", "welcome", "zzzzzz", "x" * 201):
        yield _place("search", text[:20], {"q": text}, status=400 if len(text) > 200 else 200)
