"""From a draft to a version in force: tested, asked for, agreed to by somebody else, published.

What is agreed to is exactly one definition on top of exactly one version. If either is another by
then, the request is void and nothing happens.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from django.db import transaction

from audit import trail
from provisioning.approvals import requests
from provisioning.approvals.models import Approval, Decision
from provisioning.approvals.requests import Decided, Said
from provisioning.clocks import database_now
from provisioning.rules import backtests, drafts, risks, testcases, versions
from provisioning.rules.comparing import differences
from provisioning.rules.definitions import Definition, load_definition
from provisioning.rules.drafts import OBJECT_KIND, DraftRefused
from provisioning.rules.models import Draft, Rule, RuleVersion
from provisioning.rules.sending_back import tell_author

KIND = "rule"


def content_of(
    draft: Draft, definition: Definition, tests: Sequence[testcases.Result]
) -> dict[str, Any]:
    """Exactly what would happen, as plain JSON; its hash is what is approved."""
    base = draft.base
    before = base.definition if base else {}
    return {
        "rule": draft.name,
        "draft": draft.code,
        "base": {"version": base.number, "digest": base.digest} if base else None,
        "version": base.number + 1 if base else 1,
        "digest": draft.digest,
        "definition": definition.canonical(),
        "on": {"before": draft.rule.enabled if draft.rule else None, "after": definition.enabled},
        "diff": differences(before, definition.canonical()),
        "effects": risks.effects_of(definition),
        "risk": risks.risk_of(definition).value,
        "authors": draft.author_identities,
        "author": draft.author,
        "tests": [result.plain() for result in tests],
        "backtest": backtests.summary(draft),
    }


@transaction.atomic
def ask(draft: Draft, *, reason: str, actor: trail.Actor) -> Approval:
    """Ask somebody else to publish this draft. Raises DraftRefused."""
    draft, definition, tests = _ready(draft)
    content = content_of(draft, definition, tests)
    what = requests.Ask(
        kind=KIND,
        object_kind=OBJECT_KIND,
        object_code=draft.code,
        title=f"Version {content['version']} of {draft.name}",
        content=content,
        risk=content["risk"],
        author_identity=draft.author_identity,
        reason=reason.strip(),
    )
    approval = requests.ask(what, actor=actor)
    drafts.move(draft, Draft.State.ASKED, now=database_now())
    return approval


@transaction.atomic
def publish(draft: Draft, *, reason: str, actor: trail.Actor) -> RuleVersion:
    """Publish without a second person, where the policy allows that. Raises DraftRefused."""
    draft, definition, tests = _ready(draft)
    if risks.needs_somebody_else(definition):
        raise DraftRefused("Somebody else has to approve this. Ask for approval.")
    requests.void(OBJECT_KIND, draft.code, because="It was published meanwhile.", actor=actor)
    said = {"four_eyes": False, "reason": reason.strip(), "tests": len(tests)}
    return _publish(draft, definition, said, actor=actor)


@transaction.atomic
def withdraw(draft: Draft, *, actor: trail.Actor) -> Draft:
    """Take a request back and go on writing. Raises DraftRefused."""
    draft = drafts.locked(draft)
    if draft.state != Draft.State.ASKED:
        raise DraftRefused("This draft does not wait for approval.")
    requests.void(OBJECT_KIND, draft.code, because="It was taken back.", actor=actor)
    drafts.move(draft, Draft.State.OPEN, now=database_now())
    return draft


@transaction.atomic
def decide(
    approval: Approval,
    *,
    actor: trail.Actor,
    **said: Unpack[Said],
) -> Decided:
    """Record one person's decision, and publish or turn on if that was the last one needed.

    Comes back `changed` and void, with the reason in `ended_because`, where what was asked for is
    another by now. Raises CannotDecide.
    """
    approval = Approval.objects.select_for_update().get(pk=approval.pk)
    draft = _draft_of(approval)
    stale = "" if approval.state != Approval.State.OPEN else why_stale(approval, draft)
    if stale:
        requests.void(approval.object_kind, approval.object_code, because=stale, actor=actor)
        let_go(approval)
        approval.refresh_from_db()
        return Decided(approval, changed=True)
    record = requests.decide_or_send_back if can_be_changed(approval) else requests.decide
    approval = record(approval, actor=actor, **said)
    if approval.state == Approval.State.APPROVED:
        _put_into_force(approval, draft, actor=actor)
    elif approval.state != Approval.State.OPEN:
        let_go(approval)
    if approval.state == Approval.State.CHANGES:
        tell_author(approval, by=actor.name)
    return Decided(approval)


def can_be_changed(approval: Approval) -> bool:
    """Whether it is about a draft; turning a rule on leaves nothing to change."""
    return approval.object_kind == OBJECT_KIND


def why_stale(approval: Approval, draft: Draft | None) -> str:
    """Why what was asked for cannot be done any more, as a sentence; empty if it can."""
    content = approval.content
    rule = Rule.objects.select_for_update(of=("self",)).select_related("current")
    there = rule.filter(name=content["rule"]).first()
    current = there.current.digest if there and there.current else None
    wanted = (content["base"] or {}).get("digest")
    if current != wanted:
        return f"{content['rule']} has another version by now than the one this is based on."
    if there is not None and there.enabled != content["on"]["before"]:
        word = "on" if there.enabled else "off"
        return f"{content['rule']} was turned {word} meanwhile."
    if approval.object_kind == OBJECT_KIND and not _same(content, draft):
        return "The draft was changed."
    return ""


def _same(content: Mapping[str, Any], draft: Draft | None) -> bool:
    """The draft still says, in its own bytes, what the approval shows."""
    return (
        draft is not None
        and draft.state == Draft.State.ASKED
        and draft.digest == content["digest"]
        and load_definition(draft.definition).digest() == content["digest"]
        and load_definition(content["definition"]).digest() == content["digest"]
    )


def expired(approval: Approval, *, actor: trail.Actor) -> None:
    """Nobody decided in time; the trail says so with the approval."""
    del actor
    let_go(approval)


def let_go(approval: Approval) -> None:
    """Nobody will publish this any more: the draft is open again."""
    if approval.object_kind != OBJECT_KIND:
        return
    rows = Draft.objects.filter(code=approval.object_code, state=Draft.State.ASKED)
    rows.update(state=Draft.State.OPEN, changed_at=database_now())


def _put_into_force(approval: Approval, draft: Draft | None, *, actor: trail.Actor) -> None:
    approvers = approval.decisions.filter(verdict=Decision.Verdict.APPROVE)
    said = {
        "four_eyes": True,
        "approval": approval.code,
        "requested_by": approval.requester_identity,
        "approved_by": sorted(approvers.values_list("decider_identity", flat=True)),
    }
    if draft is None:
        versions.switch(approval.content["rule"], on=True, actor=actor, said=said)
        return
    _publish(draft, load_definition(approval.content["definition"]), said, actor=actor)


def _publish(
    draft: Draft, definition: Definition, said: Mapping[str, Any], *, actor: trail.Actor
) -> RuleVersion:
    author = versions.Author(draft.author, draft.author_identity)
    about = {**said, "draft": draft.code, "author": draft.author_identity}
    version = versions.publish(definition, author=author, actor=actor, said=about)
    drafts.move(draft, Draft.State.PUBLISHED, now=database_now())
    Draft.objects.filter(pk=draft.pk, rule=None).update(rule=version.rule)
    trail.record(
        "draft.published",
        actor=actor,
        obj=trail.Object("draft", draft.code, draft.name),
        data={"rule": draft.name, "version": version.number, "sha256": version.digest, **said},
    )
    return version


def _draft_of(approval: Approval) -> Draft | None:
    if approval.object_kind != OBJECT_KIND:
        return None
    rows = Draft.objects.select_for_update(of=("self",)).select_related("rule", "base")
    return rows.filter(code=approval.object_code).first()


def _ready(draft: Draft) -> tuple[Draft, Definition, list[testcases.Result]]:
    """The draft as it now is, if it may be published. Raises DraftRefused."""
    draft = drafts.locked(draft)
    if draft.state not in Draft.UNFINISHED:
        raise DraftRefused(f"This draft was {draft.get_state_display().lower()} already.")
    reading = drafts.check_source(draft.source, draft.name)
    if reading.problems or reading.digest != draft.digest:
        first = reading.problems[0]["message"] if reading.problems else "Save it again."
        raise DraftRefused(f"The draft cannot be published as it is: {first}")
    definition = load_definition(reading.definition)
    _check_base(draft)
    tests = testcases.run_tests(definition)
    if failed := [result for result in tests if not result.passed]:
        count = f"{len(failed)} of {len(tests)} test cases"
        raise DraftRefused(f"{count} fail. {failed[0].why}")
    return draft, definition, tests


def _check_base(draft: Draft) -> None:
    rule = Rule.objects.filter(name=draft.name).select_related("current").first()
    if rule is None:
        return
    if draft.rule is None:
        raise DraftRefused(f"A rule called {draft.name} was made meanwhile. Edit that one.")
    if rule.current_id != draft.base_id:
        number = rule.current.number if rule.current else 0
        raise DraftRefused(
            f"Version {number} of {draft.name} was published after this draft was begun. Look at "
            f"what it changed, then go on on top of it."
        )
    if draft.base is not None and draft.base.digest == draft.digest:
        raise DraftRefused(f"The draft says the same as version {draft.base.number}.")
