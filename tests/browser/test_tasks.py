"""What people come for, each with a pointer, without scripts and with keys alone, in no more clicks
than allowed (U4, U13, U14)."""

import itertools
import re

import pytest
from playwright.sync_api import expect

from portal.roles import Role
from provisioning.plans.models import Plan
from provisioning.rules import drafts, publishing
from provisioning.rules.models import Rule
from provisioning.runs.models import Run
from tests.browser import rules
from tests.browser.hands import MODES, Hands, hands
from tests.browser.looking import Eyes
from tests.browser.site import PASSWORD
from tests.browser.stack import MAYA, Stack

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("mode", MODES)]
_numbers = itertools.count(1)


def a_cause(stack: Stack, people: int) -> str:
    """The name of a rule whose runs all stopped: there is no such bucket. Inside the site."""
    number = next(_numbers)
    name, first = f"cause-{number}", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number]
    stack.apply(rules.CAUSE.format(name=name, bucket=name))
    for person in range(people):
        stack.hire(f"{first}{person}", "Cause", department=name, login=f"{name}.{person}")
    stack.drain()
    stopped = Run.objects.failures().filter(rule__name=name)
    assert stopped.count() == people
    return name


def states_of(rule: str) -> list[str]:
    runs = Run.objects.filter(rule__name=rule, superseded=False)
    return sorted(runs.values_list("state", flat=True))


def test_all_failures_of_a_cause_are_replayed_from_the_overview(
    eyes: Eyes, stack: Stack, mode: str
) -> None:
    with stack.inside():
        rule = a_cause(stack, 6)
    stack.client.create_bucket(rule)
    with hands(eyes, mode) as person:
        person.go("/")
        row = person.page.locator("[aria-label='Top causes of failure'] tr", has_text=f" {rule} ")
        person.click(row.get_by_role("button", name="Replay 6"))
        expect(person.page.get_by_role("heading", level=1)).to_have_text("Replay 6 runs")
        person.click(person.page.get_by_role("button", name="Replay 6 runs"))
        expect(
            person.page.get_by_role("status").filter(has_text="Confirmed. It runs now.")
        ).to_be_visible()
        assert person.clicks <= 2
    with stack.inside():
        plan = Plan.objects.latest("pk")
        while plan.finished_at is None:
            Plan.objects.filter(pk=plan.pk).update(due_at=plan.created_at)
            stack.drain()
            plan.refresh_from_db()
        assert plan.outcomes == {"done": 6}
        assert states_of(rule) == ["succeeded"] * 6


def test_the_reason_why_a_person_has_no_access_is_found_by_name(eyes: Eyes, mode: str) -> None:
    with hands(eyes, mode) as person:
        person.go("/")
        if mode == "no script":
            person.page.get_by_label("Search person, event, run, rule").fill("chidi.eze")
        else:
            person.page.keyboard.press("/")
            person.page.keyboard.type("chidi.eze")
        person.page.keyboard.press("Enter")
        expect(person.page.get_by_role("heading", level=1)).to_have_text("Search")
        run = person.page.get_by_label("Runs", exact=True).get_by_role("listitem")
        person.click(run.filter(has_text="Failed").get_by_role("link").first)
        answer = person.page.get_by_label("What happened and what to do")
        expect(answer).to_contain_text("The bucket badge-photos does not exist")
        assert person.clicks <= 1


def test_a_list_is_handed_to_a_colleague(eyes: Eyes, mode: str) -> None:
    with hands(eyes, mode) as person:
        person.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        person.go("/runs/?state=failed&since=7d")
        shown = person.page.get_by_label("Table of runs").locator("tbody th").all_inner_texts()
        person.click(person.page.get_by_role("link", name="Copy link"))
        assert person.clicks == 1
        if mode == "no script":
            person.page.wait_for_url(re.compile("from="))
            address = person.page.url
        else:
            expect(person.page.locator("#status")).to_have_text("Copied")
            address = person.page.evaluate("navigator.clipboard.readText()")
    assert "since=" not in address
    with eyes.page(Role.AUDITOR) as theirs:
        theirs.goto(address)
        # Who may not replay sees the same rows, without the boxes to choose them.
        rows = theirs.get_by_label("Table of runs").locator("tbody th")
        assert rows.all_inner_texts() == shown != []


