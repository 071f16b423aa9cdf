"""What can be wrong with a page in some views only: the checker has to look at each of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.browser.looking import PHONE, WIDE

_SPOIL = """([html, css]) => {
  document.querySelector("main").insertAdjacentHTML("beforeend", html);
  const styles = new CSSStyleSheet();
  styles.replaceSync(css);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, styles];
}"""
_TEXT = "<p class=spoilt>A text of some words</p>"
_LIGHT, _DARK = "[data-bs-theme=light] .spoilt", "[data-bs-theme=dark] .spoilt"
_PALE = "{ color: #888; background: #999; }"
_EVEN = "[data-bs-theme=dark] .even { background: #223; }"
_PHONES = "@media (max-width: 640px)"
_IN_LIGHT = (f"light {WIDE}", f"light {PHONE}")
_IN_DARK = (f"dark {WIDE}", f"dark {PHONE}")
_ON_LIGHT_PHONES = (f"light {PHONE}",)


@dataclass(frozen=True)
class Spoilt:
    """This HTML with these styles breaks `rule` in `views`."""

    html: str
    css: str
    rule: str
    views: tuple[str, ...]

    def add_to(self, page: Page) -> None:
        page.evaluate(_SPOIL, [self.html, self.css])


SPOILT: Mapping[str, Spoilt] = {
    "a picture without words": Spoilt("<img src='data:,'>", "", "image-alt", _IN_LIGHT),
    "two of what a page has once": Spoilt(
        "<div role=main>Too</div>", "", "landmark-no-duplicate-main", _IN_LIGHT
    ),
    "pale in the light": Spoilt(_TEXT, f"{_LIGHT} {_PALE}", "color-contrast", _IN_LIGHT),
    "pale in the dark": Spoilt(_TEXT, f"{_DARK} {_PALE}", "color-contrast", _IN_DARK),
    "pale on dark phones": Spoilt(
        _TEXT, f"{_PHONES} {{ {_DARK} {_PALE} }}", "color-contrast", (f"dark {PHONE}",)
    ),
    "pale where it folds": Spoilt(
        f"<details><summary>More</summary>{_TEXT}</details>",
        f".spoilt {_PALE}",
        "color-contrast",
        (*_IN_LIGHT, *_IN_DARK),
    ),
    "a link nearly like the text around it": Spoilt(
        "<div class=even><p>Read <a class=spoilt href='/'>all of this</a> before more.</p></div>",
        f"{_DARK} {{ color: #c9cdd4; text-decoration: none; }} {_EVEN}",
        "link-in-text-block",
        _IN_DARK,
    ),
    "without a name on phones": Spoilt(
        "<button><span class=spoilt>Go</span></button>",
        f"{_PHONES} {{ .spoilt {{ display: none; }} }}",
        "button-name",
        _ON_LIGHT_PHONES,
    ),
    "small on phones": Spoilt(
        "<p><button class=spoilt>Left</button><button class=spoilt>Right</button></p>",
        f"{_PHONES} {{ .spoilt {{ all: unset; width: 9px; display: inline-block; }} }}",
        "target-size",
        _ON_LIGHT_PHONES,
    ),
    "scrolling on phones": Spoilt(
        "<div class=spoilt><p>One</p><p>Two</p><p>Three</p></div>",
        f"{_PHONES} {{ .spoilt {{ height: 20px; overflow: scroll; }} }}",
        "scrollable-region-focusable",
        _ON_LIGHT_PHONES,
    ),
}
