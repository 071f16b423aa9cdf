"""axe-core finds nothing: every page and state, both themes, wide and phone, each role (U1)."""

import base64
import hashlib
import re

import pytest

from portal.roles import Role
from portal.settings import BASE_DIR
from tests.browser import checker, pages
from tests.browser.checker import AXE, Checker
from tests.browser.looking import PHONE, Eyes
from tests.browser.spoilt import SPOILT
from tests.browser.stack import Stack
from tests.browser.tour import WHO, Tour

pytestmark = pytest.mark.browser
STYLES = BASE_DIR / "portal" / "static" / "portal"
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
#: Names of properties that change more than colours.
SIZES = re.compile("width|height|size|padding|margin|gap|radius|display|font|spacing|content")


def test_the_checker_is_the_published_one() -> None:
    digest = base64.b64encode(hashlib.sha512(AXE.read_bytes()).digest()).decode()
    assert f"sha512-{digest}" in (AXE.parent / "README.md").read_text()


@pytest.mark.parametrize("what", SPOILT)
def test_the_checker_finds_what_is_wrong_in_each_view(eyes: Eyes, what: str) -> None:
    """On a page that it found clean before."""
    spoilt, axe = SPOILT[what], Checker()
    with eyes.page(theme="system") as page:
        checker.prepare(page)
        page.goto("/policy/")
        assert axe.check(page) == []
        page.reload()
        spoilt.add_to(page)
        found = axe.check(page)
    views = {view.strip("[") for view, _, said in (one.partition("] ") for one in found)
             if said.startswith(f"{spoilt.rule} ")}  # fmt: skip
    assert views == set(spoilt.views), found


def test_a_page_that_was_clean_is_not_looked_at_again(eyes: Eyes, axe: Checker) -> None:
    with eyes.page(theme="system") as page:
        checker.prepare(page)
        page.goto("/policy/")
        assert axe.check(page) == []
        page.reload()
        page.evaluate("() => { axe.run = () => { throw new Error('again') } }")
        assert axe.check(page) == []


@pytest.mark.parametrize("path", ["app.css", "vendor/bootstrap.min.css"])
def test_dark_changes_only_colours(path: str) -> None:
    """What the checker relies on: a rule that reads no colours sees the same in both themes."""
    styles = re.sub(r"/\*.*?\*/", "", (STYLES / path).read_text(), flags=re.DOTALL)
    found = set()
    for selectors, body in re.findall(r"([^{}]*)\{([^{}]*)\}", styles.replace('"', "")):
        if "[data-bs-theme=dark]" in selectors and "=light]" not in selectors:
            found |= {one.partition(":")[0].strip() for one in body.split(";") if one.strip()}
    assert len(found) > 30
    assert {one for one in found if not one.startswith("--")} == {"color-scheme"}
    assert {one for one in found if SIZES.search(one)} == set()


@pytest.mark.parametrize("who", WHO)
def test_no_page_has_a_violation(tour: Tour, who: str) -> None:
    found = [f"{one} {wrong}" for one in tour[who] for wrong in one.wrong]
    assert found == [], found


def test_every_role_has_seen_every_page(tour: Tour) -> None:
    def names(role: Role) -> set[str]:
        return {one.place.name for one in tour[role.value]} - {""}

    assert all(names(role) == names(Role.ADMIN) for role in Role)
    assert len(names(Role.ADMIN)) > 60


@pytest.mark.parametrize("name", REFUSING)
def test_a_form_that_refuses_has_no_violation(
    eyes: Eyes, stack: Stack, axe: Checker, name: str
) -> None:
    """Sent as it stands, without what the browser would ask for first."""
    with stack.inside():
        places = [one for one in pages.all_places() if (one.name, one.status) == (name, 200)]
    with eyes.page(theme="system") as page:
        checker.prepare(page)
        page.goto(places[-1].path)
        with page.expect_navigation() as sent:
            page.locator("main form[method=post]").first.evaluate(_SEND)
        assert sent.value.status in (400, 409, 422), sent.value.status
        assert axe.check(page) == []


def test_open_menus_have_no_violation(eyes: Eyes, axe: Checker) -> None:
    found = []
    with eyes.page(theme="system") as page:
        checker.prepare(page)
        page.goto("/runs/?state=failed")
        for button in ("Theme", "ML, account of Maya Lindqvist"):
            page.get_by_role("button", name=button).click()
            found += axe.check(page)
            page.keyboard.press("Escape")
        page.keyboard.press("?")
        found += axe.check(page)
        page.keyboard.press("Escape")
        page.set_viewport_size({"width": PHONE, "height": 900})
        page.get_by_role("button", name="Menu").click()
        found += axe.check(page)
    assert found == []
