"""What the server runs: the hook endpoint in front, Django behind."""

import os
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
_django = get_wsgi_application()

from provisioning import webhooks  # noqa: E402 - needs the settings to be loaded

HOOKS = "/hooks/"


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Hooks never enter Django's middleware: Okta waits 3 s, and every millisecond counts."""
    if environ.get("PATH_INFO", "").startswith(HOOKS):
        return webhooks.application(environ, start_response)
    return _django(environ, start_response)
