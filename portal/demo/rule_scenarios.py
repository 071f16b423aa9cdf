"""A rule is changed: written by one person, approved by another, exactly as it was shown."""

import secrets

from audit.models import Entry
from audit.trail import Actor
from portal.demo.checks import ALERT_RULE
from portal.demo.stage import Seen, Stage
from provisioning.approvals.models import Approval
from provisioning.approvals.requests import CannotDecide
from provisioning.rules import drafts, publishing
from provisioning.rules.models import Draft, Rule, RuleVersion

MAYA = Actor("user", "demo-maya", "maya", "demo")
TOM = Actor("user", "demo-tom", "tom", "demo")


def four_eyes(stage: Stage) -> None:
    """Maya edits a rule and asks; she cannot approve; an edit ends the request; Tom approves."""
    before = _rule().current
    number = before.number if before else 0
    mark = secrets.token_hex(3)
    draft = _edit(_begin(), f"Somebody leaves ({mark})")
    first = publishing.ask(draft, reason="A clearer title", actor=MAYA)
    stage.expect("the author cannot approve their own rule", lambda: _refused(first), timeout=0)
    draft.refresh_from_db()
    draft = _edit(draft, f"Somebody leaves us ({mark})")
    stage.expect("an edit after the request ends it", lambda: _state(first, "void"), timeout=0)
    stage.expect(
        "what was asked for then cannot be approved any more",
        lambda: _refused(first, TOM),
        timeout=0,
    )
    second = publishing.ask(draft, reason="A clearer title", actor=MAYA)
    _decide(second, TOM)
    stage.expect("another person approves", lambda: _state(second, "approved"), timeout=0)
    stage.expect(
        "exactly what was approved is the next version, by its author",
        lambda: _published(second, number + 1),
        timeout=0,
    )
    stage.expect(
        "the audit trail names who asked and who approved", lambda: _told(second), timeout=0
    )


def _rule() -> Rule:
    return Rule.objects.select_related("current").get(name=ALERT_RULE)


def _begin() -> Draft:
    """A fresh draft; one that an earlier play left is let go."""
    left = Draft.objects.unfinished().filter(name=ALERT_RULE).first()
    if left is not None:
        drafts.discard(left, actor=MAYA)
    return drafts.start(_rule(), actor=MAYA)


def _edit(draft: Draft, title: str) -> Draft:
    definition = {**(draft.definition or {}), "title": title}
    return drafts.save(draft, definition=definition, seen=draft.seen, actor=MAYA)


def _decide(approval: Approval, who: Actor) -> None:
    publishing.decide(
        approval,
        verdict="approve",
        digest=approval.digest,
        reason="",
        roles=["approver"],
        actor=who,
    )


def _refused(approval: Approval, who: Actor = MAYA) -> Seen:
    try:
        _decide(approval, who)
    except CannotDecide as problem:
        return Seen(True, str(problem))
    return Seen(False, "it was approved")


def _state(approval: Approval, wanted: str) -> Seen:
    approval.refresh_from_db()
    return Seen(approval.state == wanted, f"{approval.state} {approval.ended_because}".strip())


def _published(approval: Approval, number: int) -> Seen:
    version = RuleVersion.objects.filter(rule__name=ALERT_RULE).latest("number")
    same = version.digest == approval.content["digest"] and version.number == number
    return Seen(same and version.author == "maya", f"v{version.number} by {version.author}")


def _told(approval: Approval) -> Seen:
    entry = Entry.objects.filter(verb="rule.changed", object_id=ALERT_RULE).latest("id")
    said = entry.data
    holds = said["approval"] == approval.code and said["requested_by"] not in said["approved_by"]
    return Seen(holds, f"asked by {said['requested_by']}, approved by {said['approved_by']}")
