"""Serve the component gallery: `python -m tests.portal.web.gallery [port]`. Needs no database."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse

os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
os.environ.setdefault("ENVIRONMENT_LABEL", "acme · sandbox")
django.setup()

from django.contrib.auth.models import AnonymousUser  # noqa: E402 - after setup
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402 - after setup

from portal import context  # noqa: E402 - after setup
from portal.models import User  # noqa: E402 - after setup
from portal.roles import Role  # noqa: E402 - after setup

GetResponse = Callable[[HttpRequest], HttpResponse]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


def visitor(get_response: GetResponse) -> GetResponse:
    """Someone with every role is signed in, without a session or a database."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = User(username="maya", first_name="Maya", last_name="Lindqvist")
        user._roles = frozenset(Role)  # type: ignore[attr-defined]
        request.user = AnonymousUser() if request.path.startswith("/sign-in") else user
        return get_response(request)

    return middleware


def configure() -> None:
    engine: dict[str, Any] = settings.TEMPLATES[0]
    engine["DIRS"].append(Path(__file__).parent / "templates")
    engine["OPTIONS"]["context_processors"].remove(
        "django.contrib.messages.context_processors.messages"
    )
    settings.ROOT_URLCONF = "tests.portal.web.gallery.urls"
    settings.MIDDLEWARE = [
        "whitenoise.middleware.WhiteNoiseMiddleware",
        "csp.middleware.CSPMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "tests.portal.web.gallery.__main__.visitor",
    ]
    context.standing = lambda: context.Standing("41", "5", "")


def main() -> None:
    configure()
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8123
    with make_server("127.0.0.1", port, WSGIHandler(), handler_class=Quiet) as server:
        print(f"Ready on http://127.0.0.1:{server.server_port}", flush=True)  # noqa: T201 - a script
        server.serve_forever()


if __name__ == "__main__":
    main()
