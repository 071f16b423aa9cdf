"""Okta's event hook: check, store, answer. In front of Django.

Okta waits 3 s, retries once after a time-out or 5xx and never after 4xx, so 2xx is said only
after the commit and 503 whenever storing failed. See docs/okta.md.

The thread that read a call does not wait for its commit: who stored it answers.
"""

import json
import logging
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from django.conf import settings

from audit.codes import new_code
from provisioning.bodies import read_body
from provisioning.callers import caller_address
from provisioning.events import intake
from provisioning.events.models import Event
from provisioning.events.reading import Unreadable, read_envelope
from provisioning.events.refusals import Refusals
from provisioning.events.storing import Bundle
from provisioning.events.writer import PATIENCE, Unavailable, Writer
from provisioning.exchanges import Answer, Exchange, Refused, Send, Watch
from provisioning.hook_secrets import matching_label, secrets
from provisioning.wakeups import Bell

log = logging.getLogger(__name__)

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]

PATHS = ("/hooks/okta", "/hooks/okta/")
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{1,256}")
#: Seconds a body may take; Okta itself gives up after 3.
BODY_PATIENCE = 8.0
#: Whoever reads a body of more bytes waits for its commit, so that few of them are held at once.
BIG = 64 * 1024
AGAIN = Answer(503, headers=(("Retry-After", "1"),))


class Endpoint:
    """The endpoint of one process: its threads, its counters."""

    def __init__(self) -> None:
        self._start = threading.Lock()
        self._writer: Writer | None = None
        self._watch = Watch()
        self._refusals = Refusals()

    @property
    def writer(self) -> Writer:
        """Started by the first call, hence after the server has forked."""
        if self._writer is None:
            with self._start:
                if self._writer is None:
                    self._watch.start()
                    bell = Bell()
                    bell.start()
                    writer = Writer(on_stored=bell.ring)
                    writer.start()
                    self._writer = writer
        return self._writer

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """For any WSGI server: wait for the answer."""
        said: list[tuple[int, list[tuple[str, str]], bytes]] = []
        self.serve(environ, lambda *answer: said.append(answer)).wait()
        status, headers, body = said[0]
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [body] if body else []

    def serve(self, environ: Environ, send: Send) -> Exchange:
        """Begin the call; `send` gets its answer, now or later and from any thread."""
        exchange = Exchange(describe(environ), send)
        try:
            answer = self._handle(environ, exchange)
        except Refused as refusal:
            answer = self._refuse(exchange.call, refusal) if exchange.claim() else None
        except Unavailable:
            answer = AGAIN
        except Exception:
            # The last net: whatever went wrong is ours, so Okta shall send it again.
            log.exception("The hook endpoint failed")
            answer = Answer(503)
        if answer is not None:
            self._finish(exchange, answer)
        return exchange

    def _finish(self, exchange: Exchange, answer: Answer) -> None:
        self._watch.close(exchange)
        exchange.answer(answer)

    def _handle(self, environ: Environ, exchange: Exchange) -> Answer | None:
        """The answer; None where another thread gives it."""
        if environ.get("PATH_INFO") not in PATHS:
            return Answer(404)
        method = exchange.call.method
        if method == "GET":
            return self._verify(environ, exchange.call)
        if method != "POST":
            raise Refused(405, "method", f"{method} is not GET or POST.")
        self._receive(environ, exchange, authorised(environ))
        return None

    def _receive(self, environ: Environ, exchange: Exchange, label: str) -> None:
        """Read the call and have it stored; the answer comes from the writer, or the watch."""
        writer = self.writer
        self._watch.over(exchange, BODY_PATIENCE, partial(self._too_slow, exchange, label))
        body = read_body(environ, label)
        bundle = accepted(exchange.call, body, label)
        if exchange.claim():
            self._watch.over(exchange, PATIENCE, partial(exchange.answer, AGAIN))
            writer.put(bundle, partial(self._settled, exchange))
            if len(body) > BIG:
                exchange.wait()

    def _settled(self, exchange: Exchange, stored: int | None) -> None:
        self._finish(exchange, AGAIN if stored is None else Answer(204))

    def _too_slow(self, exchange: Exchange, label: str) -> None:
        """In a thread of its own: recording the refusal may take long."""
        if exchange.claim():
            detail = f"The body did not arrive within {BODY_PATIENCE:g} seconds."
            refusal = Refused(408, "too_slow", detail, label)
            work = lambda: exchange.answer(self._refuse(exchange.call, refusal))  # noqa: E731
            threading.Thread(target=work, name="hook-refusal", daemon=True).start()

    def _verify(self, environ: Environ, call: intake.Call) -> Answer:
        """Okta's one-time challenge (okta event hooks: verification)."""
        label = authorised(environ, open_to_all=settings.OKTA_HOOK_OPEN_VERIFICATION)
        challenge = environ.get("HTTP_X_OKTA_VERIFICATION_CHALLENGE", "")
        if not challenge:
            raise Refused(400, "no_challenge", "X-Okta-Verification-Challenge is missing.", label)
        if not CHALLENGE.fullmatch(challenge):
            raise Refused(
                400, "bad_challenge",
                "X-Okta-Verification-Challenge may hold letters, digits, _ and -, at most 256.",
                label,
            )  # fmt: skip
        call = replace(call, secret_label=label)
        self.writer.store(
            intake.turned_away(call, outcome="verified", status=200, now=datetime.now(UTC))
        )
        body = json.dumps({"verification": challenge}).encode()
        return Answer(200, body, (("Content-Type", "application/json"),))

    def _refuse(self, call: intake.Call, refusal: Refused) -> Answer:
        headers = (("Allow", "GET, POST"),) if refusal.status == 405 else ()
        if refusal.status == 401:
            headers = (("WWW-Authenticate", "Secret"),)
        now = datetime.now(UTC)
        call = replace(call, secret_label=refusal.label)
        try:
            if self._refusals.count(refusal.reason, now=now):
                self.writer.store(
                    intake.turned_away(
                        call, outcome="refused", status=refusal.status, now=now,
                        reason=refusal.reason, detail=refusal.detail,
                    )
                )  # fmt: skip
        except Unavailable:
            log.error("A refusal (%s) could not be recorded", refusal.reason)
        return Answer(refusal.status, headers=headers)


