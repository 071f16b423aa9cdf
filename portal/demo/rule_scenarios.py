"""A rule is changed: written by one person, approved by another, exactly as it was shown."""

import secrets

from audit.models import Entry
from audit.trail import Actor
from portal.demo.checks import ALERT_RULE
from portal.demo.environment import APPROVER, AUTHOR
from portal.demo.stage import Seen, Stage
from provisioning.approvals.models import Approval
from provisioning.approvals.requests import CannotDecide
from provisioning.rules import drafts, publishing
from provisioning.rules.models import Draft, Rule, RuleVersion


def four_eyes(stage: Stage) -> None:
    """One approver edits a rule and asks; their own word does not count, an edit ends the request;
    the other one approves."""
    author, other = stage.person(AUTHOR), stage.person(APPROVER)
    before = _rule().current
    number = before.number if before else 0
    mark = secrets.token_hex(3)
    draft = _edit(_begin(author), f"Somebody leaves ({mark})", author)
    first = publishing.ask(draft, reason="A clearer title", actor=author)
    stage.expect(
        "the author cannot approve their own rule", lambda: _refused(first, author), timeout=0
    )
    draft.refresh_from_db()
    draft = _edit(draft, f"Somebody leaves us ({mark})", author)
    stage.expect("an edit after the request ends it", lambda: _state(first, "void"), timeout=0)
    stage.expect(
        "what was asked for then cannot be approved any more",
        lambda: _refused(first, other),
        timeout=0,
    )
    second = publishing.ask(draft, reason="A clearer title", actor=author)
    _decide(second, other)
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


def _begin(actor: Actor) -> Draft:
    """A fresh draft; one that an earlier play left is let go."""
    left = Draft.objects.unfinished().filter(name=ALERT_RULE).first()
    if left is not None:
        drafts.discard(left, actor=actor)
    return drafts.start(_rule(), actor=actor)


def _edit(draft: Draft, title: str, actor: Actor) -> Draft:
    definition = {**(draft.definition or {}), "title": title}
    return drafts.save(draft, definition=definition, seen=draft.seen, actor=actor)


def _decide(approval: Approval, who: Actor) -> None:
    publishing.decide(
        approval,
        verdict="approve",
        digest=approval.digest,
        reason="",
        roles=["approver"],
        actor=who,
    )


def _refused(approval: Approval, who: Actor) -> Seen:
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
    return Seen(same and version.author == AUTHOR, f"v{version.number} by {version.author}")


def _told(approval: Approval) -> Seen:
    entry = Entry.objects.filter(verb="rule.changed", object_id=ALERT_RULE).latest("id")
    said = entry.data
    holds = said["approval"] == approval.code and said["requested_by"] not in said["approved_by"]
    return Seen(holds, f"asked by {said['requested_by']}, approved by {said['approved_by']}")
