"""A draft keeps what was typed, right or wrong, and never writes over what somebody else saved."""

import pytest
from pydantic import JsonValue

from audit.models import Entry
from audit.trail import Actor
from provisioning.approvals import requests
from provisioning.approvals.models import Approval
from provisioning.rules import drafts
from provisioning.rules.drafts import DraftRefused
from provisioning.rules.models import Draft, Rule, RuleVersion
from tests.support.factories import current_of, make_rule

MAYA = Actor("user", "U-MAYA", "maya", "198.51.100.7")
OLE = Actor("user", "U-OLE", "ole", "198.51.100.8")


def test_a_draft_of_a_rule_begins_with_what_is_in_force(db: None) -> None:
    rule = make_rule("folder")
    draft = drafts.start(rule, actor=MAYA)
    assert draft.base == rule.current
    assert draft.definition == current_of(rule).definition
    assert (draft.digest, draft.problems) == (current_of(rule).digest, [])
    assert (draft.author, draft.author_identity) == ("maya", "user:U-MAYA")


def test_a_rule_that_is_off_stays_off_in_its_draft(db: None) -> None:
    rule = make_rule("folder")
    Rule.objects.filter(pk=rule.pk).update(enabled=False)
    rule.refresh_from_db()
    draft = drafts.start(rule, actor=MAYA)
    assert draft.definition is not None
    assert draft.definition["enabled"] is False


def test_a_new_rule_begins_with_its_name_and_says_what_is_missing(db: None) -> None:
    draft = drafts.start(None, name="welcome", actor=MAYA)
    assert (draft.rule, draft.base, draft.digest) == (None, None, "")
    assert {"`on` is missing.", "`do` is missing."} <= {one["message"] for one in draft.problems}


@pytest.mark.parametrize("name", ["", "A Rule", "new", "x" * 70, "../etc", "welcome\n"])
def test_a_name_that_no_rule_can_have_is_refused(db: None, name: str) -> None:
    with pytest.raises(DraftRefused, match="cannot be a rule's name"):
        drafts.start(None, name=name, actor=MAYA)


def test_the_name_of_a_rule_that_is_there_is_refused(db: None) -> None:
    make_rule("folder")
    with pytest.raises(DraftRefused, match="There is a rule called folder already"):
        drafts.start(None, name="folder", actor=MAYA)


def test_a_rule_has_one_draft_at_a_time(db: None) -> None:
    rule = make_rule("folder")
    drafts.start(rule, actor=MAYA)
    with pytest.raises(DraftRefused, match="a draft of folder already, last changed by maya"):
        drafts.start(rule, actor=OLE)


def test_yaml_that_cannot_be_read_is_kept_with_line_and_column(db: None) -> None:
    draft = drafts.start(make_rule("folder"), actor=MAYA)
    broken = "name: folder\nkind: [event\n# what I was about to write\n"
    saved = drafts.save(draft, source=broken, seen=draft.seen, actor=MAYA)
    kept = Draft.objects.get(pk=saved.pk)
    assert kept.source == broken
    assert (kept.definition, kept.digest) == (None, "")
    assert (kept.problems[0]["line"], kept.problems[0]["column"]) == (4, 1)


def test_a_definition_that_is_wrong_is_kept_with_its_problems(db: None) -> None:
    draft = drafts.start(make_rule("folder"), actor=MAYA)
    data: dict[str, JsonValue] = {
        "name": "folder",
        "kind": "event",
        "on": [],
        "do": [{"action": "email.sent"}],
    }
    saved = drafts.save(draft, definition=data, seen=draft.seen, actor=MAYA)
    assert saved.definition == data
    assert any("Unknown action `email.sent`" in one["message"] for one in saved.problems)
    assert all(one["line"] > 0 for one in saved.problems)


def test_comments_and_line_ends_of_a_form_are_kept_plain(db: None) -> None:
    draft = drafts.start(make_rule("folder"), actor=MAYA)
    typed = draft.source.replace("\n", "\r\n") + "# why: see the handbook\r\n"
    saved = drafts.save(draft, source=typed, seen=draft.seen, actor=MAYA)
    assert saved.source == draft.source + "# why: see the handbook\n"
    assert saved.digest == draft.digest
    again = drafts.save(saved, definition=saved.definition, seen=saved.seen, actor=MAYA)
    assert again.source == saved.source


def test_a_draft_never_changes_the_name_of_its_rule(db: None) -> None:
    draft = drafts.start(make_rule("folder"), actor=MAYA)
    renamed = draft.source.replace("name: folder", "name: folders")
    saved = drafts.save(draft, source=renamed, seen=draft.seen, actor=MAYA)
    assert saved.digest == ""
    assert saved.problems[0]["message"] == "The name of a rule never changes."


def test_what_somebody_else_saved_meanwhile_is_not_written_over(db: None) -> None:
    draft = drafts.start(make_rule("folder"), actor=MAYA)
    drafts.save(draft, source=draft.source + "# ole\n", seen=draft.seen, actor=OLE)
    with pytest.raises(DraftRefused, match="ole saved this draft after you opened it"):
        drafts.save(draft, source=draft.source + "# maya\n", seen=draft.seen, actor=MAYA)
    assert Draft.objects.get(pk=draft.pk).source.endswith("# ole\n")


def test_saving_what_waits_for_approval_voids_the_request(db: None) -> None:
    draft = drafts.start(make_rule("folder"), actor=MAYA)
    what = requests.Ask(
        kind="rule", object_kind=drafts.OBJECT_KIND, object_code=draft.code, title="Folder",
        content={"digest": draft.digest}, risk="medium",
    )  # fmt: skip
    approval = requests.ask(what, actor=MAYA)
    Draft.objects.filter(pk=draft.pk).update(state=Draft.State.ASKED)
    saved = drafts.save(draft, source=draft.source + "# more\n", seen=draft.seen, actor=MAYA)
    approval.refresh_from_db()
    assert (approval.state, approval.ended_because) == (
        Approval.State.VOID,
        "The draft was changed.",
    )
    assert saved.state == Draft.State.OPEN


def test_an_old_version_comes_back_as_a_draft_on_top_of_the_present_one(db: None) -> None:
    rule = make_rule("folder", title="First")
    first = current_of(rule)
    make_rule("folder", title="Second")
    rule.refresh_from_db()
    draft = drafts.restore(first, actor=MAYA)
    assert draft.base == rule.current
    assert draft.digest == first.digest
    assert RuleVersion.objects.filter(rule=rule).count() == 2
    said = Entry.objects.get(verb="draft.created").data
    assert (said["base"], said["restores"]) == (2, 1)


def test_a_discarded_draft_makes_room_and_cannot_be_saved(db: None) -> None:
    rule = make_rule("folder")
    draft = drafts.start(rule, actor=MAYA)
    drafts.discard(draft, actor=OLE)
    with pytest.raises(DraftRefused, match="was discarded already"):
        drafts.save(draft, source="x", seen=draft.seen, actor=MAYA)
    drafts.start(rule, actor=OLE)
    told = list(Entry.objects.filter(object_kind="draft").values_list("verb", flat=True))
    assert told == ["draft.created", "draft.discarded", "draft.created"]
