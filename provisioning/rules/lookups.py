"""Lookup tables: what a rule says "see the table" about. Versions are immutable, and a new one is
agreed to by somebody else, as with rules."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import rfc8785
from django.db import IntegrityError, transaction
from django.db.models import F

from audit import trail
from audit.canonical import clean
from provisioning.actions.registry import ACTIONS
from provisioning.approvals import policy, requests
from provisioning.approvals.models import Approval, Decision
from provisioning.approvals.requests import Decided
from provisioning.clocks import database_now
from provisioning.rules.definitions import Definition, load_rule
from provisioning.rules.filters import TABLE_NAME, Tables
from provisioning.rules.models import LookupTable, LookupVersion, Rule
from provisioning.rules.problems import DefinitionErrors
from provisioning.rules.templating import tables as tables_in
from provisioning.rules.yaml_source import read

KIND = "lookup"
OBJECT_KIND = "lookup"
MOST_ENTRIES = 5_000
LONGEST_KEY, LONGEST_VALUE = 300, 4_000

Entries = Mapping[str, Any]


class LookupRefused(Exception):  # noqa: N818
    """This cannot be done with the table; the message says why, in a sentence."""


def check_name(name: str) -> str:
    if not TABLE_NAME.fullmatch(name) or name == "new":
        raise LookupRefused(
            f"“{name[:80]}” cannot be a table's name: up to 63 of a-z, 0-9, _ and -, such as "
            "team_buckets."
        )
    return name


def check_entries(entries: Entries) -> dict[str, Any]:
    """Text or objects of texts and lists of texts, by key. Raises LookupRefused."""
    if not entries:
        raise LookupRefused("The table has no entries.")
    if len(entries) > MOST_ENTRIES:
        raise LookupRefused(f"The table has more than {MOST_ENTRIES:,} entries.")
    for key, value in entries.items():
        if not key or len(key) > LONGEST_KEY:
            raise LookupRefused(f"A key has 1 to {LONGEST_KEY} characters: “{key[:80]}”.")
        if not _is_value(value):
            raise LookupRefused(
                f"The entry “{key[:80]}” is neither a text of up to {LONGEST_VALUE:,} characters "
                "nor an object of texts and lists of texts."
            )
    cleaned: dict[str, Any] = clean(dict(entries))
    return cleaned


def _is_value(value: Any) -> bool:
    if not isinstance(value, dict):
        return _is_text(value)
    return len(str(value)) <= LONGEST_VALUE and all(
        _is_text(one) or (isinstance(one, list) and all(map(_is_text, one)))
        for one in value.values()
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_VALUE


def digest_of(entries: Entries) -> str:
    return hashlib.sha256(rfc8785.dumps(clean(dict(entries)))).hexdigest()


def current(name: str) -> LookupVersion | None:
    return LookupVersion.objects.filter(table__name=name, pk=F("table__current")).first()


def numbers(names: Iterable[str]) -> dict[str, int]:
    """Table -> the version in force."""
    rows = LookupTable.objects.filter(name__in=set(names), current__isnull=False)
    return dict(rows.values_list("name", "current__number"))


def entries_of(definition: Definition) -> Tables:
    """The tables that a rule reads, as they are in force."""
    if not definition.tables:
        return {}
    rows = LookupTable.objects.filter(name__in=definition.tables, current__isnull=False)
    return dict(rows.values_list("name", "current__entries"))


def frozen(used: Iterable[Mapping[str, int] | None]) -> dict[tuple[str, int], Entries]:
    """The entries of these versions, each read once: `used` is table -> number of several runs."""
    wanted = {pair for one in used for pair in (one or {}).items()}
    if not wanted:
        return {}
    rows = LookupVersion.objects.filter(table__name__in={name for name, _ in wanted})
    found = rows.filter(number__in={number for _, number in wanted})
    listed = found.values_list("table__name", "number", "entries")
    return {(name, number): entries for name, number, entries in listed}


def changes(before: Entries, after: Entries) -> dict[str, Any]:
    return {
        "added": sorted(set(after) - set(before)),
        "removed": sorted(set(before) - set(after)),
        "changed": sorted(key for key in before if key in after and before[key] != after[key]),
    }


def users_of(name: str) -> list[Rule]:
    """The rules whose version in force reads this table."""
    rules = Rule.objects.filter(current__isnull=False).select_related("current").order_by("name")
    return [rule for rule in rules if rule.current and name in _tables_of(rule.current.definition)]


def _tables_of(definition: Mapping[str, Any]) -> set[str]:
    return {name for step in definition.get("do", ()) for _, name in tables_in(step.get("with"))}


def risk_of(users: Collection[Rule]) -> Approval.Risk:
    """That of what the rules that read it do."""
    effects = {
        ACTIONS[step["action"]].effect.value
        for rule in users
        for step in (rule.current.definition["do"] if rule.current else ())
        if step["action"] in ACTIONS
    }
    return policy.risk_of(effects, bulk=bool(effects & policy.DESTRUCTIVE))


def load_checked(text: str, filename: str) -> Definition:
    """The rule in a YAML text, whose tables are all there. Raises DefinitionErrors."""
    definition = load_rule(text, filename, actions=ACTIONS)
    if not definition.tables:
        return definition
    known = set(numbers(definition.tables))
    source = read(text, filename)
    problems = [
        source.problem(("do", index, "with", *place), f"There is no lookup table `{name}`.")
        for index, step in enumerate(definition.do)
        for place, name in tables_in(step.with_)
        if name not in known
    ]
    if problems:
        raise DefinitionErrors(problems)
    return definition


@transaction.atomic
def propose(
    name: str, entries: Entries, *, seen: str, reason: str, actor: trail.Actor
) -> Approval | LookupVersion:
    """Make a new version, or ask somebody else where the policy wants that.

    `seen` is the digest of the version that was looked at, empty for a new table. Raises
    LookupRefused.
    """
    check_name(name)
    entries = check_entries(entries)
    open_one = Approval.objects.open().about(OBJECT_KIND, name).select_for_update().first()
    before = current(name)
    if (before.digest if before else "") != seen:
        raise LookupRefused("Another version came out after you opened the table. Look again.")
    digest = digest_of(entries)
    if before is not None and before.digest == digest:
        raise LookupRefused("Nothing would change: the table says the same already.")
    if open_one is not None and open_one.requester_identity != actor.identity:
        raise LookupRefused(
            f"{open_one.requester} has asked for another change of this table. It has to be "
            "decided first."
        )
    users = users_of(name)
    risk = risk_of(users)
    if not policy.second_person_needed(risk):
        requests.void(OBJECT_KIND, name, because="It was published meanwhile.", actor=actor)
        said = {"four_eyes": False, "reason": reason.strip()}
        return _publish(name, entries, (actor.label or actor.id, actor.identity), said, actor=actor)
    content = {
        "table": name,
        "base": {"version": before.number, "digest": before.digest} if before else None,
        "version": before.number + 1 if before else 1,
        "digest": digest,
        "entries": entries,
        "changes": changes(before.entries if before else {}, entries),
        "used_by": [rule.name for rule in users],
        "risk": risk.value,
        "author": actor.label or actor.id,
    }
    what = requests.Ask(
        kind=KIND,
        object_kind=OBJECT_KIND,
        object_code=name,
        title=f"Version {content['version']} of the table {name}",
        content=content,
        risk=risk.value,
        author_identity=actor.identity,
        reason=reason.strip(),
    )
    return requests.ask(what, actor=actor)


@transaction.atomic
def decide(
    approval: Approval,
    *,
    verdict: str,
    digest: str,
    reason: str,
    roles: Collection[str],
    actor: trail.Actor,
) -> Decided:
    """Record one person's decision, and publish if it was the last one needed.

    Comes back `changed` and void where another version came out. Raises CannotDecide.
    """
    approval = Approval.objects.select_for_update().get(pk=approval.pk)
    content = approval.content
    list(LookupTable.objects.select_for_update().filter(name=content["table"]).values_list("pk"))
    before = current(content["table"])
    wanted = (content["base"] or {}).get("digest")
    if approval.state == Approval.State.OPEN and (before.digest if before else None) != wanted:
        because = "The table has another version by now than the one this is based on."
        requests.void(OBJECT_KIND, approval.object_code, because=because, actor=actor)
        approval.refresh_from_db()
        return Decided(approval, changed=True)
    approval = requests.decide(
        approval, verdict=verdict, digest=digest, reason=reason, roles=roles, actor=actor
    )
    if approval.state == Approval.State.APPROVED:
        agreed = approval.decisions.filter(verdict=Decision.Verdict.APPROVE)
        said = {
            "four_eyes": True,
            "approval": approval.code,
            "requested_by": approval.requester_identity,
            "approved_by": sorted(agreed.values_list("decider_identity", flat=True)),
        }
        author = (content["author"], approval.author_identity)
        _publish(content["table"], content["entries"], author, said, actor=actor)
    return Decided(approval)


def _publish(
    name: str,
    entries: Entries,
    author: tuple[str, str],
    said: Mapping[str, Any],
    *,
    actor: trail.Actor,
) -> LookupVersion:
    now = database_now()
    table = LookupTable.objects.select_for_update().filter(name=name).first()
    if table is None:
        try:
            with transaction.atomic():
                table = LookupTable.objects.create(name=name, created_at=now, changed_at=now)
        except IntegrityError:
            raise LookupRefused("A table of this name was made meanwhile.") from None
    number = LookupVersion.objects.filter(table=table).count() + 1
    version = LookupVersion.objects.create(
        table=table, number=number, entries=entries, digest=digest_of(entries), author=author[0],
        author_identity=author[1], created_at=now,
    )  # fmt: skip
    LookupTable.objects.filter(pk=table.pk).update(current=version, changed_at=now)
    trail.record(
        "lookup.created" if number == 1 else "lookup.changed",
        actor=actor,
        obj=trail.Object("lookup", name, name),
        data={"version": number, "sha256": version.digest, "entries": len(entries), **said},
    )
    return version
