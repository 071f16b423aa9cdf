"""An entry holds who, what, on what, from where and the outcome, in the caller's transaction."""

import json
from hashlib import sha256

import pytest
from django.db import IntegrityError, connection, transaction

from audit import trail
from audit.models import Entry, Personal
from audit.redaction import MASK
from provisioning.events.models import Person

ACTOR = trail.Actor("worker", "w1", "", "host:1", "REQ1")
RULE = trail.Object("rule", "r", "r")

pytestmark = pytest.mark.django_db


def test_the_canonical_bytes_say_what_the_columns_say() -> None:
    code = trail.record("rule.created", actor=ACTOR, obj=RULE, data={"version": 1})
    entry = Entry.objects.get(code=code)
    body = json.loads(bytes(entry.canonical))
    assert (body["code"], body["verb"], body["outcome"]) == (code, entry.verb, entry.outcome)
    assert body["actor"] == {"kind": "worker", "id": "w1", "label": ""}
    assert body["object"] == {"kind": "rule", "id": "r", "label": "r"}
    assert (body["source"], body["request"], body["data"]) == ("host:1", "REQ1", {"version": 1})


def test_a_verb_outside_the_catalogue_is_refused() -> None:
    with pytest.raises(trail.UnknownVerb):
        trail.record("rule.exploded", actor=ACTOR, obj=RULE)


@pytest.mark.parametrize("missing", ["kind", "id", "source", "request_id"])
def test_an_entry_without_actor_source_or_request_is_refused(missing: str) -> None:
    values = {"kind": "worker", "id": "w", "label": "", "source": "s", "request_id": "r"}
    actor = trail.Actor(**values | {missing: ""})
    with pytest.raises(IntegrityError), transaction.atomic():
        trail.record("rule.created", actor=actor, obj=RULE)


@pytest.mark.parametrize("obj", [trail.Object("", "r"), trail.Object("rule", "")])
def test_an_entry_without_object_is_refused(obj: trail.Object) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        trail.record("rule.created", actor=ACTOR, obj=obj)


def test_an_outcome_outside_the_list_is_refused() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        trail.record("rule.created", actor=ACTOR, obj=RULE, outcome="perhaps")


@pytest.mark.parametrize(
    "column", ["actor_id", "verb", "canonical", "source", "request_id", "data"]
)
def test_the_database_refuses_null(column: str) -> None:
    row = trail.draft("rule.created", actor=ACTOR, obj=RULE)
    names = [name for name, _ in trail.COLUMNS]
    values = [
        None if name == column else value for name, value in zip(names, row.values, strict=True)
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        trail.write([trail.Row(tuple(values), None)])


def test_an_entry_goes_with_the_change_it_tells_of() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        _tell_and_fail()
    assert not Entry.objects.exists()


def _tell_and_fail() -> None:
    trail.record("rule.created", actor=ACTOR, obj=RULE)
    raise IntegrityError


def test_what_names_a_person_lies_beside_the_log_under_a_salted_hash() -> None:
    actor = trail.Actor("user", "U1", "maya@acme.example", "203.0.113.7")
    code = trail.record(
        "run.replayed", actor=actor, obj=trail.Object("run", "R1"), personal={"note": "for Maya"}
    )
    entry = Entry.objects.with_personal().get(code=code)
    kept = Personal.objects.get(entry=entry)
    assert b"maya" not in bytes(entry.canonical).lower()
    assert kept.view == {"actor_label": "maya@acme.example", "note": "for Maya"}
    assert bytes(entry.pd_commit or b"") == (
        sha256(b"pd1" + bytes(kept.salt) + bytes(kept.canonical)).digest()
    )
    assert json.loads(bytes(entry.canonical))["pd"] == bytes(entry.pd_commit or b"").hex()


def test_secrets_never_reach_an_entry(settings: object) -> None:
    settings.SLACK_BOT_TOKEN = "unusual-looking-value"  # type: ignore[attr-defined]
    data = {
        "password": "hunter2hunter2",
        "header": "Bearer abcdefghijklmnop1234",
        "text": "it was unusual-looking-value",
        "secret_label": "main",
    }
    code = trail.record("rule.created", actor=ACTOR, obj=RULE, data=data)
    entry = Entry.objects.get(code=code)
    assert entry.data["secret_label"] == "main"
    assert entry.data["password"] == MASK
    for secret in (b"hunter2", b"abcdefghijklmnop", b"unusual-looking"):
        assert secret not in bytes(entry.canonical)


@pytest.mark.parametrize("odd", ["a\x00b", "a\ud800b", 2**60, 1.5, float("inf"), b"\x00", {1: {2}}])
def test_any_value_can_be_told(odd: object) -> None:
    code = trail.record("rule.created", actor=ACTOR, obj=RULE, data={"x": odd})
    assert Entry.objects.get(code=code).canonical


def test_the_time_is_the_databases_in_utc() -> None:
    entry = Entry.objects.get(code=trail.record("rule.created", actor=ACTOR, obj=RULE))
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp() - %s < interval '1 minute'", [entry.at])
        assert cursor.fetchone() == (True,)
    assert entry.at.utcoffset() is not None
    assert entry.at.utcoffset().total_seconds() == 0  # type: ignore[union-attr]


def test_people_of_the_trail_may_be_deleted() -> None:
    Person.objects.all().delete()
    trail.record("rule.created", actor=ACTOR, obj=RULE)
    assert Entry.objects.count() == 1
