"""A rule is built from nothing with a pointer, without scripts and with keys alone (U4, U13); what
the builder shows of large and wrong drafts keeps the bounds of every page (U1, U2, U12)."""

import itertools
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from portal.roles import Role
from provisioning.rules import drafts as use_cases
from provisioning.rules.models import Draft
from tests.browser import drafts
from tests.browser.hands import MODES, Hands, hands
from tests.browser.looking import PHONE, Eyes
from tests.browser.stack import MAYA, Stack

pytestmark = pytest.mark.browser
_numbers = itertools.count(1)


def _by_id(page: Page, name: str) -> Locator:
    return page.locator(f"[id='{name}']")


class Builder:
    """The builder under somebody's hands; each press waits until the page says so."""

    def __init__(self, person: Hands) -> None:
        self.person, self.page = person, person.page

    def write(self, name: str, text: str) -> None:
        self.person.write(_by_id(self.page, name), text)

    def choose(self, name: str, value: str) -> None:
        self.person.choose(_by_id(self.page, name), value)

    def press(self, name: str, then: str) -> None:
        self.person.click(_by_id(self.page, name))
        expect(_by_id(self.page, then)).to_be_visible()


@pytest.mark.parametrize("mode", MODES)
def test_a_rule_is_built_from_nothing(eyes: Eyes, stack: Stack, mode: str) -> None:
    name = f"built-{next(_numbers)}"
    with hands(eyes, mode) as person:
        person.go("/rules/new/")
        person.write(person.page.get_by_label("Name"), name)
        person.click(person.page.get_by_role("button", name="Begin"))
        person.page.wait_for_url(f"**/rules/{name}/**")
        person.go(f"/rules/{name}/edit/")
        builder = Builder(person)
        builder.write("on.1", "user.lifecycle.activate")
        builder.press("add:1", "c.1.1.field")
        builder.write("c.1.1.field", "event.outcome.result")
        builder.write("c.1.1.value", "SUCCESS")
        builder.press("group:1", "c.1.2.1.field")
        builder.write("c.1.2.1.field", "event.target.User.alternateId")
        builder.choose("c.1.2.1.op", "ends_with")
        builder.write("c.1.2.1.value", "@acme.example")
        builder.press("up:1.2", "c.1.1.1.field")
        builder.choose("new-step", "email.send")
        builder.press("add-step", "s.1.w.to.texts")
        builder.write("s.1.w.to.texts", "{{ event.target.User.alternateId }}")
        builder.write("s.1.w.subject.text", "Welcome")
        builder.write("s.1.w.body.text", "Hello")
        builder.press("save", "builder-state")
        expect(person.page.locator("#builder-state")).to_contain_text("Nothing is wrong")
    with stack.inside():
        draft = Draft.objects.unfinished().get(name=name)
    assert draft.digest
    assert draft.definition == {
        "name": name,
        "kind": "event",
        "on": ["user.lifecycle.activate"],
        "when": {
            "all": [
                {"any": [{"field": "event.target.User.alternateId", "op": "ends_with",
                          "value": "@acme.example"}]},
                {"field": "event.outcome.result", "op": "equals", "value": "SUCCESS"},
            ]
        },
        "do": [
            {"id": "send", "action": "email.send",
             "with": {"to": "{{ event.target.User.alternateId }}", "subject": "Welcome",
                      "body": "Hello"}}
        ],
    }  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
def test_a_draft_is_tried_on_somebody_while_it_is_written(eyes: Eyes, mode: str) -> None:
    with hands(eyes, mode) as person:
        person.go(f"/rules/{drafts.LARGE}/edit/?find=")
        test = person.page.get_by_label("Test", exact=True)
        person.click(test.locator(".rule-choices button").first)
        expect(test.get_by_text("Would not match")).to_be_visible()
        expect(person.page.locator("#builder")).to_contain_text("this gives")


def test_what_was_typed_and_the_focus_survive_every_button(eyes: Eyes, stack: Stack) -> None:
    """Values stand where their conditions went, although the page is not loaded anew."""
    name = f"moved-{next(_numbers)}"
    with stack.inside():
        draft = use_cases.start(None, name=name, actor=MAYA)
        same = {"field": "user.status", "op": "equals", "value": "same"}
        definition: dict[str, Any] = {
            "name": name,
            "kind": "event",
            "when": {"all": [same, same, same]},
        }
        use_cases.save(draft, definition=definition, seen=draft.seen, actor=MAYA)
    with eyes.page(Role.OPERATOR) as page:
        page.goto(f"/rules/{name}/edit/")
        page.evaluate("window.sameDocument = true")
        _by_id(page, "c.1.2.value").fill("typed")
        _by_id(page, "c.1.1.op").select_option("not_equals")
        _by_id(page, "remove:1.3").click()
        expect(_by_id(page, "c.1.3.value")).to_have_count(0)
        _by_id(page, "down:1.1").click()
        expect(_by_id(page, "c.1.1.value")).to_have_value("typed")
        expect(_by_id(page, "c.1.2.op")).to_have_value("not_equals")
        expect(_by_id(page, "down:1.2")).to_be_focused()
        _by_id(page, "c.1.1.value").fill("other")
        _by_id(page, "remove:1.1").click()
        expect(_by_id(page, "c.1.1.value")).to_have_value("same")
        expect(_by_id(page, "add:1")).to_be_focused()
        assert page.evaluate("window.sameDocument")


def test_the_largest_draft_keeps_the_bounds_of_a_page(eyes: Eyes) -> None:
    """20 conditions and 5 steps: U12."""
    with eyes.page(Role.ADMIN) as page:
        page.goto(f"/rules/{drafts.LARGE}/edit/")
        assert page.locator("[id$='.field']").count() == 20
        assert page.get_by_label("Then").locator("section").count() == 5
        assert page.evaluate("document.querySelectorAll('*').length") <= 1_500
        page.locator(".rule-choices button").first.click()
        expect(page.get_by_label("Test", exact=True)).to_contain_text("that decided")
        assert page.evaluate("document.querySelectorAll('*').length") <= 1_500


def test_the_builder_is_used_on_a_phone(eyes: Eyes) -> None:
    with eyes.page(Role.OPERATOR, width=PHONE) as page:
        page.goto(f"/rules/{drafts.LARGE}/edit/")
        inner = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert inner <= 0
        widths = page.locator(".rule-check > input").evaluate_all(
            "all => all.map((one) => one.getBoundingClientRect().width)"
        )
        assert min(widths) >= 180
