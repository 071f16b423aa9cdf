"""The provider's own page: who signs in?"""

from pathlib import Path
from urllib.parse import urlsplit

import jinja2
from werkzeug.wrappers import Response

from sandbox.web import Json, to_bytes

TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=True,
    undefined=jinja2.ChainableUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def people(
    asked: dict[str, str],
    rows: list[Json],
    names: dict[str, list[str]],
    *,
    status: int,
    problem: str,
) -> Response:
    """Everybody of the org as a button; those with groups of the app first."""
    target = urlsplit(asked["redirect_uri"])
    ordered = sorted(rows, key=lambda user: (not names[user["id"]], user["profile"]["login"]))
    return _page(
        {"people": ordered, "names": names, "asked": asked, "problem": problem},
        status=status,
        leads_to=f"{target.scheme}://{target.netloc}",
    )


def broken(sentence: str) -> Response:
    return _page({"people": [], "problem": sentence}, status=400)


def signed_out() -> Response:
    """There is no session here that could be ended: people are chosen anew each time."""
    return _page({"people": [], "problem": "You are signed out of Okta."}, status=200)


def _page(values: Json, *, status: int, leads_to: str = "") -> Response:
    text = TEMPLATES.get_template("sign_in.html").render(title="Sign in", **values)
    response = Response(to_bytes(text), status=status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; form-action 'self' {leads_to}; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
