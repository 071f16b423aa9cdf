"""Rules that come as files: the same way to a published version as rules written in the portal."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from audit import trail
from provisioning.approvals.models import Approval
from provisioning.rules import drafts, publishing, risks, switching, testcases, versions
from provisioning.rules.definitions import Definition
from provisioning.rules.drafts import DraftRefused
from provisioning.rules.models import Draft, Rule
from provisioning.rules.versions import Change


@dataclass(frozen=True, slots=True)
class Review:
    """Who agreed to these files outside, and where that can be read."""

    by: str
    url: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of one file; `approval` is what it now waits for."""

    change: Change
    approval: Approval | None = None


def needs_approval(change: Change) -> bool:
    """Whether `deliver` would ask somebody else. Turning off never waits."""
    if change.kind not in ("create", "change", "turn on"):
        return False
    return risks.needs_somebody_else(change.definition)


@transaction.atomic
def deliver(definitions: Sequence[Definition], *, actor: trail.Actor) -> list[Delivered]:
    """Publish what needs nobody else and ask for the rest; all of it or nothing.

    Raises DraftRefused.
    """
    list(Rule.objects.select_for_update().order_by("name").values_list("pk"))
    return [_deliver(change, actor=actor) for change in versions.plan(definitions)]


@transaction.atomic
def deliver_reviewed(
    definitions: Sequence[Definition], review: Review, *, actor: trail.Actor
) -> list[Delivered]:
    """Publish files that were reviewed elsewhere; the trail says by whom and where.

    Raises DraftRefused where a test case fails.
    """
    for change in versions.plan(definitions):
        if change.kind in ("create", "change"):
            _check_tests(change.definition)
    said = {"four_eyes": True, "reviewed_by": review.by, "review": review.url}
    return [Delivered(change) for change in versions.apply(definitions, actor=actor, said=said)]


def _deliver(change: Change, *, actor: trail.Actor) -> Delivered:
    if needs_approval(change):
        if change.kind == "turn on":
            return Delivered(change, switching.switch_on(change.name, reason="", actor=actor))
        draft = _draft(change.definition, actor=actor)
        return Delivered(change, publishing.ask(draft, reason="", actor=actor))
    if change.kind in ("create", "change"):
        _check_tests(change.definition)
    versions.apply([change.definition], actor=actor, said={"four_eyes": False})
    return Delivered(change)


def _draft(definition: Definition, *, actor: trail.Actor) -> Draft:
    """A draft that says this. One that somebody else is writing is never written over."""
    rule = Rule.objects.filter(name=definition.name).select_related("current").first()
    draft = Draft.objects.unfinished().filter(name=definition.name).first()
    if draft is None:
        draft = drafts.start(rule, name=definition.name, actor=actor)
    elif draft.digest == definition.digest():
        return draft
    elif draft.author_identity != actor.identity:
        raise DraftRefused(
            f"{draft.author} has a draft of {definition.name} that says something else. It has to "
            "be published or discarded first."
        )
    if rule is not None and rule.current is not None and draft.base_id != rule.current_id:
        draft = drafts.rebase(draft, onto=rule.current.number, actor=actor)
    return drafts.save(draft, definition=definition.canonical(), seen=draft.seen, actor=actor)


def _check_tests(definition: Definition) -> None:
    failed = [result for result in testcases.run_tests(definition) if not result.passed]
    if failed:
        raise DraftRefused(f"{definition.name}: a test case fails. {failed[0].why}")
