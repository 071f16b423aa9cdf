"""Okta's event hook: check, store, answer. Plain WSGI, in front of Django.

Okta waits 3 s, retries once after a time-out or 5xx and never after 4xx, so 2xx is said only
after the commit and 503 whenever storing failed. See docs/okta.md.
"""

import json
import logging
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from django.conf import settings

from audit.codes import new_code
from provisioning import bodies
from provisioning.callers import caller_address
from provisioning.events import intake
from provisioning.events.models import Event
from provisioning.events.reading import Unreadable, read_envelope
from provisioning.events.refusals import Refusals
from provisioning.events.writer import Ticket, Unavailable, Unsent, Writer
from provisioning.hook_secrets import matching_label, secrets
from provisioning.wakeups import Bell

log = logging.getLogger(__name__)

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]

PATHS = ("/hooks/okta", "/hooks/okta/")
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{1,256}")
#: Seconds a body may take; Okta itself gives up after 3.
PATIENCE = 8.0


class Refused(Exception):  # noqa: N818
    """The call is answered with `status` and recorded under `reason`."""

    def __init__(self, status: int, reason: str, detail: str, label: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.reason = reason
        self.detail = detail
        self.label = label


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


class Endpoint:
    """The endpoint of one process: its writer thread, its bell, its counters."""

    def __init__(self) -> None:
        self._start = threading.Lock()
        self._writer: Writer | None = None
        self._refusals = Refusals()

    @property
    def writer(self) -> Writer:
        """Started by the first call, hence after the server has forked."""
        if self._writer is None:
            with self._start:
                if self._writer is None:
                    bell = Bell()
                    bell.start()
                    writer = Writer(on_stored=bell.ring)
                    writer.start()
                    self._writer = writer
        return self._writer

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        call = describe(environ)
        answer = self._answer(environ, call)
        headers = [
            ("Content-Length", str(len(answer.body))),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
            ("X-Request-Id", call.request_id),
            *answer.headers,
        ]
        if answer.status == HTTPStatus.NO_CONTENT:
            headers = headers[1:]
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
        return [answer.body] if answer.body else []

    def _answer(self, environ: Environ, call: intake.Call) -> Answer:
        try:
            return self._handle(environ, call)
        except Refused as refusal:
            return self._refuse(call, refusal)
        except Unavailable:
            return Answer(503, headers=(("Retry-After", "1"),))
        except Exception:
            # The last net: whatever went wrong is ours, so Okta shall send it again.
            log.exception("The hook endpoint failed")
            return Answer(503)

    def _handle(self, environ: Environ, call: intake.Call) -> Answer:
        if environ.get("PATH_INFO") not in PATHS:
            return Answer(404)
        if call.method == "GET":
            return self._verify(environ, call)
        if call.method != "POST":
            raise Refused(405, "method", f"{call.method} is not GET or POST.")
        self._receive(environ, call, authorised(environ))
        return Answer(204)

    def _receive(self, environ: Environ, call: intake.Call, label: str) -> None:
        """Read and store the call. A companion reads, and puts in what it read by itself: handing
        the body back first would cost another change of threads."""
        ticket = Ticket()
        try:
            bodies.hand_over(partial(self._take, environ, call, label, ticket))
            self.writer.wait(ticket, PATIENCE)
        except bodies.Busy:
            raise Refused(503, "too_many_slow", "Too many bodies arrive slowly.", label) from None
        except Unsent:
            bodies.leave_behind()
            detail = f"The body did not arrive within {PATIENCE:g} seconds."
            raise Refused(408, "too_slow", detail, label) from None

    def _take(self, environ: Environ, call: intake.Call, label: str, ticket: Ticket) -> None:
        try:
            body = read_body(environ, label)
            call = replace(call, secret_label=label, size=len(body), digest=sha256(body).digest())
            envelope = read_envelope(body)
            now = datetime.now(UTC)
            bundle = intake.accepted(call, envelope, channel=Event.Channel.HOOK.value, now=now)
            self.writer.put(ticket, bundle)
        except Unreadable as problem:
            ticket.refuse(Refused(problem.status, problem.reason, problem.message, label))
        except Exception as problem:  # noqa: BLE001 - raised again where the call is answered
            ticket.refuse(problem)

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


def read_body(environ: Environ, label: str) -> bytes:
    """The body, within the limits. Raises Refused with 400, 413 or 415."""
    _check_kind(environ, label)
    limit = settings.OKTA_HOOK_MAX_BYTES
    length = environ.get("CONTENT_LENGTH") or ""
    if length and not length.isdecimal():
        raise Refused(400, "content_length", "Content-Length is not a number.", label)
    if length and int(length) > limit:
        raise Refused(413, "too_large", f"{length} bytes; at most {limit}.", label)
    # Some servers let a read past the body wait for the connection's end (PEP 3333).
    wanted = int(length) if length else limit + 1
    body = bodies.read_up_to(environ["wsgi.input"], wanted)
    if len(body) > limit:
        raise Refused(413, "too_large", f"More than {limit} bytes.", label)
    if length and len(body) != int(length):
        raise Refused(400, "cut_short", f"{len(body)} of {length} bytes arrived.", label)
    return body


def _check_kind(environ: Environ, label: str) -> None:
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, "content_type", "Content-Type must be application/json.", label)
    if environ.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise Refused(415, "content_encoding", "The body must not be compressed.", label)


application = Endpoint()
