"""Typed rows for tests of pages: each function makes one thing, with defaults that fit together.

Everything is written through the models, in the test's own transaction. Runs and what belongs to
them are made by tests.support.run_factories.
"""

import hashlib
import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.test import Client

from audit import trail
from portal.models import User
from portal.roles import Role
from provisioning.actions.registry import ACTIONS
from provisioning.events.models import Delivery, Event, EventProfile, Person
from provisioning.rules import versions
from provisioning.rules.definitions import load_rule
from provisioning.rules.models import Rule, RuleVersion

NOW = datetime(2026, 11, 20, 10, 2, tzinfo=UTC)
HOSTILE = "<img src=x onerror=alert(1)>"
SECRET = "xoxb-4711-marked-secret-0815"  # has the form of a Slack token
COMMAND = trail.Actor("process", "test", "Maya", "command")
numbers = itertools.count(1)

RULE = """\
name: {name}
kind: event
title: {title}
on: [user.lifecycle.create, user.account.update_profile]
when:
  all:
    - {{field: user.profile.department, op: equals, value: Marketing}}
    - any:
        - {{field: user.profile.country, op: in, value: [SE, NO]}}
        - {{field: user.profile.office, op: equals, value: Remote EU}}
do:
  - id: folder
    action: aws.s3.create_folder
    with: {{bucket: team-folders, key: "marketing-{{{{ user.profile.firstName }}}}/"}}
  - id: mail
    action: email.send
    with:
      to: "{{{{ user.profile.email }}}}"
      subject: Your folder is ready
      body: "It is {{{{ steps.folder.output.url }}}}."
"""


def make_user(role: Role | None = Role.OPERATOR, username: str = "") -> User:
    name = username or f"{role or 'nobody'}-{next(numbers)}"
    user = User.objects.create(username=name, first_name="Maya", last_name="Lindqvist")
    if role is not None:
        user.groups.add(Group.objects.get_or_create(name=role.value)[0])
    return user


def client_of(user: User) -> Client:
    """A browser in which this person is signed in."""
    client = Client()
    client.force_login(user)
    return client


def make_rule(name: str = "", text: str = RULE, **values: str) -> Rule:
    """A rule with its first version, through the use case; `text` may hold {name} and {title}."""
    name = name or f"rule-{next(numbers)}"
    values = {"title": "A folder for people in Marketing", **values}
    source = text.format(name=name, **values) if text is RULE else text
    definition = load_rule(source, "test.yaml", actions=ACTIONS)
    versions.apply([definition], actor=COMMAND)
    return Rule.objects.select_related("current").get(name=definition.name)


def current_of(rule: Rule) -> RuleVersion:
    assert rule.current is not None
    return rule.current


def make_person(login: str = "", *, name: str = "Jane Doe") -> Person:
    number = next(numbers)
    return Person.objects.create(
        okta_id=f"00u{number:017}",
        login=login or f"person.{number}@acme.example",
        name=name,
        first_seen_at=NOW,
        last_event_at=NOW,
    )


def make_delivery(**values: object) -> Delivery:
    defaults: dict[str, Any] = {
        "received_at": NOW,
        "outcome": Delivery.Outcome.ACCEPTED,
        "status": 204,
        "method": "POST",
        "content_type": "application/json",
        "source": "203.0.113.7",
        "size": 2_048,
        "event_count": 1,
        "stored_count": 1,
        "request_id": f"request-{next(numbers)}",
    }
    return Delivery.objects.create(**{**defaults, **values})


def make_event(person: Person | None = None, body: object = None, **values: object) -> Event:
    """An event about `person`; `body` is the LogEvent, made to fit when left out."""
    number = next(numbers)
    uuid = str(values.pop("uuid", f"uuid-{number}"))
    kind = str(values.pop("event_type", "user.lifecycle.create"))
    text = json.dumps(body if body is not None else _log_event(uuid, kind, person))
    defaults: dict[str, Any] = {
        "uuid": uuid,
        "channel": Event.Channel.HOOK,
        "event_type": kind,
        "published_at": NOW,
        "received_at": NOW + timedelta(milliseconds=400),
        "severity": "INFO",
        "display_message": "Create okta user",
        "result": "SUCCESS",
        "actor_id": "00uadmin",
        "actor_type": "User",
        "actor_login": "ada@acme.example",
        "person_id": person.okta_id if person else "",
        "person_login": person.login if person else "",
        "person_name": person.name if person else "",
        "lane": person.okta_id if person else uuid,
        "body": text,
        "digest": hashlib.sha256(text.encode()).digest(),
        "state": Event.State.DONE,
        "run_count": 1,
        "due_at": NOW,
        "settled_at": NOW,
    }
    return Event.objects.create(**{**defaults, **values})


def _log_event(uuid: str, kind: str, person: Person | None) -> dict[str, Any]:
    target = {
        "id": person.okta_id if person else None,
        "type": "User",
        "alternateId": person.login if person else None,
        "displayName": person.name if person else None,
    }
    actor = {"id": "00uadmin", "type": "User", "alternateId": "ada@acme.example"}
    return {
        "uuid": uuid,
        "published": NOW.isoformat(),
        "eventType": kind,
        "actor": actor,
        "outcome": {"result": "SUCCESS"},
        "target": [target],
    }


def make_profile(event: Event, profile: dict[str, Any] | None = None) -> EventProfile:
    """The person as Okta gave them when the event was matched."""
    known = {
        "login": event.person_login,
        "email": event.person_login,
        "firstName": "Jane",
        "lastName": "Doe",
        "department": "Marketing",
        "country": "SE",
        **(profile or {}),
    }
    return EventProfile.objects.create(
        event=event,
        read_at=NOW,
        user={"id": event.person_id, "status": "ACTIVE", "profile": known},
        previous=None,
        groups=[],
        person_is_new=True,
    )
