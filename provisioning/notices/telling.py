"""Asking for a notice, as part of the change that it tells of."""

from datetime import datetime

from audit.canonical import clean_text
from provisioning import wakeups
from provisioning.actions.text import bounded
from provisioning.clocks import database_now
from provisioning.notices.models import Notice

MOST_SUBJECT = 200
MOST_TEXT = 4000


def tell(*, kind: str, key: str, subject: str, text: str, path: str, now: datetime) -> bool:
    """Have people told once the caller's transaction is committed; False if this key was told.

    `subject` and `text` name no person by more than a login. `now` may lie ahead: then they are
    told at that time, unless it is withdrawn before.
    """
    return _tell(_notice(kind, key, subject, text, path), now)


def mail_to(recipient: str, *, kind: str, key: str, subject: str, text: str, path: str) -> bool:
    """The same for one person, and at once: it goes to this mail address and nowhere else."""
    notice = _notice(kind, key, subject, text, path)
    notice.recipient = recipient
    return _tell(notice, database_now())


def _notice(kind: str, key: str, subject: str, text: str, path: str) -> Notice:
    return Notice(
        kind=kind,
        key=key,
        subject=bounded(" ".join(clean_text(subject).split()), MOST_SUBJECT),
        text=bounded(clean_text(text).strip(), MOST_TEXT),
        path=path,
    )


def _tell(notice: Notice, now: datetime) -> bool:
    notice.created_at = notice.due_at = now
    Notice.objects.bulk_create([notice], ignore_conflicts=True)
    fresh = Notice.objects.filter(code=notice.code).exists()
    if fresh:
        wakeups.tell_on_commit()
    return fresh


def withdraw(key: str) -> bool:
    """What was to be told later has no point any more; False if it is told, or is being told."""
    waiting = Notice.objects.filter(key=key, state=Notice.State.WAITING, attempts=0)
    return bool(waiting.delete()[0])
