"""One thing of every kind that a page is about, and the addresses of all pages with them."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.urls import get_resolver, reverse
from django.urls.resolvers import RoutePattern, URLPattern

from audit.models import Entry
from portal.accounts import own_factors, reviews
from portal.models import User
from portal.roles import Role
from provisioning.approvals.models import Approval
from provisioning.rules import backtests, drafts, lookups, publishing, testcases
from provisioning.rules.definitions import load_definition
from provisioning.runs import brakes
from provisioning.runs.models import Run
from provisioning.runs.troubles import Incident
from tests.portal.accounts.software_key import SoftwareKey
from tests.portal.kept.support import make_kept
from tests.portal.pages.approvals.support import asked
from tests.support.factories import (
    COMMAND,
    NOW,
    current_of,
    make_delivery,
    make_event,
    make_person,
    make_profile,
    make_rule,
    make_user,
)
from tests.support.plans import plan_of
from tests.support.run_factories import make_group, make_run

Arguments = Mapping[str, Any]
ACTS = ("acknowledge", "snooze", "resolve", "reopen", "handle")


def make(reader: User | None = None) -> Mapping[str, list[Arguments]]:
    """The beginning of a URL's name -> the things that such pages are about; those about one's own
    account are about the reader's."""
    reader = reader or make_user(Role.OPERATOR, "somebody")
    person = make_person("jane@acme.example")
    event = make_event(person)
    make_profile(event)
    rule = make_rule("joiner")
    definition = load_definition(current_of(rule).definition)
    test = testcases.keep(
        event, definition, matched=True, hold_calls=False, note="One", actor=COMMAND
    )
    runs = [make_run(rule, event, states=("failed", "waiting"))]
    runs += [make_run(rule, states=("succeeded",), state=Run.State.SUCCEEDED, finished_at=NOW)]
    runs += [make_run(rule, states=("unknown",), state=Run.State.UNKNOWN)]
    group = make_group(rule, runs=runs[:1])
    draft = drafts.start(make_rule("written"), actor=COMMAND)
    definition_of = {**(draft.definition or {}), "title": "Another title"}
    draft = drafts.save(draft, definition=definition_of, seen=draft.seen, actor=COMMAND)
    backtests.start(draft, days=7, actor=COMMAND)
    publishing.ask(draft, reason="", actor=COMMAND)
    table = lookups.propose("team_buckets", {"a": "b"}, seen="", reason="", actor=COMMAND)
    assert isinstance(table, Approval)
    lookups.decide(table, verdict="approve", digest=table.digest, reason="", roles=["approver"],
                   actor=_other())  # fmt: skip
    incident = Incident.objects.create(target="aws.s3", cause="SlowDown", opened_at=NOW,
                                       probe_due_at=NOW + timedelta(minutes=5))  # fmt: skip
    brake = brakes.pull(level="target", target="aws.s3", reason="Look first.", actor=COMMAND)
    asked()
    rules: list[Arguments] = [{"name": "joiner", "code": test.code}, {"name": "written"}]
    return {
        "event": [{"code": event.code}],
        "run": [{"code": run.code} for run in runs],
        "failure": [{"code": group.code, "act": act} for act in ACTS],
        "incident": [{"code": incident.code}],
        "plan": [{"code": plan_of().code}],
        "burst": [{"code": plan_of().code}],
        "rule": [{**one, "a": 1, "b": 1} for one in rules],
        "version": [{"name": "joiner", "number": 1}],
        "approval": [{"code": one.code} for one in Approval.objects.all()],
        "lookup": [{"name": "team_buckets", "number": 1}],
        "delivery": [{"code": make_delivery().code}],
        "person": [{"okta_id": person.pk}],
        "audit": [{"code": Entry.objects.order_by("pk")[0].code}],
        "user": [{"code": make_user(Role.OPERATOR).code}],
        "brake": [{"code": brake.code}],
        "account": [{"code": _key_of(reader)}],
        "kept": [{"code": make_kept(reader).code}],
        "break": [{"code": reviews.ask(make_user(Role.ADMIN, "emergency"), actor=COMMAND).code}],
    }


def _key_of(user: User) -> str:
    """A security key by which the person could sign in."""
    options = json.dumps({"publicKey": {"challenge": "ABCD"}})
    data = {"name": "Blue", "credential": SoftwareKey().register(options)}
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data)
    return next(one.code for one in own_factors.of(user) if one.has_name)


def _other() -> Any:
    return COMMAND.__class__("user", "U-TOM", "tom", "198.51.100.9")


def addresses(things: Mapping[str, list[Arguments]]) -> Iterator[tuple[str, str]]:
    """Every URL by its name, once for each thing that it can be about."""
    for pattern in get_resolver().url_patterns:
        assert isinstance(pattern, URLPattern)
        route = pattern.pattern
        assert isinstance(route, RoutePattern)
        name, wanted = str(pattern.name), route.converters
        about = things.get(name.split("-")[0], [{}]) if wanted else [{}]
        for arguments in about:
            if wanted.keys() <= arguments.keys():
                yield name, reverse(name, kwargs={key: arguments[key] for key in wanted})
