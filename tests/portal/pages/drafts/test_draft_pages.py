"""Writing a rule in the portal: text is never lost, and nothing is published by a page alone."""

from html import unescape

import pytest
from django.test import Client

from portal.roles import Role
from provisioning.approvals import policy
from provisioning.approvals.models import Approval
from provisioning.rules.models import Draft, Rule, RuleVersion
from tests.support.factories import (
    COMMAND,
    HOSTILE,
    client_of,
    current_of,
    make_event,
    make_person,
    make_profile,
    make_rule,
    make_user,
)
from tests.support.list_checks import html_of

pytestmark = pytest.mark.django_db
URL = "/rules/joiner/draft/"


@pytest.fixture
def client() -> Client:
    return client_of(make_user(Role.OPERATOR, "maya"))


@pytest.fixture
def rule() -> Rule:
    return make_rule("joiner")


def begin(client: Client) -> Draft:
    client.post(f"{URL}start/")
    return Draft.objects.unfinished().get()


def save(client: Client, source: str, *, follow: bool = True, **values: str) -> str:
    draft = Draft.objects.unfinished().get()
    sent = {"source": source, "seen": draft.seen, "save": "1", **values}
    return client.post(URL, sent, follow=follow).content.decode()


def test_looking_begins_no_draft(client: Client, rule: Rule) -> None:
    assert "No draft of this rule" in html_of(client, URL)
    assert not Draft.objects.exists()


def test_a_new_rule_is_named_written_and_saved(client: Client) -> None:
    answer = client.post("/rules/new/", {"name": "welcome"}, follow=True)
    assert answer.redirect_chain == [("/rules/welcome/draft/", 302)]
    assert "`on` is missing." in answer.content.decode()


@pytest.mark.parametrize("name", ["", "A b", "joiner", "new"])
def test_a_name_that_cannot_be_is_refused_with_a_sentence(
    client: Client, rule: Rule, name: str
) -> None:
    answer = client.post("/rules/new/", {"name": name})
    assert answer.status_code == 400
    assert not Draft.objects.exists()


def test_broken_yaml_is_saved_and_shown_with_its_line(client: Client, rule: Rule) -> None:
    begin(client)
    html = save(client, "name: joiner\nkind: [event\n")
    assert "1 problem left." in html
    assert "Not valid YAML" in html
    assert "name: joiner\nkind: [event\n" in html
    assert '<th scope="row" class="nowrap">3:1</th>' in html


def test_conditions_that_can_never_hold_are_noted_beside_the_text(
    client: Client, rule: Rule
) -> None:
    draft = begin(client)
    assert "never hold" not in html_of(client, URL)
    other = draft.source.replace("user.profile.office", "user.profile.department")
    html = unescape(save(client, other))
    assert "when.all[1].any[1]: This part of “at least one of these” can never hold" in html
    assert "This part of “at least one of these”" in unescape(html_of(client, f"{URL}ask/"))


def test_checking_saves_nothing(client: Client, rule: Rule) -> None:
    draft = begin(client)
    answer = client.post(URL, {"source": "kind: [", "seen": draft.seen, "check": "1"})
    assert "kind: [" in answer.content.decode()
    assert "not saved" in answer.content.decode()
    assert Draft.objects.get().source == draft.source


def test_what_somebody_else_saved_is_not_lost_and_neither_is_mine(
    client: Client, rule: Rule
) -> None:
    draft = begin(client)
    save(client_of(make_user(Role.ADMIN, "ole")), draft.source + "# ole\n")
    answer = client.post(URL, {"source": "# maya", "seen": draft.seen, "save": "1"})
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "ole saved this draft after you opened it" in html
    assert "# maya" in html
    assert Draft.objects.get().source.endswith("# ole\n")


def test_hostile_text_is_shown_as_text(client: Client, rule: Rule) -> None:
    begin(client)
    html = save(client, f"name: joiner\n'{HOSTILE}': x\n")
    assert HOSTILE not in html
    assert "&lt;img src=x" in html


