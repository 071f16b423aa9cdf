"""Writing rules: a draft keeps whatever was typed and changes nothing until it is published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import re2
from django.db import IntegrityError, transaction
from pydantic import JsonValue

from audit import trail
from provisioning.approvals import requests
from provisioning.approvals.models import Approval
from provisioning.clocks import database_now
from provisioning.rules.bounds import storable
from provisioning.rules.definitions import data_to_yaml, load_definition
from provisioning.rules.lookups import load_checked
from provisioning.rules.models import Draft, Rule, RuleVersion
from provisioning.rules.problems import DefinitionErrors, Problem
from provisioning.rules.schema import NAME, PATTERNS
from provisioning.rules.yaml_source import MAX_BYTES, read

State = Draft.State
#: Approvals of drafts are about this kind of object, by the draft's code.
OBJECT_KIND = "rule-draft"
#: Not the name of a rule: it is a page's.
RESERVED = frozenset({"new"})


class DraftRefused(Exception):  # noqa: N818
    """This cannot be done with the draft now; the message says why, in a sentence."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was typed, looked at: `definition` is None where it cannot be read as YAML."""

    definition: JsonValue
    source: str
    digest: str
    problems: list[dict[str, Any]]


def check_source(source: str, name: str) -> Reading:
    """Everything that is wrong with a YAML text, each with line and column. Stores nothing."""
    try:
        data = read(source, f"{name}.yaml").data
    except DefinitionErrors as errors:
        return Reading(None, source, "", _plain(errors.problems))
    try:
        definition = load_checked(source, f"{name}.yaml")
    except DefinitionErrors as errors:
        return Reading(data, source, "", _plain(errors.problems))
    if definition.name != name:
        at = read(source, f"{name}.yaml").position(("name",))
        problem = Problem("", at.line, at.column, "name", "The name of a rule never changes.", name)
        return Reading(data, source, "", _plain([problem]))
    return Reading(definition.canonical(), source, definition.digest(), [])


def check_definition(definition: Mapping[str, JsonValue], name: str) -> Reading:
    """The same for plain data, as a form makes it."""
    return check_source(storable(data_to_yaml(dict(definition))), name)


@transaction.atomic
def start(rule: Rule | None, *, actor: trail.Actor, name: str = "") -> Draft:
    """Begin to change a rule, or to write a new one called `name`. Raises DraftRefused."""
    if rule is None:
        _check_new_name(name)
        return _create(None, None, name, {"name": name, "kind": "event"}, actor=actor)
    base = rule.current
    if base is None:
        raise DraftRefused(f"The rule {rule.name} has no version to begin with.")
    return _create(rule, base, rule.name, _as_it_is(rule, base), actor=actor)


@transaction.atomic
def restore(version: RuleVersion, *, actor: trail.Actor) -> Draft:
    """Begin with an old version; published, it becomes a new one. Raises DraftRefused."""
    rule = version.rule
    return _create(rule, rule.current, rule.name, _as_it_is(rule, version), actor=actor,
                   restores=version.number)  # fmt: skip


def _as_it_is(rule: Rule, version: RuleVersion) -> dict[str, Any]:
    """The version's definition, with the rule on or off as it now is."""
    definition = load_definition(version.definition)
    return definition.model_copy(update={"enabled": rule.enabled}).canonical()


def _check_new_name(name: str) -> None:
    if not re2.fullmatch(NAME, name) or name in RESERVED:
        raise DraftRefused(f"“{name[:80]}” cannot be a rule's name: {PATTERNS[NAME]}.")
    if Rule.objects.filter(name=name).exists():
        raise DraftRefused(f"There is a rule called {name} already. Edit that one.")


def _create(
    rule: Rule | None,
    base: RuleVersion | None,
    name: str,
    data: Mapping[str, JsonValue],
    *,
    actor: trail.Actor,
    restores: int = 0,
) -> Draft:
    reading, now = check_definition(data, name), database_now()
    draft = Draft(
        rule=rule, name=name, base=base, definition=reading.definition, source=reading.source,
        digest=reading.digest, problems=reading.problems, author=actor.name,
        author_identity=actor.identity,
        author_identities=[actor.identity], created_at=now, changed_at=now,
    )  # fmt: skip
    try:
        with transaction.atomic():
            draft.save(force_insert=True)
    except IntegrityError:
        there = Draft.objects.unfinished().filter(name=name).first()
        who = f", last changed by {there.author}" if there else ""
        raise DraftRefused(
            f"There is a draft of {name} already{who}. Go on with it or discard it."
        ) from None
    about: dict[str, Any] = {"rule": name, "base": base.number if base else None}
    _tell("draft.created", draft, actor, about | ({"restores": restores} if restores else {}))
    return draft