def test_who_changed_a_rule_is_found(eyes: Eyes, mode: str) -> None:
    with hands(eyes, mode) as person:
        person.go("/")
        person.click(person.page.locator("#nav").get_by_role("link", name="Rules"))
        person.click(person.page.get_by_role("link", name="Welcome mail"))
        person.click(person.page.get_by_role("link", name="Versions", exact=True))
        row = person.page.get_by_role("row").filter(has_text="v2")
        expect(row).to_contain_text("Tomás Herrera")
        assert person.clicks <= 3
        person.click(person.page.get_by_role("button", name="Compare"))
        expect(person.page.get_by_label("Changes in words")).to_contain_text("Version 2 to 3")
        expect(person.page.get_by_label("Changes in words")).to_contain_text("starts at 9")


def test_a_rule_is_tested_on_a_past_event(eyes: Eyes, mode: str) -> None:
    with hands(eyes, mode) as person:
        person.go("/")
        person.click(person.page.locator("#nav").get_by_role("link", name="Rules"))
        person.click(person.page.get_by_role("link", name="A folder for badge photos"))
        label = person.page.get_by_role("option").filter(has_text="dara.lim").first
        value = label.get_attribute("value")
        assert value is not None
        person.choose(person.page.get_by_label("Past event"), value)
        person.click(person.page.get_by_role("button", name="Run test"))
        assert person.clicks <= 4
        expect(person.page.get_by_label("Conditions")).to_contain_text("Would match")
        expect(person.page.get_by_label("What would be done")).to_contain_text("photos/Dara Lim/")


def test_a_rule_is_stopped_at_once(eyes: Eyes, stack: Stack, mode: str) -> None:
    with stack.inside():
        name = a_cause(stack, 1)
    with hands(eyes, mode) as person:
        person.go("/")
        person.click(person.page.locator("#nav").get_by_role("link", name="Rules"))
        person.click(person.page.get_by_role("row").filter(has_text=name).get_by_role("link").first)
        person.click(person.page.get_by_role("link", name="Turn off"))
        person.click(person.page.get_by_role("button", name="Turn off"))
        expect(
            person.page.get_by_role("status").filter(has_text=f"The rule {name} is off.")
        ).to_be_visible()
        assert person.clicks <= 4
    with stack.inside():
        assert Rule.objects.get(name=name).enabled is False


def test_a_held_run_is_approved(eyes: Eyes, stack: Stack, mode: str) -> None:
    with stack.inside():
        name = f"careful-{next(_numbers)}"
        stack.apply(rules.CAREFUL.format(name=name, department=name))
        stack.hire("Sam", "Careful", department=name, login=f"{name}.sam")
        stack.drain()
        assert states_of(name) == ["held"]
    with hands(eyes, mode, role=Role.APPROVER) as person:
        person.go("/")
        person.click(person.page.locator("#nav").get_by_role("link", name="Approvals"))
        person.click(person.page.get_by_role("link", name=f"A folder for {name}"))
        expect(person.page.get_by_label("What would be called")).to_contain_text("-Careful/")
        person.click(person.page.get_by_role("button", name="Approve"))
        expect(person.page.get_by_role("status").filter(has_text="Approved.")).to_be_visible()
        assert person.clicks <= 3
    with stack.inside():
        assert states_of(name) == ["pending"]
        stack.drain()
        assert states_of(name) == ["succeeded"]


def test_a_change_of_a_rule_is_approved(eyes: Eyes, stack: Stack, mode: str) -> None:
    with stack.inside():
        name = f"changed-{next(_numbers)}"
        stack.apply(rules.CAUSE.format(name=name, bucket=name))
        rule = Rule.objects.select_related("current").get(name=name)
        draft = drafts.start(rule, actor=MAYA)
        definition = {**(draft.definition or {}), "title": f"A better {name}"}
        draft = drafts.save(draft, definition=definition, seen=draft.seen, actor=MAYA)
        publishing.ask(draft, reason="It is clearer", actor=MAYA)
    with hands(eyes, mode, role=Role.APPROVER) as person:
        person.go("/")
        person.click(person.page.locator("#nav").get_by_role("link", name="Approvals"))
        person.click(person.page.get_by_role("link", name=name))
        expect(person.page.get_by_label("What it changes")).to_contain_text(f"A better {name}")
        person.click(person.page.get_by_role("button", name="Approve"))
        expect(person.page.get_by_role("status").filter(has_text="Approved.")).to_be_visible()
        assert person.clicks <= 3
    with stack.inside():
        version = Rule.objects.select_related("current").get(name=name).current
        assert version is not None
        assert (version.number, version.title) == (2, f"A better {name}")


