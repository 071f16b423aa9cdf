"""Keeping rules: a changed definition makes a new immutable version; runs keep theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from audit import trail
from provisioning.clocks import database_now
from provisioning.rules.definitions import Definition, to_yaml
from provisioning.rules.models import Rule, RuleVersion


@dataclass(frozen=True, slots=True)
class Change:
    """What applying a definition would do to one rule."""

    name: str
    kind: str
    definition: Definition
    before: RuleVersion | None

    @property
    def changes_anything(self) -> bool:
        return self.kind != "same"


def plan(definitions: Sequence[Definition]) -> list[Change]:
    """What `apply` would do with these, in their order. Changes nothing."""
    names = [definition.name for definition in definitions]
    rules = {
        rule.name: rule for rule in Rule.objects.filter(name__in=names).select_related("current")
    }
    return [_change(definition, rules.get(definition.name)) for definition in definitions]


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a version, where that is not the one who puts it into force."""

    label: str
    identity: str


@transaction.atomic
def apply(
    definitions: Sequence[Definition],
    *,
    actor: trail.Actor,
    said: Mapping[str, Any] | None = None,
) -> list[Change]:
    """Make new rules and new versions, all of them or none. Rules not named stay as they are.

    Asks nobody: who may do this without a second person is decided by the caller, who has `said`
    written down with each change.
    """
    now = database_now()
    list(Rule.objects.select_for_update().order_by("name").values_list("pk"))
    changes = plan(definitions)
    for change in changes:
        if change.kind == "create":
            _create(change.definition, author_of(actor), actor=actor, now=now, said=said)
        elif change.kind == "change":
            _add_version(change, author_of(actor), actor=actor, now=now, said=said)
        if change.kind in ("turn on", "turn off", "change"):
            switch(change.name, on=change.definition.enabled, actor=actor)
    return changes


@transaction.atomic
def publish(
    definition: Definition, *, author: Author, actor: trail.Actor, said: Mapping[str, Any]
) -> RuleVersion:
    """Put one definition into force as a new version, in the caller's transaction."""
    now = database_now()
    list(Rule.objects.select_for_update().filter(name=definition.name).values_list("pk"))
    (change,) = plan([definition])
    if change.kind == "create":
        return _create(definition, author, actor=actor, now=now, said=said)
    version = _add_version(change, author, actor=actor, now=now, said=said)
    switch(definition.name, on=definition.enabled, actor=actor)
    return version


def author_of(actor: trail.Actor) -> Author:
    return Author(actor.name, actor.identity)


@transaction.atomic
def switch(
    name: str, *, on: bool, actor: trail.Actor, said: Mapping[str, Any] | None = None
) -> bool:
    """Turn a rule on or off, at once; False where it already is so. Asks nobody, like `apply`."""
    changed = Rule.objects.filter(name=name, enabled=not on).update(
        enabled=on, changed_at=database_now()
    )
    if changed:
        verb = "rule.turned_on" if on else "rule.turned_off"
        trail.record(verb, actor=actor, obj=trail.Object("rule", name, name), data=said)
    return bool(changed)


def _change(definition: Definition, rule: Rule | None) -> Change:
    if rule is None:
        return Change(definition.name, "create", definition, None)
    kind = "same"
    if rule.current is None or rule.current.digest != definition.digest():
        kind = "change"
    elif rule.enabled != definition.enabled:
        kind = "turn on" if definition.enabled else "turn off"
    return Change(definition.name, kind, definition, rule.current)


def _create(
    definition: Definition,
    author: Author,
    *,
    actor: trail.Actor,
    now: datetime,
    said: Mapping[str, Any] | None,
) -> RuleVersion:
    rule = Rule.objects.create(
        name=definition.name, enabled=definition.enabled, created_at=now, changed_at=now
    )
    version = _version(rule, 1, definition, author, now)
    Rule.objects.filter(pk=rule.pk).update(current=version)
    trail.record(
        "rule.created",
        actor=actor,
        obj=trail.Object("rule", rule.name, rule.name),
        data={"version": 1, "sha256": version.digest, "enabled": rule.enabled, **(said or {})},
    )
    return version


def _add_version(
    change: Change,
    author: Author,
    *,
    actor: trail.Actor,
    now: datetime,
    said: Mapping[str, Any] | None,
) -> RuleVersion:
    rule = Rule.objects.get(name=change.name)
    number = (change.before.number if change.before else 0) + 1
    version = _version(rule, number, change.definition, author, now)
    Rule.objects.filter(pk=rule.pk).update(current=version, changed_at=now)
    trail.record(
        "rule.changed",
        actor=actor,
        obj=trail.Object("rule", rule.name, rule.name),
        data={
            "version": number,
            "sha256": version.digest,
            "before": change.before.digest if change.before else "",
            **(said or {}),
        },
    )
    return version


def _version(
    rule: Rule, number: int, definition: Definition, author: Author, now: datetime
) -> RuleVersion:
    return RuleVersion.objects.create(
        rule=rule,
        number=number,
        title=definition.title or definition.name,
        definition=definition.canonical(),
        source=to_yaml(definition),
        digest=definition.digest(),
        event_types=list(definition.on),
        author=author.label,
        author_identity=author.identity,
        created_at=now,
    )
