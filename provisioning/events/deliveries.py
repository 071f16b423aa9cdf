"""Calls of the hook endpoint, and how many were refused.

Columns searched by their beginning collate as "C", as in `models`.
"""

from django.db import models
from django.db.models import Q

from audit.codes import new_code


class Delivery(models.Model):
    """One HTTP call to the hook endpoint, accepted or refused."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        VERIFIED = "verified", "Verified"
        REFUSED = "refused", "Refused"

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(default=new_code)
    received_at = models.DateTimeField()
    outcome = models.TextField(choices=Outcome.choices)
    reason = models.TextField(default="", blank=True)
    detail = models.TextField(default="", blank=True)
    status = models.PositiveSmallIntegerField()
    method = models.TextField()
    content_type = models.TextField(default="", blank=True)
    source = models.TextField(db_collation="C")
    user_agent = models.TextField(default="", blank=True)
    secret_label = models.TextField(default="", blank=True)
    envelope_id = models.TextField(default="", blank=True, db_collation="C")
    hook = models.TextField(default="", blank=True)
    size = models.PositiveIntegerField()
    digest = models.BinaryField(null=True)
    event_count = models.PositiveIntegerField(default=0)
    stored_count = models.PositiveIntegerField(default=0)
    quarantined_count = models.PositiveIntegerField(default=0)
    request_id = models.TextField(db_collation="C")

    class Meta:
        app_label = "provisioning"
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["code"], name="delivery_code")]
        indexes = [
            models.Index(fields=["outcome", "-id"], name="delivery_outcome"),
            models.Index(fields=["-received_at", "-id"], name="delivery_received"),
            models.Index(fields=["reason", "-id"], condition=~Q(reason=""), name="delivery_reason"),
            models.Index(fields=["source", "-received_at", "-id"], name="delivery_source"),
            models.Index(fields=["request_id"], name="delivery_request"),
            models.Index(fields=["envelope_id"], name="delivery_envelope"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def duplicate_count(self) -> int:
        return self.event_count - self.stored_count


class RefusalCount(models.Model):
    """How many calls were refused in an hour, for which reason; every one is counted."""

    id = models.BigAutoField(primary_key=True)
    hour = models.DateTimeField()
    reason = models.TextField()
    count = models.PositiveBigIntegerField()

    class Meta:
        app_label = "provisioning"
        constraints = [
            models.UniqueConstraint(fields=["hour", "reason"], name="refusal_hour_reason")
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.hour:%Y-%m-%d %H}h: {self.count}"