def test_a_draft_is_tried_on_a_past_event(client: Client, rule: Rule) -> None:
    event = make_event(make_person())
    make_profile(event)
    begin(client)
    html = html_of(client, f"{URL}try/?event={event.code}")
    assert "Would match" in html
    assert "as they would be sent" in html


def test_asking_shows_what_changes_and_waits_for_somebody_else(client: Client, rule: Rule) -> None:
    draft = begin(client)
    save(client, draft.source.replace("folder for people", "home for people"))
    assert "The title is now" in html_of(client, f"{URL}ask/")
    sent = {"reason": "Clearer", "seen": Draft.objects.get().seen}
    html = client.post(f"{URL}ask/", sent, follow=True).content.decode()
    assert "Asked for." in html
    approval = Approval.objects.get()
    assert (approval.reason, approval.requester) == ("Clearer", "maya")
    assert RuleVersion.objects.count() == 1


def test_asking_for_what_was_changed_since_the_page_was_opened_is_refused(
    client: Client, rule: Rule
) -> None:
    draft = begin(client)
    save(client, draft.source.replace("folder for people", "home for people"))
    answer = client.post(f"{URL}ask/", {"seen": draft.seen}, follow=True)
    assert "Look again." in answer.content.decode()
    assert not Approval.objects.exists()


def test_without_the_policy_the_button_publishes(client: Client, rule: Rule) -> None:
    policy.change(four_eyes=False, needed_from="high", actor=COMMAND)
    draft = begin(client)
    save(client, draft.source.replace("folder for people", "home for people"))
    assert "without a second person" in html_of(client, f"{URL}ask/")
    client.post(f"{URL}ask/", {"seen": Draft.objects.get().seen})
    rule.refresh_from_db()
    assert current_of(rule).number == 2


def test_a_request_is_taken_back(client: Client, rule: Rule) -> None:
    draft = begin(client)
    save(client, draft.source.replace("folder for people", "home for people"))
    client.post(f"{URL}ask/", {"seen": Draft.objects.get().seen})
    html = client.post(f"{URL}withdraw/", follow=True).content.decode()
    assert "Nobody is asked any more" in html
    assert Approval.objects.get().state == "void"


def test_discarding_is_confirmed_first(client: Client, rule: Rule) -> None:
    begin(client)
    assert "stays in force" in html_of(client, f"{URL}discard/")
    assert Draft.objects.unfinished().exists()
    client.post(f"{URL}discard/")
    assert not Draft.objects.unfinished().exists()


def test_an_older_version_is_restored_as_a_draft(client: Client, rule: Rule) -> None:
    make_rule("joiner", title="Later")
    client.post(f"{URL}start/", {"version": "1"})
    assert "A folder for people in Marketing" in Draft.objects.get().source
    assert RuleVersion.objects.count() == 2


def test_a_newer_version_is_said_and_can_be_gone_on_from(client: Client, rule: Rule) -> None:
    begin(client)
    make_rule("joiner", title="Later")
    assert "Version 2 was published after this draft was begun" in html_of(client, URL)
    client.post(f"{URL}rebase/", {"onto": "2"})
    assert "was published after" not in html_of(client, URL)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.APPROVER])
def test_others_read_and_are_refused_every_change(client: Client, rule: Rule, role: Role) -> None:
    draft = begin(client)
    other = client_of(make_user(role))
    assert "<textarea" not in html_of(other, URL)
    for path in ("", "start/", "ask/", "withdraw/", "rebase/", "discard/"):
        sent = {"source": "x", "seen": draft.seen, "save": "1"}
        assert other.post(URL + path, sent).status_code == 403
    assert other.post("/rules/new/", {"name": "mine"}).status_code == 403
    assert Draft.objects.get().source == draft.source


def test_turning_a_rule_on_asks_and_turning_it_off_does_not(client: Client, rule: Rule) -> None:
    client.post("/rules/joiner/switch/", {"on": "0"})
    assert not Rule.objects.get().enabled
    assert "Ask for approval" in html_of(client, "/rules/joiner/switch/")
    html = client.post("/rules/joiner/switch/", {"on": "1"}, follow=True).content.decode()
    assert "once somebody else has approved it" in html
    assert not Rule.objects.get().enabled