def test_a_rule_is_changed_and_tested_on_a_past_event(eyes: Eyes, stack: Stack, mode: str) -> None:
    with stack.inside():
        name = f"tested-{next(_numbers)}"
        stack.apply(rules.CAUSE.format(name=name, bucket=name))
    with hands(eyes, mode) as person:
        person.go("/")
        person.click(person.page.locator("#nav").get_by_role("link", name="Rules"))
        person.click(person.page.get_by_role("row").filter(has_text=name).get_by_role("link").first)
        person.click(person.page.get_by_role("link", name="Edit"))
        person.write(person.page.locator("[id='s.1.w.bucket.text']"), "another-bucket")
        test = person.page.get_by_label("Test", exact=True)
        person.click(test.locator(".rule-choices button").first)
        expect(test.get_by_text("Would", exact=False).first).to_be_visible()
        expect(person.page.locator("#builder")).to_contain_text("another-bucket")
        assert person.clicks <= 4


def test_a_run_is_replayed_from_its_failed_step(eyes: Eyes, stack: Stack, mode: str) -> None:
    with stack.inside():
        rule = a_cause(stack, 1)
    stack.client.create_bucket(rule)
    with hands(eyes, mode) as person:
        person.go(f"/runs/?rule={rule}")
        person.click(person.page.get_by_label("Table of runs").get_by_role("link").first)
        expect(person.page.locator("details.step[open]")).to_contain_text("does not exist")
        person.click(person.page.get_by_role("link", name="Replay from step 1"))
        person.click(person.page.get_by_role("button", name="Replay 1 run"))
        expect(person.page.get_by_role("status").filter(has_text="was replayed")).to_be_visible()
        assert person.clicks <= 3
        with stack.working():
            pass
        if mode == "no script":
            person.page.reload()
        # With scripts the page says it by itself.
        expect(person.page.locator("#run-head")).to_contain_text("Succeeded", timeout=8_000)


def test_events_are_filtered(eyes: Eyes, mode: str) -> None:
    with hands(eyes, mode) as person:
        person.go("/events/")
        person.click(person.page.locator("summary").filter(has_text="Result"))
        person.tick(person.page.get_by_label("Quarantined", exact=True))
        person.click(person.page.get_by_role("button", name="Apply"))
        person.page.wait_for_url(re.compile(r"/events/\?.*state=quarantined"))
        rows = person.page.get_by_label("Table of events").locator("tbody tr")
        assert rows.count() == 2
        expect(rows.first).to_contain_text("Quarantined")
        person.click(person.page.locator(".chips .chip").filter(has_text="Quarantined"))
        person.page.wait_for_url(re.compile(r"/events/$"))


def test_one_signs_in_and_out(eyes: Eyes, mode: str) -> None:
    with hands(eyes, mode, role=None) as person:
        person.go("/failures/")
        _sign_in(person, "wrong")
        expect(person.page.get_by_role("alert").first).to_contain_text("do not fit together")
        _sign_in(person, PASSWORD)
        person.page.wait_for_url(re.compile("/failures/$"))
        person.click(person.page.get_by_role("button", name="account of Grace Whitfield"))
        person.click(person.page.get_by_role("button", name="Sign out"))
        person.page.wait_for_url(re.compile("/sign-in/"))
        person.go("/failures/")
        expect(person.page.get_by_role("heading", level=1)).to_have_text("Sign in")


def _sign_in(person: Hands, password: str) -> None:
    name = person.page.get_by_label("Name")
    if not name.input_value():
        person.write(name, "grace")
    person.write(person.page.get_by_label("Password"), password)
    person.click(person.page.get_by_role("button", name="Sign in", exact=True))
