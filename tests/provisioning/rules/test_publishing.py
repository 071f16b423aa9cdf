"""A version is published by somebody else than its authors, exactly as it was asked for (S27)."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from audit.models import Entry
from audit.trail import Actor
from provisioning import recovery
from provisioning.approvals import policy
from provisioning.approvals.models import Approval, Decision
from provisioning.approvals.requests import CannotDecide
from provisioning.clocks import database_now
from provisioning.rules import drafts, publishing, versions
from provisioning.rules.drafts import DraftRefused
from provisioning.rules.models import Draft, Rule, RuleVersion
from tests.support.factories import COMMAND, current_of, make_rule


def person(name: str) -> Actor:
    return Actor("user", f"U-{name.upper()}", name, "198.51.100.7")


MAYA, OLE, TOM = person("maya"), person("ole"), person("tom")


def edited(rule: Rule, actor: Actor = MAYA, title: str = "Another title") -> Draft:
    draft = drafts.start(rule, actor=actor)
    definition = {**(draft.definition or {}), "title": title}
    return drafts.save(draft, definition=definition, seen=draft.seen, actor=actor)


def decide(
    approval: Approval, who: Actor = TOM, verdict: str = "approve", **given: Any
) -> Approval:
    fields = {"digest": approval.digest, "reason": "", "roles": ["approver"], **given}
    return publishing.decide(approval, verdict=verdict, actor=who, **fields).approval


def test_what_another_person_approves_is_published_as_it_was_written(db: None) -> None:
    rule = make_rule("folder")
    draft = edited(rule)
    approval = publishing.ask(draft, reason="A clearer title", actor=OLE)
    assert (approval.kind, approval.author_identity) == ("rule", "user:U-MAYA")
    assert decide(approval).state == Approval.State.APPROVED
    rule.refresh_from_db()
    version = current_of(rule)
    assert (version.number, version.digest) == (2, draft.digest)
    assert (version.author, version.author_identity) == ("maya", "user:U-MAYA")
    draft.refresh_from_db()
    assert draft.state == Draft.State.PUBLISHED
    said = Entry.objects.get(verb="rule.changed").data
    assert said["four_eyes"] is True
    assert (said["requested_by"], said["approved_by"]) == ("user:U-OLE", ["user:U-TOM"])


def test_a_new_rule_is_published_the_same_way(db: None) -> None:
    text = make_rule("model").current.source.replace("name: model", "name: fresh")  # type: ignore[union-attr]  # just made
    draft = drafts.start(None, name="fresh", actor=MAYA)
    draft = drafts.save(draft, source=text, seen=draft.seen, actor=MAYA)
    decide(publishing.ask(draft, reason="", actor=MAYA))
    rule = Rule.objects.select_related("current").get(name="fresh")
    assert current_of(rule).number == 1
    assert Draft.objects.get(pk=draft.pk).rule == rule


@pytest.mark.parametrize("who", [MAYA, OLE])
def test_neither_who_wrote_it_nor_who_asked_may_approve(db: None, who: Actor) -> None:
    """S26."""
    approval = publishing.ask(edited(make_rule("folder")), reason="", actor=OLE)
    with pytest.raises(CannotDecide):
        decide(approval, who)
    assert RuleVersion.objects.count() == 1


def test_who_wrote_only_a_part_of_it_may_not_approve_either(db: None) -> None:
    """The database refuses them too: an approval names one author, its content all of them."""
    draft = edited(make_rule("folder"), MAYA)
    draft = drafts.save(draft, source=draft.source + "# x\n", seen=draft.seen, actor=OLE)
    approval = publishing.ask(draft, reason="", actor=OLE)
    with pytest.raises(CannotDecide, match="You wrote a part of this"):
        decide(approval, MAYA)
    with pytest.raises(IntegrityError, match="wrote a part of"), transaction.atomic():
        Decision.objects.create(
            approval=approval, decider="maya", decider_identity=MAYA.identity, verdict="approve",
            digest=approval.digest, created_at=database_now(),
        )  # fmt: skip


def test_an_edit_after_the_request_ends_it_and_does_not_slip_in(db: None) -> None:
    """S27."""
    draft = edited(make_rule("folder"))
    approval = publishing.ask(draft, reason="", actor=MAYA)
    draft.refresh_from_db()
    definition = {**(draft.definition or {}), "title": "Slipped in"}
    drafts.save(draft, definition=definition, seen=draft.seen, actor=MAYA)
    approval.refresh_from_db()
    assert approval.state == Approval.State.VOID
    with pytest.raises(CannotDecide, match="void already"):
        decide(approval)
    assert RuleVersion.objects.count() == 1


def test_an_edit_past_the_use_case_ends_it_too(db: None) -> None:
    """S27: what the draft says is held against what was asked for, byte by byte."""
    draft = edited(make_rule("folder"))
    approval = publishing.ask(draft, reason="", actor=MAYA)
    Draft.objects.filter(pk=draft.pk).update(
        definition={**(draft.definition or {}), "title": "Slipped in"}
    )
    assert decide(approval).state == Approval.State.VOID
    assert RuleVersion.objects.count() == 1
    assert Draft.objects.get(pk=draft.pk).state == Draft.State.OPEN


def test_another_version_meanwhile_ends_the_request(db: None) -> None:
    """S27."""
    rule = make_rule("folder")
    approval = publishing.ask(edited(rule), reason="", actor=MAYA)
    make_rule("folder", title="Quicker")
    ended = decide(approval)
    assert (ended.state, "another version by now" in ended.ended_because) == ("void", True)
    rule.refresh_from_db()
    assert current_of(rule).title == "Quicker"


def test_a_rule_that_was_turned_off_meanwhile_is_not_turned_on_by_an_approval(db: None) -> None:
    """S27."""
    approval = publishing.ask(edited(make_rule("folder")), reason="", actor=MAYA)
    versions.switch("folder", on=False, actor=COMMAND)
    assert decide(approval).ended_because == "folder was turned off meanwhile."
    assert not Rule.objects.get().enabled


def test_a_rejected_draft_is_open_again_with_its_words(db: None) -> None:
    draft = edited(make_rule("folder"))
    decide(publishing.ask(draft, reason="", actor=MAYA), verdict="reject", reason="No.")
    assert Draft.objects.get(pk=draft.pk).state == Draft.State.OPEN
    assert Draft.objects.get(pk=draft.pk).source == draft.source


def test_taking_back_a_request_opens_the_draft(db: None) -> None:
    draft = edited(make_rule("folder"))
    approval = publishing.ask(draft, reason="", actor=MAYA)
    publishing.withdraw(draft, actor=MAYA)
    approval.refresh_from_db()
    assert (approval.state, Draft.objects.get(pk=draft.pk).state) == ("void", "open")


def test_an_expired_request_opens_the_draft(db: None) -> None:
    draft = edited(make_rule("folder"))
    approval = publishing.ask(draft, reason="", actor=MAYA)
    recovery.expire(approval.expires_at)
    assert Draft.objects.get(pk=draft.pk).state == Draft.State.OPEN


def test_what_has_problems_or_changes_nothing_is_not_asked_for(db: None) -> None:
    draft = drafts.start(make_rule("folder"), actor=MAYA)
    with pytest.raises(DraftRefused, match="says the same as version 1"):
        publishing.ask(draft, reason="", actor=MAYA)
    draft = drafts.save(draft, source="kind: [", seen=draft.seen, actor=MAYA)
    with pytest.raises(DraftRefused, match="cannot be published as it is: Not valid YAML"):
        publishing.ask(draft, reason="", actor=MAYA)
    assert not Approval.objects.exists()


def test_a_draft_of_an_older_version_is_asked_for_only_on_top_of_the_present_one(db: None) -> None:
    rule = make_rule("folder")
    draft = edited(rule)
    make_rule("folder", title="Quicker")
    with pytest.raises(DraftRefused, match="Version 2 of folder was published after"):
        publishing.ask(draft, reason="", actor=MAYA)
    with pytest.raises(DraftRefused, match="Another version is in force"):
        drafts.rebase(draft, onto=1, actor=MAYA)
    draft = drafts.rebase(draft, onto=2, actor=MAYA)
    assert publishing.ask(draft, reason="", actor=MAYA).content["base"]["version"] == 2


def test_a_restored_version_becomes_a_new_one(db: None) -> None:
    rule = make_rule("folder", title="First")
    first = current_of(rule)
    make_rule("folder", title="Second")
    decide(publishing.ask(drafts.restore(first, actor=MAYA), reason="", actor=MAYA))
    rule.refresh_from_db()
    assert (current_of(rule).number, current_of(rule).digest) == (3, first.digest)


def test_without_the_policy_one_person_publishes_and_the_trail_says_so(db: None) -> None:
    policy.change(four_eyes=False, needed_from="high", actor=COMMAND)
    version = publishing.publish(edited(make_rule("folder")), reason="Alone", actor=MAYA)
    assert version.number == 2
    assert Entry.objects.get(verb="rule.changed").data["four_eyes"] is False


def test_with_the_policy_nobody_publishes_alone(db: None) -> None:
    with pytest.raises(DraftRefused, match="Somebody else has to approve this"):
        publishing.publish(edited(make_rule("folder")), reason="", actor=MAYA)


def test_turning_on_is_asked_for_and_turning_off_is_not(db: None) -> None:
    make_rule("folder")
    versions.switch("folder", on=False, actor=MAYA)
    approval = publishing.switch_on("folder", reason="All well again", actor=MAYA)
    assert approval is not None
    assert approval.object_kind == "rule-switch"
    assert not Rule.objects.get().enabled
    decide(approval)
    assert Rule.objects.get().enabled
    assert Entry.objects.get(verb="rule.turned_on").data["approved_by"] == ["user:U-TOM"]


def test_turning_on_what_changed_meanwhile_is_void(db: None) -> None:
    """S27."""
    make_rule("folder")
    versions.switch("folder", on=False, actor=MAYA)
    approval = publishing.switch_on("folder", reason="", actor=MAYA)
    assert approval is not None
    make_rule("folder", title="Another")
    versions.switch("folder", on=False, actor=MAYA)
    assert decide(approval).state == Approval.State.VOID
    assert not Rule.objects.get().enabled


def test_the_request_shows_every_difference_and_what_it_rests_on(db: None) -> None:
    content = publishing.ask(edited(make_rule("folder")), reason="", actor=MAYA).content
    assert content["base"]["version"] == 1
    assert content["diff"] == [
        {"path": "title", "kind": "changed", "before": "A folder for people in Marketing",
         "after": "Another title"},
    ]  # fmt: skip
    assert (content["effects"], content["risk"]) == (["grant", "notify"], "medium")
