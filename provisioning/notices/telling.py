"""Asking for a notice, as part of the change that it tells of."""

from datetime import datetime

from audit.canonical import clean_text
from provisioning import wakeups
from provisioning.actions.text import bounded
from provisioning.notices.models import Notice

MOST_SUBJECT = 200
MOST_TEXT = 4000


def tell(*, kind: str, key: str, subject: str, text: str, path: str, now: datetime) -> bool:
    """Have people told once the caller's transaction is committed; False if this key was told.

    `subject` and `text` name no person by more than a login. `now` may lie ahead: then they are
    told at that time, unless it is withdrawn before.
    """
    made = Notice.objects.bulk_create(
        [
            Notice(
                kind=kind,
                key=key,
                subject=bounded(" ".join(clean_text(subject).split()), MOST_SUBJECT),
                text=bounded(clean_text(text).strip(), MOST_TEXT),
                path=path,
                created_at=now,
                due_at=now,
            )
        ],
        ignore_conflicts=True,
    )
    fresh = Notice.objects.filter(code=made[0].code).exists()
    if fresh:
        wakeups.tell_on_commit()
    return fresh


def withdraw(key: str) -> bool:
    """What was to be told later has no point any more; False if it is told, or is being told."""
    waiting = Notice.objects.filter(key=key, state=Notice.State.WAITING, attempts=0)
    return bool(waiting.delete()[0])
