"""Hook calls are answered by the thread that stored them, not by the one that read them.

WSGI has no way to say "later", granian has one underneath: its adapter gets an object that takes
the answer from any thread. So that thread need not wait for the commit, and need not be woken
after it; waking sixteen of them for each commit cost more than reading the calls. The adapter is
no public part of granian, whose version is locked; without it hooks are plain WSGI.
"""

import logging
from collections.abc import Callable
from typing import Any, Protocol

from granian.server import mp

from portal.wsgi import HOOKS
from provisioning import webhooks

log = logging.getLogger(__name__)

#: What makes granian's adapter around a WSGI application: (application, options, log format).
ADAPTER = "_wsgi_call_wrap"


class Answering(Protocol):
    """What granian takes an answer through; the first one counts."""

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...


Adapted = Callable[[Answering, dict[str, Any]], object]


def open_in_granian() -> None:
    """Before granian adapts the application, in each of its workers."""
    adapt: Callable[..., Adapted] | None = getattr(mp, ADAPTER, None)
    if adapt is None:
        log.warning("This granian has no %s: hooks are accepted more slowly.", ADAPTER)
        return

    def with_door(*arguments: Any) -> Adapted:
        pages = adapt(*arguments)

        def call(answering: Answering, environ: dict[str, Any]) -> object:
            if environ["PATH_INFO"].startswith(HOOKS):
                return webhooks.application.serve(environ, answering.response_bytes)
            return pages(answering, environ)

        return call

    setattr(mp, ADAPTER, with_door)
