"""`email.send`: one mail, plain and optionally HTML, over the configured SMTP server."""

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from pydantic import Field

from provisioning.actions import smtp
from provisioning.actions.base import Action, Context, Effect, Look, Outcome, Params
from provisioning.actions.text import storable_text

_MOST_RECIPIENTS = 50
#: A mail of more characters than this is refused; servers commonly take 10 MB.
_MOST_BODY = 500_000
_MOST_SUBJECT = 400
_LINE_BREAK = re.compile(r"[\r\n\x00\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_NOT_IN_ID = re.compile(r"[^A-Za-z0-9._-]+")


class SendEmailParams(Params):
    to: str | list[str] = Field(
        description="One address, or a list of addresses who all see each other.",
        examples=["{{ user.profile.email }}"],
    )
    subject: str = Field(
        min_length=1,
        description="One line, which may hold templates.",
        examples=["Your personal S3 folder is ready"],
    )
    body: str = Field(
        min_length=1,
        description="The mail as plain text.",
        examples=["Hello {{ user.profile.firstName }}, your folder is ready."],
    )
    html: str | None = Field(
        default=None,
        description="The same mail as HTML, for readers that show it. Values filled in have to "
        "be escaped.",
        examples=["<p>Your folder is ready.</p>"],
        json_schema_extra={"rendered_as": "html"},
    )
    reply_to: str | None = Field(
        default=None,
        description="Address that answers go to, if not to the sender.",
        examples=["it-help@example.com"],
    )


class SendEmail(Action[SendEmailParams]):
    name: ClassVar[str] = "email.send"
    title: ClassVar[str] = "Send an e-mail"
    summary: ClassVar[str] = "Sends one mail over the configured mail server."
    effect: ClassVar[Effect] = Effect.NOTIFY
    target_kind: ClassVar[str] = "mail address"
    params = SendEmailParams
    outputs: ClassVar[Mapping[str, str]] = {
        "message_id": "The Message-ID header of the mail",
        "to": "The addresses it was sent to",
    }
    never_undone: ClassVar[str] = "A mail that was sent cannot be called back."
    read_back: ClassVar[str] = (
        "It cannot be read back; the Message-ID is the same for each attempt, so that mail "
        "programs and people recognise a second copy."
    )

    def readable(self, params: SendEmailParams) -> bool:
        return False

    def look(self, params: SendEmailParams, context: Context) -> Look:
        return Look(done=False)

    def act(self, params: SendEmailParams, context: Context) -> Outcome:
        self.refuse_problems(params)
        message = _message(params, context)
        smtp.deliver(message)
        message_id = str(message.extra_headers["Message-ID"])
        return Outcome({"message_id": message_id, "to": recipients(params)}, (message_id,))

    def longest(self, params: SendEmailParams) -> float:
        return float(settings.EMAIL_TIMEOUT or 60) * 3

    def target(self, params: SendEmailParams) -> str:
        """The domain: a mail server that refuses one address mostly refuses its neighbours."""
        domains = sorted({address.rpartition("@")[2].lower() for address in recipients(params)})
        return f"mail:{', '.join(domains)}"

    def describe(self, params: SendEmailParams) -> str:
        return f"Send the mail “{params.subject}” to {', '.join(recipients(params))}."

    def problems(self, params: SendEmailParams) -> Sequence[str]:
        to = recipients(params)
        found = []
        if not to:
            found.append("The mail has no recipient; name at least one address.")
        if len(to) > _MOST_RECIPIENTS:
            found.append(f"There are {len(to)} recipients; {_MOST_RECIPIENTS} are allowed.")
        for address in to[:_MOST_RECIPIENTS]:
            found += _address_problems(address, "The recipient")
        if params.reply_to is not None:
            found += _address_problems(params.reply_to, "The reply address")
        return found + _text_problems(params)


def recipients(params: SendEmailParams) -> list[str]:
    """The addresses without blanks around them, each once, in order."""
    listed = [params.to] if isinstance(params.to, str) else params.to
    return list(dict.fromkeys(address.strip(" ") for address in listed if address.strip(" ")))


def message_id(context: Context) -> str:
    """`<run.step@host>`: the same for every attempt of the step."""
    host = urlsplit(str(settings.BASE_URL)).hostname or "localhost"
    return f"<{_NOT_IN_ID.sub('-', context.once_key)}@{host}>"


def _address_problems(address: str, what: str) -> list[str]:
    shown = repr(address[:80])
    if _LINE_BREAK.search(address):
        return [f"{what} {shown} holds a line break, which would forge a mail header."]
    if "," in address or ";" in address:
        return [f"{what} {shown} holds several addresses; write them as a list, one each."]
    try:
        validate_email(address)
    except ValidationError:
        return [f"{what} {shown} is not a mail address such as maya@example.com."]
    return []


def _text_problems(params: SendEmailParams) -> list[str]:
    found = []
    if _LINE_BREAK.search(params.subject):
        found.append("The subject holds a line break, which would forge a mail header.")
    if not params.subject.strip():
        found.append("The subject is empty.")
    if len(params.subject) > _MOST_SUBJECT:
        size = len(params.subject)
        found.append(f"The subject has {size} characters; {_MOST_SUBJECT} are allowed.")
    for name, text in (("body", params.body), ("html", params.html or "")):
        if len(text) > _MOST_BODY:
            found.append(f"The {name} has {len(text)} characters; {_MOST_BODY} are allowed.")
    return found


def _message(params: SendEmailParams, context: Context) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=storable_text(params.subject),
        body=storable_text(params.body),
        to=recipients(params),
        reply_to=[params.reply_to] if params.reply_to else None,
        headers={
            "Message-ID": message_id(context),
            # Keeps out-of-office answers away.
            "Auto-Submitted": "auto-generated",
            "X-Sluice-Run": _NOT_IN_ID.sub("-", context.run),
        },
    )
    if params.html is not None:
        message.attach_alternative(storable_text(params.html), "text/html")
    return message