def describe(environ: Environ) -> intake.Call:
    """Where a call came from, as a Delivery records it."""
    return intake.Call(
        source=caller_address(environ),
        request_id=new_code(),
        method=str(environ.get("REQUEST_METHOD", ""))[:20],
        content_type=environ.get("CONTENT_TYPE", ""),
        user_agent=environ.get("HTTP_USER_AGENT", ""),
    )


def authorised(environ: Environ, *, open_to_all: bool = False) -> str:
    """The label of the secret that came with the call. Raises Refused with 401 or 503."""
    known = secrets(settings.OKTA_HOOK_SECRETS)
    given = environ.get("HTTP_AUTHORIZATION", "")
    if open_to_all and not given:
        return ""
    if not known:
        raise Refused(503, "no_secret_set", "OKTA_HOOK_SECRETS is not set; see docs/okta.md.")
    label = matching_label(given.encode("latin-1", "replace"), known)
    if label is None:
        detail = "The Authorization header is missing." if not given else "The secret is wrong."
        raise Refused(401, "bad_secret", detail)
    return label


def accepted(call: intake.Call, body: bytes, label: str) -> Bundle:
    """What is stored of a call. Raises Refused where its body cannot be read."""
    try:
        envelope = read_envelope(body)
    except Unreadable as problem:
        raise Refused(problem.status, problem.reason, problem.message, label) from None
    call = replace(call, secret_label=label, size=len(body), digest=sha256(body).digest())
    return intake.accepted(call, envelope, channel=Event.Channel.HOOK.value, now=datetime.now(UTC))


application = Endpoint()
