"""The approval of a rule: whom it reaches first, then what it changes; decided on the page."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from portal.roles import Role
from provisioning.approvals.models import Approval
from provisioning.clocks import database_now
from provisioning.rules import backtests, versions
from provisioning.rules.models import Draft, Rule
from tests.support.factories import (
    COMMAND,
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


@pytest.fixture
def maya() -> Client:
    return client_of(make_user(Role.OPERATOR, "maya"))


@pytest.fixture
def tom() -> Client:
    return client_of(make_user(Role.APPROVER, "tom"))


@pytest.fixture
def asked(maya: Client) -> Approval:
    make_rule("joiner")
    event = make_event(make_person("jane@acme.example"), received_at=database_now())
    make_profile(event)
    maya.post("/rules/joiner/draft/start/")
    draft = Draft.objects.get()
    source = draft.source.replace("value: Marketing", "value: Sales")
    maya.post("/rules/joiner/draft/", {"source": source, "seen": draft.seen, "save": "1"})
    maya.post("/rules/joiner/draft/backtest/", {"days": "7"})
    backtests.work_due(actor=COMMAND)
    maya.post("/rules/joiner/draft/ask/", {"seen": Draft.objects.get().seen, "reason": "Sales now"})
    return Approval.objects.get()


def decide(client: Client, approval: Approval) -> str:
    sent = {"verdict": "approve", "digest": approval.digest, "reason": ""}
    path = f"/approvals/{approval.code}/decide/"
    return client.post(path, sent, follow=True).content.decode()


def test_it_shows_whom_it_reaches_before_what_it_changes(tom: Client, asked: Approval) -> None:
    html = html_of(tom, f"/approvals/{asked.code}/")
    reaches, changes = html.index("Whom it reaches"), html.index("What it changes")
    assert reaches < html.index("Department is Sales: not so, it is Marketing") < changes
    assert "Department is Sales; before: department is Marketing" in html or "Sales" in html
    assert "0 new and 1 no longer" in html_of(tom, "/approvals/")


def test_somebody_else_approves_it_on_the_page(tom: Client, asked: Approval) -> None:
    assert "Approved." in decide(tom, asked)
    assert current_of(Rule.objects.select_related("current").get()).number == 2


def test_a_rule_that_changed_meanwhile_is_not_published(tom: Client, asked: Approval) -> None:
    versions.switch("joiner", on=False, actor=COMMAND)
    html = decide(tom, asked)
    assert "Nothing was decided" in html
    assert "joiner was turned off meanwhile." in html
    assert current_of(Rule.objects.select_related("current").get()).number == 1


def test_turning_on_is_approved_on_its_page(maya: Client, tom: Client) -> None:
    make_rule("joiner")
    maya.post("/rules/joiner/switch/", {"on": "0"})
    maya.post("/rules/joiner/switch/", {"on": "1"})
    approval = Approval.objects.get()
    assert "Turn on joiner" in html_of(tom, f"/approvals/{approval.code}/")
    decide(tom, approval)
    assert Rule.objects.get().enabled


def test_who_wrote_a_part_of_it_is_told_so_before_they_decide() -> None:
    """S26: the page says what the service would say."""
    make_rule("joiner")
    people = [make_user(Role.OPERATOR, name) for name in ("maya", "ole")]
    people[0].groups.add(Group.objects.get_or_create(name=Role.APPROVER.value)[0])
    writing = [client_of(one) for one in people]
    writing[0].post("/rules/joiner/draft/start/")
    for client, old, new in zip(writing, ("Marketing", "Sales"), ("Sales", "Legal"), strict=True):
        draft = Draft.objects.get()
        source = draft.source.replace(f"value: {old}", f"value: {new}")
        client.post("/rules/joiner/draft/", {"source": source, "seen": draft.seen, "save": "1"})
    writing[1].post("/rules/joiner/draft/ask/", {"seen": Draft.objects.get().seen, "reason": "So"})
    approval = Approval.objects.get()

    html = html_of(writing[0], f"/approvals/{approval.code}/")

    assert "You wrote a part of this; another approver must decide." in html
    assert 'id="decide"' not in html
    assert f"/approvals/{approval.code}/" not in html_of(writing[0], "/approvals/?mine=others")
    tom = client_of(make_user(Role.APPROVER, "tom"))
    assert f"/approvals/{approval.code}/" in html_of(tom, "/approvals/?mine=others")
    assert 'id="decide"' in html_of(tom, f"/approvals/{approval.code}/")
    assert "You wrote a part of this" in decide(writing[0], approval)


def test_a_change_is_sent_back_and_its_draft_says_who_wants_what(
    maya: Client, tom: Client, asked: Approval
) -> None:
    path = f"/approvals/{asked.code}/"
    assert 'value="changes"' in html_of(tom, path)
    sent = {"verdict": "changes", "digest": asked.digest, "reason": "Leave <b>interns</b> out."}

    html = tom.post(f"{path}decide/", sent, follow=True).content.decode()

    assert "Sent back. maya" in html
    assert "Sent back to maya: Leave &lt;b&gt;interns&lt;/b&gt; out." in html
    for page in ("draft/", "edit/", "draft/backtest/"):
        html = html_of(maya, f"/rules/joiner/{page}")
        assert "tom asked for changes" in html
        assert "Leave &lt;b&gt;interns&lt;/b&gt; out." in html
    maya.post("/rules/joiner/draft/ask/", {"seen": Draft.objects.get().seen, "reason": "Done"})
    assert "asked for changes" not in html_of(maya, "/rules/joiner/draft/")
