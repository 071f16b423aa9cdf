"""A person at the portal without a browser: reads pages, fills in their forms, sends them."""

import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin


class PageError(Exception):
    """A page did not answer as a person would need it to."""


@dataclass
class Form:
    """What a form would send as it stands."""

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    """Collects hidden and text fields, and what is checked or selected."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._open = False
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("action", ""), given.get("method", "get").lower()))
            self._open = True
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self._open and "selected" in given:
            self.found[-1].values.append((self._select, given.get("value", "")))
        elif tag in ("input", "button", "textarea") and self._open and given.get("name"):
            kind = given.get("type", "text")
            if kind not in ("submit", "button") and (
                kind not in ("checkbox", "radio") or "checked" in given
            ):
                self.found[-1].values.append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False


class PortalSession:
    """Keeps cookies between pages, as a browser does."""

    def __init__(self, base_url: str) -> None:
        self._base = base_url
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(cookies)

    def sign_in(self, username: str, password: str) -> None:
        """Raises PageError when the portal does not let us in."""
        self.submit("/sign-in/", username=username, password=password)

    def read(self, path: str) -> str:
        """The page's HTML. Raises PageError for anything but 200."""
        return self._call(path, None)[1]

    def submit(self, path: str, *, to: str = "", **filled: str) -> str:
        """Open a page, fill in its form, send it; the address that it leads to.

        The form is the one that is sent to the page itself, or to the path `to`.

        Raises PageError when the page has no such form or refuses what was sent.
        """
        address, page = self._call(path, None)
        parser = _Forms()
        parser.feed(page)
        wanted = {*filled, "csrfmiddlewaretoken"}
        own = [
            form
            for form in parser.found
            if form.method == "post"
            and wanted <= {name for name, _ in form.values}
            and _path(urljoin(address, form.action)) == _path(urljoin(address, to or address))
        ]
        if not own:
            raise PageError(f"{address} has no form of its own to send.")
        values = [(name, filled.get(name, value)) for name, value in own[0].values]
        sent_to = urljoin(address, own[0].action)
        target, _ = self._call(sent_to, urlencode(values).encode())
        if _path(target) == _path(sent_to):
            raise PageError(f"{address} did not accept the form.")
        return target

    def press(self, path: str, action: str, **filled: str) -> str:
        """Open a page and send that form of it which leads to `action`, with these fields too.

        Raises PageError when the page has no such form.
        """
        address, page = self._call(path, None)
        parser = _Forms()
        parser.feed(page)
        form = next((one for one in parser.found if one.action.split("?")[0] == action), None)
        if form is None:
            raise PageError(f"{address} has no form that leads to {action}.")
        values = [pair for pair in form.values if pair[0] not in filled] + list(filled.items())
        target, _ = self._call(urljoin(address, form.action), urlencode(values).encode())
        return target

    def _call(self, path: str, data: bytes | None) -> tuple[str, str]:
        url = urljoin(self._base, path)
        request = urllib.request.Request(url, data, {"Referer": url})  # noqa: S310  # http only
        try:
            with self._opener.open(request, timeout=15) as answer:
                return answer.url, answer.read().decode()
        except HTTPError as error:
            raise PageError(f"{error.url} answered {error.code}.") from None


def _path(address: str) -> str:
    return address.split("?")[0]
