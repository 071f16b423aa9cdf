"""What Okta's answers mean, in plain words. Everything is a read: what is lost is tried again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from pydantic import JsonValue

from provisioning.actions.base import ActionError, Permanent, Transient
from provisioning.actions.text import fit

#: Okta's windows are a minute long; a wait it names is never believed beyond this.
_LONGEST_WAIT = 120.0


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: status, headers (names in any case), text, and the `next` link if any."""

    status: int
    headers: Mapping[str, str]
    body: str
    next_url: str = ""

    @property
    def request_ids(self) -> tuple[str, ...]:
        found = self.headers.get("X-Okta-Request-Id", "")
        return (found,) if found else ()


def json_of(reply: Reply) -> JsonValue:
    """The answer's JSON. Raises Transient or Permanent for anything but a success."""
    if not 200 <= reply.status < 300:
        raise refused(reply)
    try:
        found: JsonValue = json.loads(reply.body)
    except (ValueError, RecursionError):
        raise odd_answer(reply) from None
    return found


def is_unknown(reply: Reply) -> bool:
    """Whether Okta itself says that there is no such thing; a stray 404 page does not count."""
    return reply.status == 404 and _named(reply.body)[0] == "E0000007"


def refused(reply: Reply) -> ActionError:
    """The error for an answer that is not a success."""
    okta_code, summary = _named(reply.body)
    if reply.status == 404 and not okta_code:
        return _not_okta(reply)
    kind, code, message, hint = _meaning(reply.status)
    error = kind(
        code,
        message,
        hint=hint,
        http_status=reply.status,
        request_ids=reply.request_ids,
        detail={"okta_code": okta_code, "service_message": summary},
    )
    return error.after(retry_after(reply.headers)) if isinstance(error, Transient) else error


def _not_okta(reply: Reply) -> Permanent:
    return Permanent(
        "okta_address_wrong",
        "What answers under OKTA_ORG_URL is not Okta's API.",
        hint="Check OKTA_ORG_URL, such as https://example.okta.com without a path.",
        http_status=reply.status,
        request_ids=reply.request_ids,
    )


def _meaning(status: int) -> tuple[type[ActionError], str, str, str]:
    if status == 401:
        return (
            Permanent,
            "okta_token_refused",
            "Okta does not accept our token or key.",
            "Renew OKTA_API_TOKEN, or check OKTA_CLIENT_ID and OKTA_PRIVATE_KEY, then replay.",
        )
    if status == 403:
        return (
            Permanent,
            "okta_not_allowed",
            "Okta does not allow us to read this.",
            "Grant the app okta.users.read and okta.groups.read and an admin role, then replay.",
        )
    if status == 404:
        return Permanent, "okta_not_found", "Okta does not know this user.", "Look at the event."
    if status == 429:
        return Transient, "okta_rate_limited", "Okta asked us to slow down.", ""
    if status >= 500 or status == 408:
        return Transient, f"okta_http_{status}", "Okta failed to answer.", ""
    return (
        Permanent,
        f"okta_http_{status}",
        f"Okta refused the request with the status {status}.",
        "Look up the error in Okta's list of error codes.",
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds until Okta's window ends: `X-Rate-Limit-Reset` less its own `Date`, plus one.

    None where Okta names no time. Clocks differ, so Okta's own clock is used for both.
    """
    try:
        reset = float(headers.get("X-Rate-Limit-Reset", ""))
        now = parsedate_to_datetime(headers.get("Date", "")).timestamp()
    except (TypeError, ValueError):
        return None
    return min(max(reset - now, 0.0) + 1.0, _LONGEST_WAIT)


def unreachable(error: BaseException | None) -> Transient:
    return Transient(
        "okta_unreachable",
        "Okta could not be reached, or did not answer in time.",
        detail={"service_message": fit(f"{type(error).__name__}: {error}", 300)},
    )


def from_token_request(error: BaseException) -> ActionError:
    """An access token could not be had for our key."""
    status = getattr(error, "status", None)
    detail = {"service_message": fit(str(error), 300)}
    if status == 429:
        limited = Transient(
            "okta_rate_limited", "Okta asked us to slow down.", http_status=429, detail=detail
        )
        return limited.after(retry_after(_headers_of(error)))
    if isinstance(status, int) and 400 <= status < 500:
        return Permanent(
            "okta_token_refused",
            "Okta gave no access token for our key.",
            hint="Check OKTA_CLIENT_ID, OKTA_PRIVATE_KEY, the granted scopes, and that the app "
            "does not demand DPoP.",
            http_status=status,
            detail=detail,
        )
    return Transient("okta_token_missing", "Okta gave no access token just now.", detail=detail)


def _headers_of(error: BaseException) -> Mapping[str, str]:
    """The SDK keeps them under one of two names."""
    named = (getattr(error, name, None) for name in ("headers", "response_headers"))
    return next((found for found in named if found), {})


def key_unusable() -> Permanent:
    """The SDK could not sign with the key; its own words might hold parts of the key."""
    return Permanent(
        "okta_key_unusable",
        "The private key for Okta cannot be read.",
        hint="OKTA_PRIVATE_KEY has to be an RSA key, as PEM or JWK.",
    )


def odd_answer(reply: Reply) -> Transient:
    return Transient(
        "okta_odd_answer",
        "Okta's answer was not what it should be, such as a page instead of data.",
        http_status=reply.status,
        request_ids=reply.request_ids,
        detail={"service_message": fit(reply.body[:2000], 300)},
    )


def foreign_link() -> Permanent:
    return Permanent(
        "okta_foreign_link",
        "Okta's answer pointed to another address for its next page; it was not followed.",
        hint="Check that OKTA_ORG_URL is the organisation's main address.",
    )


def endless_pages(most: int) -> Permanent:
    return Permanent(
        "okta_endless_pages",
        f"The list did not end after {most} pages.",
        hint="Report this: no user is in so many groups.",
    )


def _named(body: str) -> tuple[str, str]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(data, dict):
        return "", ""
    return fit(str(data.get("errorCode", "")), 80), fit(str(data.get("errorSummary", "")), 300)
