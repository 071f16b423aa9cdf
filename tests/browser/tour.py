"""Every page in every state, opened once by each role that sees it, and all that is asked of it
noted at once: loading a page costs more than most of the questions."""

from collections.abc import Mapping, Sequence

from playwright.sync_api import Page

from portal.roles import Role
from tests.browser import checker, pages
from tests.browser.checker import Checker
from tests.browser.looking import Eyes, Opened, note, sign_in, watch
from tests.browser.places import Place
from tests.browser.stack import Stack
from tests.browser.story import HOSTILE

#: Steps of a sign-in that nobody began; what they look like in one is in test_sign_in.py.
NOT_BEGUN = (
    Place("sign-in-code", "not begun", "/sign-in/code/"),
    Place("sign-in-enrol", "not begun", "/sign-in/enrol/"),
    Place("okta-callback", "not begun", "/sign-in/okta/callback/", 400),
)
#: Who went: each role, whoever is on an empty site, and whoever has not signed in.
EMPTY, NOBODY = "empty site", "nobody"
WHO = (*(role.value for role in Role), EMPTY, NOBODY)
Tour = Mapping[str, Sequence[Opened]]


def go(eyes: Eyes, empty_eyes: Eyes, stack: Stack, axe: Checker) -> Tour:
    """All of it; the browser of each role looks at one page after another."""
    with stack.inside():
        of_admin, of_others = pages.all_places(), pages.of_other_roles()
    places = {Role.ADMIN: of_admin, **of_others}
    found = {role.value: _visit(eyes, role, ones, axe) for role, ones in places.items()}
    found[EMPTY] = _visit(empty_eyes, Role.ADMIN, pages.on_an_empty_site(), axe)
    found[NOBODY] = _before_signing_in(eyes, axe)
    return found


def _visit(eyes: Eyes, role: Role, places: Sequence[Place], axe: Checker) -> list[Opened]:
    with eyes.page(role, theme="system") as page:
        said = _ready(page)
        return [_look(page, place, said, axe) for place in places]


def _ready(page: Page) -> list[str]:
    checker.prepare(page)
    return watch(page)


def _look(page: Page, place: Place, said: list[str], axe: Checker) -> Opened:
    said.clear()
    response = page.goto(place.path)
    assert response is not None
    wrong = axe.check(page)
    opened = note(page, place, response, said)
    opened.wrong = wrong
    return opened


def _before_signing_in(eyes: Eyes, axe: Checker) -> list[Opened]:
    with eyes.page(None, theme="system") as page:
        said = _ready(page)
        first = _look(page, Place("sign-in", "first", "/sign-in/?next=/runs/"), said, axe)
        return [first, _refused(page, said, axe), *(_look(page, p, said, axe) for p in NOT_BEGUN)]


def _refused(page: Page, said: list[str], axe: Checker) -> Opened:
    said.clear()
    with page.expect_response("**/sign-in/") as answer:
        sign_in(page, HOSTILE, "wrong")
    page.wait_for_load_state("load")
    wrong = axe.check(page)
    opened = note(page, Place("sign-in", "refused", "/sign-in/", 422), answer.value, said)
    opened.wrong = wrong
    return opened
