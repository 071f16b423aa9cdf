"""Requests for a decision by somebody else, each bound to the hash of exactly what would happen."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from audit.codes import new_code


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def open(self) -> "ApprovalQuerySet":
        return self.filter(state=Approval.State.OPEN)

    def overdue(self, now: datetime) -> "ApprovalQuerySet":
        return self.open().filter(expires_at__lte=now)

    def about(self, object_kind: str, object_code: str) -> "ApprovalQuerySet":
        return self.filter(object_kind=object_kind, object_code=object_code)


class Approval(models.Model):
    """Asks others to agree to `content`. Nobody who asked for it or wrote it may decide.

    What was asked, by whom and how many have to agree never changes; the database refuses it.
    """

    class State(models.TextChoices):
        OPEN = "open", "Needs approval"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        CHANGES = "changes", "Sent back"
        EXPIRED = "expired", "Expired"
        VOID = "void", "Void"

    class Risk(models.TextChoices):
        LOW = "low", "Low"
        MEDIUM = "medium", "Medium"
        HIGH = "high", "High"

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True, default=new_code)
    #: What is decided: the key by which the deciding use case is found.
    kind = models.TextField()
    object_kind = models.TextField()
    object_code = models.TextField()
    title = models.TextField()
    risk = models.TextField(choices=Risk.choices)
    #: SHA-256, in hex, over the RFC 8785 bytes of `content`.
    digest = models.TextField()
    content = models.JSONField()
    reason = models.TextField(default="", blank=True)
    requester = models.TextField()
    requester_identity = models.TextField()
    author_identity = models.TextField(default="", blank=True)
    needed = models.PositiveSmallIntegerField(default=1)
    roles = models.JSONField(default=list)
    state = models.TextField(choices=State.choices, default=State.OPEN)
    #: Why it ended, where nobody decided it.
    ended_because = models.TextField(default="", blank=True)
    claimed_by = models.TextField(default="", blank=True)
    claimed_identity = models.TextField(default="", blank=True)
    claimed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    #: When people were told of it, and reminded.
    told_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        app_label = "provisioning"
        constraints = [
            models.UniqueConstraint(
                fields=["object_kind", "object_code"],
                condition=Q(state="open"),
                name="approval_one_open_per_object",
            ),
            models.CheckConstraint(condition=Q(needed__gte=1), name="approval_needs_somebody"),
            models.CheckConstraint(
                condition=~Q(requester_identity=""), name="approval_has_a_requester"
            ),
            models.CheckConstraint(
                condition=Q(state="open", ended_at=None)
                | ~Q(state="open") & Q(ended_at__isnull=False),
                name="approval_ends_once",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-created_at", "-id"], name="approval_state"),
            models.Index(fields=["-created_at", "-id"], name="approval_created"),
            models.Index(fields=["object_kind", "object_code", "-id"], name="approval_object"),
            models.Index(fields=["expires_at"], condition=Q(state="open"), name="approval_due"),
        ]

    def __str__(self) -> str:
        return self.title


class Decision(models.Model):
    """One person's word on one approval. The database refuses that of the requester or author."""

    class Verdict(models.TextChoices):
        APPROVE = "approve", "Approved"
        REJECT = "reject", "Rejected"
        CHANGES = "changes", "Asked for changes"

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True, default=new_code)
    approval = models.ForeignKey(Approval, models.PROTECT, related_name="decisions", db_index=False)
    decider = models.TextField()
    decider_identity = models.TextField()
    verdict = models.TextField(choices=Verdict.choices)
    reason = models.TextField(default="", blank=True)
    #: The hash of what this person saw.
    digest = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        app_label = "provisioning"
        constraints = [
            models.UniqueConstraint(
                fields=["approval", "decider_identity"], name="decision_once_per_person"
            ),
            models.CheckConstraint(
                condition=~Q(decider_identity=""), name="decision_has_a_decider"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.approval_id} {self.verdict}"


class Policy(models.Model):
    """Whether a second person is needed. One row; changed by `policy.change` only."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    four_eyes = models.BooleanField(default=True)
    #: With four eyes off, what has at least this risk needs a second person all the same.
    needed_from = models.TextField(choices=Approval.Risk.choices, default=Approval.Risk.HIGH)
    changed_by = models.TextField(default="", blank=True)
    changed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "provisioning"
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="policy_is_one_row"),
            # Destructive effects in bulk are of high risk and can never be exempt.
            models.CheckConstraint(
                condition=Q(needed_from__in=["medium", "high"]), name="policy_needs_high_at_least"
            ),
        ]

    def __str__(self) -> str:
        return "four eyes" if self.four_eyes else f"four eyes from {self.needed_from}"
