"""Sending what is due: claim, write down that it is being sent, send, write down what came of it.

Neither Slack nor a mailbox can be asked whether a message arrived. Therefore nothing is sent a
second time unless it is certain that nothing was sent the first time.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction

from audit import trail
from audit.canonical import clean_text
from provisioning import bulk
from provisioning.actions.base import ActionError, Context, Transient, Unknown
from provisioning.actions.email import SendEmail, SendEmailParams
from provisioning.actions.slack import PostMessage, PostMessageParams
from provisioning.clocks import database_now
from provisioning.notices.models import Notice

log = logging.getLogger(__name__)

BASE_SECONDS, CAP_SECONDS = 5.0, 15 * 60.0
#: Longer than both ways can take together; it is not renewed.
LEASE = "5 minutes"

_DUE = """
    SELECT id FROM provisioning_notice
    WHERE state = 'waiting' AND due_at <= clock_timestamp()
      AND (lease_until IS NULL OR lease_until < clock_timestamp())
"""
_CLAIM = f"""
UPDATE provisioning_notice SET
    fence = fence + 1,
    attempts = attempts + 1,
    lease_until = clock_timestamp() + %s::interval,
    slack = CASE slack WHEN 'sending' THEN 'unknown' ELSE slack END,
    mail = CASE mail WHEN 'sending' THEN 'unknown' ELSE mail END
WHERE id IN ({_DUE} ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""  # noqa: S608 - built from constants


def send_due(*, actor: trail.Actor) -> int:
    """Send one notice that is due, if there is one; how many were taken."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [LEASE])
        rows = cursor.fetchall()
    for (pk,) in rows:
        _send(Notice.objects.get(pk=pk), actor)
    return len(rows)


def any_due() -> bool:
    """Whether a worker would find a notice to send now."""
    return bulk.any_row(_DUE)


def _send(notice: Notice, actor: trail.Actor) -> None:
    """Every way that is still open, each on its own: one that fails holds up no other."""
    problems: list[str] = []
    wait = 0.0
    for way, (configured, send) in _WAYS.items():
        if getattr(notice, way) == Notice.Way.UNKNOWN:
            problems.append(f"{way}: the worker ended while it was sent.")
        if getattr(notice, way) != Notice.Way.WAITING:
            continue
        if not configured(notice):
            setattr(notice, way, Notice.Way.SKIPPED)
            continue
        if not _intend(notice, way):
            return
        try:
            send(notice)
        except Exception as problem:  # noqa: BLE001 - a defect of one way stops no other
            problems.append(f"{way}: {_said(problem)}")
            setattr(notice, way, _after(problem))
            wait = max(wait, getattr(problem, "retry_after", None) or 0.0)
        else:
            setattr(notice, way, Notice.Way.SENT)
    _settle(notice, problems, wait, actor)


def _intend(notice: Notice, way: str) -> bool:
    """Write down, committed, that this way is about to be tried. False: another worker has it."""
    mine = Notice.objects.filter(pk=notice.pk, fence=notice.fence, **{way: Notice.Way.WAITING})
    return bool(mine.update(**{way: Notice.Way.SENDING}))


def _after(problem: Exception) -> str:
    if isinstance(problem, Transient):
        return Notice.Way.WAITING  # certainly nothing was sent
    if isinstance(problem, ActionError) and not isinstance(problem, Unknown):
        return Notice.Way.FAILED
    return Notice.Way.UNKNOWN


def _said(problem: Exception) -> str:
    if isinstance(problem, ActionError):
        return f"{problem.message} {problem.hint}".strip()
    log.error("A notice could not be sent", exc_info=problem)
    return f"{type(problem).__name__}: this is a defect in Sluice."


@transaction.atomic
def _settle(notice: Notice, problems: list[str], wait: float, actor: trail.Actor) -> None:
    now = database_now()
    notice.error = clean_text(" ".join(problems))
    if Notice.Way.WAITING in _standing(notice):
        if now - notice.created_at < timedelta(hours=settings.RETRY_FOR_HOURS):
            least = min(CAP_SECONDS, BASE_SECONDS * 2 ** min(notice.attempts - 1, 20))
            notice.due_at = now + timedelta(seconds=max(wait, least))
        else:
            for way in _WAYS:
                if getattr(notice, way) == Notice.Way.WAITING:
                    setattr(notice, way, Notice.Way.FAILED)
    notice.state = _state(notice)
    notice.settled_at = None if notice.state == Notice.State.WAITING else now
    changed = Notice.objects.filter(
        pk=notice.pk, fence=notice.fence, state=Notice.State.WAITING
    ).update(
        state=notice.state, slack=notice.slack, mail=notice.mail, error=notice.error,
        due_at=notice.due_at, settled_at=notice.settled_at, lease_until=None,
    )  # fmt: skip
    if changed and notice.state in (Notice.State.SENT, Notice.State.FAILED):
        failed = notice.state == Notice.State.FAILED
        trail.record(
            "notice.failed" if failed else "notice.sent",
            actor=actor,
            obj=trail.Object("notice", notice.code, notice.kind),
            outcome="failed" if failed else "ok",
            data={"key": notice.key, "slack": notice.slack, "mail": notice.mail},
        )


def _standing(notice: Notice) -> set[str]:
    return {getattr(notice, way) for way in _WAYS}


def _state(notice: Notice) -> str:
    ways = _standing(notice)
    if Notice.Way.WAITING in ways:
        return Notice.State.WAITING
    if ways == {Notice.Way.SKIPPED}:
        return Notice.State.SKIPPED
    return Notice.State.SENT if ways <= _GOOD else Notice.State.FAILED


_GOOD = {Notice.Way.SENT, Notice.Way.SKIPPED}


def _body(notice: Notice) -> str:
    return f"{notice.text}\n\n{settings.BASE_URL}{notice.path}"


def _context(notice: Notice) -> Context:
    """Its key, and so the Message-ID of the mail, is the same for each try of one notice."""
    return Context("notice", notice.code, notice.kind, 0, "", notice.created_at)


def _post(notice: Notice) -> None:
    channel = str(settings.NOTIFY_SLACK_CHANNEL).strip()
    params = PostMessageParams(channel=channel, text=f"{notice.subject}\n{_body(notice)}")
    PostMessage().act(params, _context(notice))


def _mail(notice: Notice) -> None:
    listed = [notice.recipient] if notice.recipient else settings.NOTIFY_EMAILS
    to = [address.strip() for address in listed]
    params = SendEmailParams(to=to, subject=notice.subject, body=_body(notice))
    SendEmail().act(params, _context(notice))


def _has_channel(notice: Notice) -> bool:
    return bool(settings.NOTIFY_SLACK_CHANNEL) and not notice.recipient


def _has_mailbox(notice: Notice) -> bool:
    return bool(settings.NOTIFY_EMAILS or notice.recipient)


_WAYS: Mapping[str, tuple[Callable[[Notice], bool], Callable[[Notice], None]]] = {
    "slack": (_has_channel, _post),
    "mail": (_has_mailbox, _mail),
}