@transaction.atomic
def save(
    draft: Draft,
    *,
    seen: str,
    actor: trail.Actor,
    definition: Mapping[str, JsonValue] | None = None,
    source: str | None = None,
) -> Draft:
    """Keep what was typed, right or wrong; the draft comes back with its problems.

    `seen` is that of the draft that was edited: what somebody else saved since is never written
    over. Saving what waits for approval ends the request. Raises DraftRefused.
    """
    if (definition is None) == (source is None):
        raise ValueError("Give either a definition or a source.")
    if source is not None and len(source.encode("utf-8", "replace")) > MAX_BYTES:
        raise DraftRefused("The text is larger than 256 KB; nothing was saved.")
    draft = _unfinished(draft)
    if seen != draft.seen:
        raise DraftRefused(
            f"{draft.author} saved this draft after you opened it. Copy what you wrote, open it "
            "again and put it in there; nothing was saved."
        )
    if source is not None:
        reading = check_source(clean_source(source), draft.name)
        same = reading.source == draft.source
    else:
        reading = check_definition(definition or {}, draft.name)
        same = reading.definition == draft.definition  # and the comments in the YAML stay
    if same and reading.problems == draft.problems:
        return draft
    requests.void(OBJECT_KIND, draft.code, because="The draft was changed.", actor=actor)
    _store(draft, reading, now=database_now(), actor=actor)
    said = {"rule": draft.name, "sha256": draft.digest, "problems": len(draft.problems)}
    _tell("draft.saved", draft, actor, said)
    return draft


def clean_source(source: str) -> str:
    """As it was typed, with the line ends of a form made plain, and as it can be stored."""
    return storable(source.replace("\r\n", "\n").replace("\r", "\n"))


def _store(draft: Draft, reading: Reading, *, now: datetime, actor: trail.Actor) -> None:
    draft.definition, draft.source = reading.definition, reading.source
    draft.digest, draft.problems = reading.digest, reading.problems
    draft.state, draft.revision = State.OPEN, draft.revision + 1
    draft.author, draft.author_identity = actor.name, actor.identity
    draft.author_identities = sorted({*draft.author_identities, actor.identity})
    draft.changed_at = now
    draft.save()


@transaction.atomic
def rebase(draft: Draft, *, onto: int, actor: trail.Actor) -> Draft:
    """Go on on top of the version in force, `onto`, that came out since the draft was begun.

    Whoever does this has seen what it changed; the draft's own words stay. Raises DraftRefused.
    """
    draft = _unfinished(draft)
    current = draft.rule.current if draft.rule else None
    if current is None or current.number != onto:
        raise DraftRefused("Another version is in force by now. Look at the difference again.")
    requests.void(OBJECT_KIND, draft.code, because="The draft was changed.", actor=actor)
    draft.base, draft.state = current, State.OPEN
    draft.revision, draft.changed_at = draft.revision + 1, database_now()
    draft.save()
    _tell("draft.saved", draft, actor, {"rule": draft.name, "base": onto, "sha256": draft.digest})
    return draft


@transaction.atomic
def discard(draft: Draft, *, actor: trail.Actor) -> Draft:
    """Let go of a draft; what it said stays readable. Raises DraftRefused."""
    draft = _unfinished(draft)
    requests.void(OBJECT_KIND, draft.code, because="The draft was discarded.", actor=actor)
    move(draft, State.DISCARDED, now=database_now())
    _tell("draft.discarded", draft, actor, {"rule": draft.name, "sha256": draft.digest})
    return draft


def move(draft: Draft, state: Draft.State, *, now: datetime) -> None:
    """Give an unfinished draft another state. Raises DraftRefused if it is finished."""
    rows = Draft.objects.unfinished().filter(pk=draft.pk, revision=draft.revision)
    if rows.update(state=state, changed_at=now) != 1:
        raise DraftRefused("This draft was changed, published or discarded meanwhile.")
    draft.state, draft.changed_at = state, now


def locked(draft: Draft) -> Draft:
    """The draft as it now is, kept so until the transaction ends."""
    # Approval first, then what it is about: the order everywhere.
    list(Approval.objects.open().about(OBJECT_KIND, draft.code).select_for_update())
    rows = Draft.objects.select_for_update(of=("self",)).select_related("rule", "base")
    return rows.get(pk=draft.pk)


def _unfinished(draft: Draft) -> Draft:
    draft = locked(draft)
    if draft.state not in Draft.UNFINISHED:
        raise DraftRefused(f"This draft was {draft.get_state_display().lower()} already.")
    return draft


def _plain(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [
        {"line": one.line, "column": one.column, "path": one.path, "message": one.message,
         "expected": one.expected}
        for one in problems
    ]  # fmt: skip


def _tell(verb: str, draft: Draft, actor: trail.Actor, data: Mapping[str, Any]) -> None:
    trail.record(verb, actor=actor, obj=trail.Object("draft", draft.code, draft.name), data=data)
