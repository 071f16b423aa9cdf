"""What a person typed and sent after their session had ended is kept until they are back.

One form a person, the newest; half an hour at most; for nobody else's eyes. It is not done: only
its person sends it again, and then the page it goes to makes all of its checks.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, reverse

from audit.codes import new_code
from portal.accounts import former
from portal.kept import reading
from portal.kept.addresses import KEPT
from portal.kept.sealing import Sent, seal, unseal
from portal.models import KeptForm, User
from provisioning.clocks import database_now

KEEP_FOR = timedelta(minutes=30)
PROMISE = "What you typed is kept for 30 minutes; sign in to go on."

_PROMISED = "kept_until"
#: The view has shown the form again with what is wrong in it.
_SHOWN_AGAIN = (400, 409, 422)


@dataclass(frozen=True, slots=True)
class Kept:
    """A form that waits for its person."""

    code: str
    kept_at: datetime
    expires_at: datetime
    sent: Sent


def keep(request: HttpRequest, match: ResolverMatch) -> bool:
    """Keep what was sent, if whose it is can be told and it may be kept."""
    if request.method != "POST" or match.url_name not in KEPT:
        return False
    user = former.user_of(request)
    sent = reading.read(request, match, user.pk) if user else None
    if user is None or sent is None:
        return False
    row = _store(user, sent)
    request.session[_PROMISED] = row.expires_at.timestamp()
    return True


@transaction.atomic
def _store(user: User, sent: Sent) -> KeptForm:
    """A form that is sent once more from the page that shows it is still the same one."""
    now, before = database_now(), of(user)
    again = before is not None and before.sent.same_form(sent)
    row, _ = KeptForm.objects.update_or_create(
        user_id=user.pk,
        defaults={
            "code": before.code if before and again else new_code(),
            "sealed": seal(before.sent if before and again else sent),
            "kept_at": now,
            "expires_at": now + KEEP_FOR,
        },
    )
    return row


def promise_to(request: HttpRequest) -> str:
    """What the sign-in page says in the browser that the form came from."""
    until = request.session.get(_PROMISED)
    return PROMISE if until and database_now().timestamp() < until else ""


def came_back(request: HttpRequest) -> None:
    """Somebody has signed in, so this browser's session need not say any more whose it was."""
    former.forget(request)
    request.session.pop(_PROMISED, None)


def way_in(user: User, target: str) -> str:
    """Where signing in leads: to what waits for the person, else to where they wanted."""
    found = of(user)
    return reverse("kept-form", args=[found.code]) if found else target


def of(user: User) -> Kept | None:
    """The form that waits for the person. What no key can read any more does not."""
    row = KeptForm.objects.good_at(database_now()).filter(user_id=user.pk).first()
    sent = unseal(row.sealed) if row else None
    if row is None or sent is None or sent.user_id != user.pk:
        return None
    return Kept(row.code, row.kept_at, row.expires_at, sent)


def discard(user: User, code: str) -> bool:
    gone, _ = KeptForm.objects.filter(user_id=user.pk, code=code).delete()
    return bool(gone)


def forget_if_sent(request: HttpRequest, match: ResolverMatch, response: HttpResponse) -> None:
    """The person has sent the kept form, and the page it goes to has taken it."""
    user, name = request.user, match.url_name or ""
    if request.method != "POST" or name not in KEPT or not isinstance(user, User):
        return
    if not _taken(request, response):
        return
    found = of(user)
    if found and found.sent.same_form(reading.sent_by(request, name, user.pk)):
        discard(user, found.code)


def _taken(request: HttpRequest, response: HttpResponse) -> bool:
    """Not if the token was wrong, or the view wants to know again who it is, or has failed."""
    if not getattr(request, "csrf_processing_done", False):
        return False
    if response.headers.get("Location", "").startswith(reverse("sign-in-again")):
        return False
    return response.status_code < 400 or response.status_code in _SHOWN_AGAIN


def forget_overdue(now: datetime) -> None:
    """The clock's part."""
    KeptForm.objects.exclude(pk__in=KeptForm.objects.good_at(now).values("pk")).delete()
