"""Lookup tables: what a rule says "see the table" about. Versions are immutable, and a new one is
agreed to by somebody else, as with rules."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Unpack

from django.db import IntegrityError, transaction
from django.db.models import F

from audit import trail
from provisioning.actions.registry import ACTIONS
from provisioning.approvals import policy, requests
from provisioning.approvals.models import Approval, Decision
from provisioning.approvals.requests import Decided, Said
from provisioning.clocks import database_now
from provisioning.rules.definitions import Definition, load_rule
from provisioning.rules.filters import Tables
from provisioning.rules.lookup_entries import (
    Entries,
    LookupRefused,
    changes,
    check_entries,
    check_name,
    digest_of,
)
from provisioning.rules.lookup_models import LookupTable, LookupVersion
from provisioning.rules.models import Rule
from provisioning.rules.problems import DefinitionErrors
from provisioning.rules.sending_back import tell_author
from provisioning.rules.templating import tables as tables_in
from provisioning.rules.yaml_source import read

KIND = "lookup"
OBJECT_KIND = "lookup"


def current(name: str) -> LookupVersion | None:
    return LookupVersion.objects.filter(table__name=name, pk=F("table__current")).first()


def numbers(names: Iterable[str]) -> dict[str, int]:
    """Table -> the version in force."""
    wanted = set(names)
    if not wanted:
        return {}
    rows = LookupTable.objects.filter(name__in=wanted, current__isnull=False)
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


def asked_for(name: str = "") -> list[Approval]:
    """The last request for each table, or for the one of this name, that is not there yet: it
    waits, or was sent back."""
    about = Approval.objects.filter(object_kind=OBJECT_KIND)
    about = about.filter(object_code=name) if name else about
    new = about.exclude(object_code__in=LookupTable.objects.values("name"))
    last = new.order_by("object_code", "-pk").distinct("object_code")
    wanted = (Approval.State.OPEN, Approval.State.CHANGES)
    return [one for one in last if one.state in wanted]


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
    if before is not None and before.digest == digest_of(entries):
        raise LookupRefused("Nothing would change: the table says the same already.")
    if open_one is not None and open_one.requester_identity != actor.identity:
        raise LookupRefused(
            f"{open_one.requester} has asked for another change of this table. It has to be "
            "decided first."
        )
    users = users_of(name)
    if not policy.second_person_needed(risk_of(users)):
        requests.void(OBJECT_KIND, name, because="It was published meanwhile.", actor=actor)
        said = {"four_eyes": False, "reason": reason.strip()}
        return _publish(name, entries, (actor.name, actor.identity), said, actor=actor)
    content = _content(name, entries, before, users, actor)
    what = requests.Ask(
        kind=KIND,
        object_kind=OBJECT_KIND,
        object_code=name,
        title=f"Version {content['version']} of the table {name}",
        content=content,
        risk=content["risk"],
        author_identity=actor.identity,
        reason=reason.strip(),
    )
    return requests.ask(what, actor=actor)


def _content(
    name: str,
    entries: Entries,
    before: LookupVersion | None,
    users: Collection[Rule],
    actor: trail.Actor,
) -> dict[str, Any]:
    """Exactly what would be in force; its hash is what is approved."""
    return {
        "table": name,
        "base": {"version": before.number, "digest": before.digest} if before else None,
        "version": before.number + 1 if before else 1,
        "digest": digest_of(entries),
        "entries": entries,
        "changes": changes(before.entries if before else {}, entries),
        "used_by": [rule.name for rule in users],
        "risk": risk_of(users).value,
        "author": actor.name,
    }


@transaction.atomic
def decide(
    approval: Approval,
    *,
    actor: trail.Actor,
    **said: Unpack[Said],
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
    approval = requests.decide_or_send_back(approval, actor=actor, **said)
    if approval.state == Approval.State.CHANGES:
        tell_author(approval, by=actor.name)
    if approval.state == Approval.State.APPROVED:
        agreed = approval.decisions.filter(verdict=Decision.Verdict.APPROVE)
        how = {
            "four_eyes": True,
            "approval": approval.code,
            "requested_by": approval.requester_identity,
            "approved_by": sorted(agreed.values_list("decider_identity", flat=True)),
        }
        author = (content["author"], approval.author_identity)
        _publish(content["table"], content["entries"], author, how, actor=actor)
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
