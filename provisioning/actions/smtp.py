"""Hands one message to the mail server, and knows afterwards how far it came.

Django's own backend sends to the recipients that the server takes and says nothing of the others,
and an error of its does not tell whether the message was on its way. Both matter here.
"""

import re
import smtplib
import ssl
from contextlib import suppress
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address

from provisioning.actions.base import ActionError, Permanent, Transient, Unknown
from provisioning.actions.text import fit

_SMTP = "django.core.mail.backends.smtp.EmailBackend"
_LINE_WITH_PERIOD = re.compile(rb"(?m)^\.")
_LINE_END = re.compile(rb"\r\n|\r|\n")
#: Also ValueError: a sender or header that cannot be written.
_MISFITS = (ssl.SSLCertVerificationError, smtplib.SMTPNotSupportedError, ValueError)
_LOOK = "Ask the recipient or the mail server's log, then decide in the portal."


class _RefusedError(Exception):
    """The server said no. `who`: which recipient, or which part of the talk."""

    def __init__(self, code: int, text: str, who: str, *, recipient: bool) -> None:
        super().__init__(who)
        self.code = code
        self.text = text
        self.who = who
        self.kind = "smtp_recipient" if recipient else "smtp"


class _Talk:
    """One message's way to the server; `sent` once its text may have arrived there."""

    def __init__(self) -> None:
        self.sent = False

    def run(self, message: EmailMessage) -> None:
        raw = _bytes(message)
        backend = EmailBackend(timeout=settings.EMAIL_TIMEOUT)
        try:
            backend.open()
            server = backend.connection
            if server is None:
                raise smtplib.SMTPServerDisconnected
            self._hand_over(server, message, raw)
        finally:
            # The server has the message, or has refused it: how the talk ends is of no account.
            with suppress(OSError, smtplib.SMTPException):
                backend.close()

    def _hand_over(self, server: smtplib.SMTP, message: EmailMessage, raw: bytes) -> None:
        server.ehlo_or_helo_if_needed()
        # Recipients are all or none: one refusal ends the talk before the text is sent.
        _expect(server.mail(_bare(message.from_email)), (250,), "the sender")
        for address in message.recipients():
            _expect(server.rcpt(_bare(address)), (250, 251), address, recipient=True)
        _expect(server.docmd("DATA"), (354,), "the message")
        self.sent = True
        server.send(_LINE_WITH_PERIOD.sub(b"..", raw.rstrip(b"\r\n")) + b"\r\n.\r\n")
        answer = server.getreply()
        self.sent = False
        _expect(answer, (250,), "the message")


def deliver(message: EmailMessage) -> None:
    """Send it, once. Raises Transient, Permanent or Unknown; returns when the server has it.

    With another backend in EMAIL_BACKEND (a file, the console) that one is used instead.
    """
    if settings.EMAIL_BACKEND != _SMTP:
        get_connection().send_messages([message])
        return
    talk = _Talk()
    try:
        talk.run(message)
    except (_RefusedError, smtplib.SMTPException, OSError, ValueError) as error:
        raise _meaning(error, sent=talk.sent) from error


def _meaning(error: Exception, *, sent: bool) -> ActionError:
    if isinstance(error, _RefusedError):
        return _refused(error.code, error.text, error.who, error.kind)
    if sent:
        return Unknown(
            "smtp_no_answer",
            "The connection to the mail server was lost while the mail was handed over.",
            hint=_LOOK,
            detail={"service_message": fit(str(error), 300)},
        )
    if isinstance(error, smtplib.SMTPAuthenticationError) and error.smtp_code >= 500:
        return Permanent(
            "smtp_sign_in_refused",
            "The mail server does not accept our user name and password.",
            hint="Correct EMAIL_URL, then replay.",
            detail={"service_message": _words(error.smtp_error)},
        )
    if isinstance(error, smtplib.SMTPResponseException):
        return _refused(error.smtp_code, _words(error.smtp_error), "the connection")
    if isinstance(error, _MISFITS):
        return Permanent(
            "smtp_not_possible",
            "The mail server and our settings do not fit together; nothing was sent.",
            hint="Check EMAIL_URL and the server's certificate.",
            detail={"service_message": fit(str(error), 300)},
        )
    return Transient(
        "smtp_unreachable",
        "The mail server could not be reached; nothing was sent.",
        detail={"service_message": fit(str(error), 300)},
    )


def _refused(code: int, text: str, who: str, kind: str = "smtp") -> ActionError:
    """`kind` begins the error's code: what one recipient meets says nothing of the server."""
    detail = {"service_message": fit(text, 300), "smtp_code": code}
    if 400 <= code < 500:
        words = f"The mail server does not take {who} now ({code}); nothing was sent."
        return Transient(f"{kind}_{code}", words, detail=detail)
    words = f"The mail server refused {who} ({code}): {fit(text, 200)}. Nothing was sent."
    hint = "Correct the address or the server's settings, then replay."
    return Permanent(f"{kind}_{code}", words, hint=hint, detail=detail)


def _expect(
    answer: tuple[int, bytes], wanted: tuple[int, ...], who: str, *, recipient: bool = False
) -> None:
    code, text = answer
    if code not in wanted:
        raise _RefusedError(code, text.decode("utf-8", "replace"), who, recipient=recipient)


def _bytes(message: EmailMessage) -> bytes:
    raw: bytes = message.message().as_bytes()
    return _LINE_END.sub(b"\r\n", raw)


def _words(text: bytes | str) -> str:
    return fit(text.decode("utf-8", "replace") if isinstance(text, bytes) else text, 300)


def _bare(address: str) -> str:
    """The address as the envelope wants it: no display name, an international domain encoded."""
    return parseaddr(sanitize_address(address, "utf-8"))[1]
