"""Keeping rules: a changed definition makes a new immutable version; runs keep theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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


@transaction.atomic
def apply(definitions: Sequence[Definition], *, actor: trail.Actor) -> list[Change]:
    """Make new rules and new versions, all of them or none. Rules not named stay as they are."""
    now = database_now()
    list(Rule.objects.select_for_update().order_by("name").values_list("pk"))
    changes = plan(definitions)
    for change in changes:
        if change.kind == "create":
            _create(change.definition, actor=actor, now=now)
        elif change.kind == "change":
            _add_version(change, actor=actor, now=now)
        if change.kind in ("turn on", "turn off", "change"):
            switch(change.name, on=change.definition.enabled, actor=actor)
    return changes


@transaction.atomic
def switch(name: str, *, on: bool, actor: trail.Actor) -> bool:
    """Turn a rule on or off, at once; False where it already is so."""
    changed = Rule.objects.filter(name=name, enabled=not on).update(
        enabled=on, changed_at=database_now()
    )
    if changed:
        verb = "rule.turned_on" if on else "rule.turned_off"
        trail.record(verb, actor=actor, obj=trail.Object("rule", name, name))
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


def _create(definition: Definition, *, actor: trail.Actor, now: datetime) -> None:
    rule = Rule.objects.create(
        name=definition.name, enabled=definition.enabled, created_at=now, changed_at=now
    )
    version = _version(rule, 1, definition, actor, now)
    Rule.objects.filter(pk=rule.pk).update(current=version)
    trail.record(
        "rule.created",
        actor=actor,
        obj=trail.Object("rule", rule.name, rule.name),
        data={"version": 1, "sha256": version.digest, "enabled": rule.enabled},
    )


def _add_version(change: Change, *, actor: trail.Actor, now: datetime) -> None:
    rule = Rule.objects.get(name=change.name)
    number = (change.before.number if change.before else 0) + 1
    version = _version(rule, number, change.definition, actor, now)
    Rule.objects.filter(pk=rule.pk).update(current=version, changed_at=now)
    trail.record(
        "rule.changed",
        actor=actor,
        obj=trail.Object("rule", rule.name, rule.name),
        data={
            "version": number,
            "sha256": version.digest,
            "before": change.before.digest if change.before else "",
        },
    )


def _version(
    rule: Rule, number: int, definition: Definition, actor: trail.Actor, now: datetime
) -> RuleVersion:
    return RuleVersion.objects.create(
        rule=rule,
        number=number,
        title=definition.title or definition.name,
        definition=definition.canonical(),
        source=to_yaml(definition),
        digest=definition.digest(),
        event_types=list(definition.on),
        author=actor.label or actor.id,
        author_identity=actor.identity,
        created_at=now,
    )
