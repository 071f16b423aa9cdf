"""One thing that people are told, and how far each way of telling them came."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from audit.codes import new_code


class NoticeQuerySet(models.QuerySet["Notice"]):
    def due(self, now: datetime) -> "NoticeQuerySet":
        """To be sent now, by nobody yet."""
        return self.filter(state=Notice.State.WAITING, due_at__lte=now).filter(
            Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        )


class Notice(models.Model):
    """Unique by `key`: whoever tells the same thing again is not heard."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent"
        SKIPPED = "skipped", "Nobody to tell"
        FAILED = "failed", "Failed"

    class Way(models.TextChoices):
        """How far one way of telling came. `sending` is written before anything is sent: found
        again after a crash, it means that nobody knows, and nothing is sent a second time."""

        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        SKIPPED = "skipped", "Not configured"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Unknown"

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True, default=new_code)
    key = models.TextField(unique=True)
    kind = models.TextField()
    subject = models.TextField()
    text = models.TextField()
    #: Path of the page that it is about; the link is BASE_URL and this.
    path = models.TextField()
    #: The mail address of the one person it is for; empty: it is for those in the settings.
    recipient = models.TextField(default="", blank=True, db_default="")
    created_at = models.DateTimeField()

    state = models.TextField(choices=State.choices, default=State.WAITING)
    slack = models.TextField(choices=Way.choices, default=Way.WAITING)
    mail = models.TextField(choices=Way.choices, default=Way.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    error = models.TextField(default="", blank=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)
    settled_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        app_label = "provisioning"
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state="waiting"), name="notice_due"),
            models.Index(fields=["-created_at", "-id"], name="notice_created"),
        ]

    def __str__(self) -> str:
        return self.subject
