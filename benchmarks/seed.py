"""Reference data: 1,000,000 events, 300,000 runs with 1.5 million steps, 500,000 audit entries.

    python -m benchmarks.seed --data DIR [--events 1000000]

Other tables follow the number of events. Makes private servers in DIR and leaves the data there
for `python -m benchmarks.lists --data DIR`. Takes some minutes and 6 GB. A database that holds
events already is left alone.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import psycopg
from django.db import connections
from pydantic import JsonValue

from benchmarks import load, processing, servers
from benchmarks.figures import say
from portal.embedded import EmbeddedError, Services
from provisioning.events.models import Event
from provisioning.rules.fields import facts_of
from provisioning.rules.matching import ask, listeners
from provisioning.rules.models import Rule

RULES, PEOPLE = 200, 20_000
TYPES = (
    "user.account.update_profile", "user.session.start", "user.authentication.sso",
    "group.user_membership.add", "group.user_membership.remove", "user.lifecycle.create",
    "application.user_membership.add", "application.user_membership.remove",
    "user.lifecycle.activate", "user.lifecycle.deactivate", "user.lifecycle.suspend",
    "user.lifecycle.unsuspend", "user.mfa.factor.activate", "user.mfa.factor.deactivate",
    "policy.evaluate_sign_on", "user.account.lock", "user.account.unlock",
    "group.lifecycle.create", "group.profile.update", "user.account.privilege.grant",
)  # fmt: skip
#: The rows of these are made first and their indexes afterwards, which is several times faster.
LARGE = (
    "public.provisioning_event", "public.provisioning_run", "public.provisioning_step",
    "public.provisioning_attempt", "public.provisioning_verdict", "public.provisioning_delivery",
    "audit.entry",
)  # fmt: skip
_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = ANY(%s::regclass[])
  AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
"""
#: These got their ids from the seed; the sequences must go on behind them.
NUMBERED = ("provisioning_delivery", "provisioning_event", "provisioning_run")
_SEQUENCE = "SELECT setval(pg_get_serial_sequence('{0}', 'id'), (SELECT max(id) FROM {0}))"


def seed(services: Services, events: int) -> bool:
    """Fill an empty database; False where there are events already."""
    if Event.objects.exists():
        return False
    make_rules()
    values = parameters(events)
    connections.close_all()
    with servers.as_owner(services) as owner:
        owner.execute("SET synchronous_commit = off")
        owner.execute("SET maintenance_work_mem = '512MB'")
        with owner.transaction(), without_indexes(owner):
            owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for statement in statements():
                run(owner, statement, values)
            for table in NUMBERED:
                run(owner, _SEQUENCE.format(table), None)
    with psycopg.connect(services.superuser_url(), autocommit=True) as superuser:
        run(superuser, "VACUUM (ANALYZE)", None)
    return True


def make_rules() -> None:
    """200 rules with five steps each, through the use case that a person's command ends in."""
    texts = []
    for n in range(RULES):
        event_type, other = TYPES[n % len(TYPES)], TYPES[(n + 7) % len(TYPES)]
        texts.append(
            f"name: rule-{n}\nkind: event\ntitle: Rule number {n}\non: [{event_type}, {other}]\n"
            "when:\n  all:\n"
            "    - {field: event.outcome.result, op: equals, value: SUCCESS}\n"
            "    - {field: user.profile.department, op: equals, value: Marketing}\n"
            "do:\n" + "".join(_STEP.format(name=name) for name in "abcde")
        )
    processing.apply_rules(*texts)


_STEP = """\
  - id: folder-{name}
    action: aws.s3.create_folder
    with: {{bucket: team-folders, key: "marketing-{{{{ user.profile.firstName }}}}-{name}/"}}
"""


def parameters(events: int) -> dict[str, Any]:
    rules = dict(Rule.objects.order_by("id").values_list("id", "current_id"))
    by_rule: list[int | None] = [rules.get(number) for number in range(1, max(rules) + 1)]
    body = load.event() | {"uuid": "@@UUID@@", "eventType": "@@TYPE@@"}
    body["target"][0]["id"] = "@@PERSON@@"
    return {
        "events": events,
        "deliveries": max(1, events // 4),
        "runs": max(1, events * 3 // 10),
        "entries": max(1, events // 2),
        "people": PEOPLE,
        "types": list(TYPES),
        "body": orjson.dumps(body).decode(),
        "rules": list(rules),
        "rule_count": len(rules),
        "versions": by_rule,
        "matched": trace("Marketing"),
        "unmatched": trace("Sales"),
    }


def trace(department: str) -> str:
    """What a rule says of an event, as the engine keeps it."""
    user: JsonValue = {"id": "00u1", "profile": {"department": department}}
    assert isinstance(user, dict)
    (said, *_) = ask(listeners()[TYPES[0]], facts_of(load.event(), user=user))
    return orjson.dumps(said.trace).decode()


def statements() -> list[str]:
    text = Path(__file__).with_name("seed.sql").read_text()
    return [part for part in text.split(";\n") if part.strip()]


def run(connection: "psycopg.Connection[Any]", statement: str, values: Any) -> None:
    started = time.monotonic()
    psycopg.ClientCursor(connection).execute(statement, values)
    took = time.monotonic() - started
    if took > 1:
        words = [line for line in statement.splitlines() if line and not line.startswith("--")]
        say(f"  {took:5.1f} s  {words[0][:70]}")


@contextmanager
def without_indexes(owner: "psycopg.Connection[Any]") -> Iterator[None]:
    found = owner.execute(_INDEXES, (list(LARGE),)).fetchall()
    for name, _ in found:
        owner.execute(f"DROP INDEX {name}")
    yield
    for _, definition in found:
        run(owner, definition, None)


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__))
    parser.add_argument("--data", type=Path, required=True, help="folder of the servers")
    parser.add_argument("--events", type=int, default=1_000_000)
    chosen = parser.parse_args()
    try:
        with servers.running(chosen.data) as services:
            if not seed(services, chosen.events):
                say(f"The database in {chosen.data} holds events already; nothing was changed.")
    except EmbeddedError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
