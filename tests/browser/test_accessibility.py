"""axe-core finds nothing: every page and state, both themes, wide and phone, each role (U1)."""

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from portal.roles import Role
from tests.browser import pages
from tests.browser.looking import OPEN_ALL, PHONE, WIDE, Eyes, sign_in
from tests.browser.places import Place
from tests.browser.stack import Stack

pytestmark = pytest.mark.browser
AXE = Path(__file__).parent / "axe" / "axe.min.js"
#: So that several workers can share the pages.
PARTS = 6
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: What colours or widths can break; all else is the same in every view of a page.
LOOKS = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]
ALL, SOME = {"type": "tag", "values": TAGS}, {"type": "rule", "values": LOOKS}
#: Both widths and both themes, each page loaded once, first as it comes, then with all that folds
#: open. A page that was looked at in another state already gets both themes and both widths, once.
Views = Sequence[tuple[str, int, str, object]]
VIEWS: Views = (
    ("light", WIDE, "", ALL), ("dark", PHONE, OPEN_ALL, ALL),
    ("light", PHONE, "", SOME), ("dark", WIDE, "", SOME),
)  # fmt: skip
AGAIN: Views = (("light", WIDE, "", SOME), ("dark", PHONE, OPEN_ALL, ALL))
#: What a role adds to a page is words and colours that others have seen.
OF_A_ROLE: Views = (("light", WIDE, OPEN_ALL, ALL),)
#: Pages whose first form says what is wrong when nothing is filled in.
REFUSING = (
    "brake", "policy", "rule-new", "lookup-new", "lookup-detail", "run-handle", "failure-triage",
    "token-list", "user-detail",
)  # fmt: skip
_SEND = """(form) => {
  form.querySelectorAll("input[type=text], textarea").forEach((one) => { one.value = "" });
  form.noValidate = true;
  form.submit();
}"""
_RUN = """async (runOnly) => {
  const found = await axe.run(document, {runOnly, resultTypes: ["violations"]});
  return found.violations.map((one) => {
    const where = one.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 200)} ${
      [...node.any, ...node.all, ...node.none].map((check) => check.message).join(" ")}`);
    return `${one.id} ×${one.nodes.length}: ${where.join(" / ")}`;
  });
}"""


def test_the_checker_is_the_published_one() -> None:
    digest = base64.b64encode(hashlib.sha512(AXE.read_bytes()).digest()).decode()
    assert f"sha512-{digest}" in (AXE.parent / "README.md").read_text()


def test_the_checker_finds_what_is_wrong(eyes: Eyes) -> None:
    with eyes.context(bypass_csp=True) as context:
        page = _page(context)
        page.goto("/rules/")
        page.evaluate("document.querySelector('h1').innerHTML = '<img src=x><button></button>'")
        assert {one.partition(" ")[0] for one in violations_of(page)} >= {
            "image-alt",
            "button-name",
        }


@pytest.mark.parametrize("part", range(PARTS))
def test_an_administrator_s_pages_have_no_violation(eyes: Eyes, stack: Stack, part: int) -> None:
    with stack.inside():
        places = pages.all_places()
    found = _check(eyes, Role.ADMIN, places[part::PARTS])
    assert found == [], found


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.APPROVER, Role.AUDITOR])
def test_the_pages_of_other_roles_have_no_violation(eyes: Eyes, stack: Stack, role: Role) -> None:
    with stack.inside():
        places = [place for place in pages.of_other_roles()[role] if place.status < 400]
    assert len(places) > 30
    refused = Place("", "refused", "/audit/" if role != Role.AUDITOR else "/tokens/", 403)
    assert _check(eyes, role, [*places, refused], OF_A_ROLE) == []


def test_the_pages_of_an_empty_site_have_no_violation(empty_eyes: Eyes) -> None:
    places = [
        Place(name, "empty", pages.path_of(name)) for name in (*pages.EMPTY_TOO, *pages.LISTS)
    ]
    assert _check(empty_eyes, Role.ADMIN, places) == []


def test_signing_in_has_no_violation_refused_or_not(eyes: Eyes) -> None:
    with eyes.context(None, theme="system", bypass_csp=True) as context:
        page = _page(context)
        page.goto("/sign-in/")
        found = _in_every_view(page)
        sign_in(page, "maya", "wrong")
        page.get_by_role("alert").first.wait_for()
        assert found + _in_every_view(page) == []


@pytest.mark.parametrize("name", REFUSING)
def test_a_form_that_refuses_has_no_violation(eyes: Eyes, stack: Stack, name: str) -> None:
    """Sent as it stands, without what the browser would ask for first."""
    with stack.inside():
        places = [one for one in pages.all_places() if (one.name, one.status) == (name, 200)]
    with eyes.context(theme="system", bypass_csp=True) as context:
        page = _page(context)
        page.goto(places[-1].path)
        with page.expect_navigation() as sent:
            page.locator("main form[method=post]").first.evaluate(_SEND)
        assert sent.value.status in (400, 409, 422), sent.value.status
        assert _in_every_view(page, VIEWS[:2]) == []


def test_open_menus_have_no_violation(eyes: Eyes) -> None:
    found = []
    with eyes.context(theme="system", bypass_csp=True) as context:
        page = _page(context)
        page.goto("/runs/?state=failed")
        for button in ("Theme", "ML, account of Maya Lindqvist"):
            page.get_by_role("button", name=button).click()
            found += _in_every_view(page)
            page.keyboard.press("Escape")
        page.keyboard.press("?")
        found += _in_every_view(page)
        page.keyboard.press("Escape")
        page.set_viewport_size({"width": PHONE, "height": 900})
        page.get_by_role("button", name="Menu").click()
        found += violations_of(page)
    assert found == []


def _check(eyes: Eyes, role: Role, places: list[Place], views: Views | None = None) -> list[str]:
    found = []
    seen: set[str] = set()
    with eyes.context(role, theme="system", bypass_csp=True) as context:
        page = _page(context)
        for place in places:
            page.goto(place.path)
            chosen = views or (AGAIN if place.name in seen else VIEWS)
            seen.add(place.name)
            found += [
                f"{place.name} {place.label} {place.path} {one}"
                for one in _in_every_view(page, chosen)
            ]
    return found


def _page(context: BrowserContext) -> Page:
    """A page in which axe is there; the policy of the portal would not let it in."""
    page = context.new_page()
    page.add_init_script(path=AXE)
    return page


def _in_every_view(page: Page, views: Views = VIEWS) -> list[str]:
    """The theme is the system's, so it changes without the page being loaded again."""
    found = []
    for theme, width, prepare, what in views:
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 900})
        if prepare:
            page.evaluate(prepare)
        expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
        found += [f"[{theme} {width}] {one}" for one in violations_of(page, what)]
    return found


def violations_of(page: Page, what: object = ALL) -> list[str]:
    found: list[str] = page.evaluate(_RUN, what)
    return found
