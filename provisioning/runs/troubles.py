"""What goes wrong, as rows: causes that runs share, what was done by hand, targets that are out."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from audit.codes import new_code
from provisioning.rules.models import Rule


class FailureGroupQuerySet(models.QuerySet["FailureGroup"]):
    def waiting(self) -> "FailureGroupQuerySet":
        """Nobody has said yet what becomes of them."""
        return self.filter(state__in=FailureGroup.WAITING_STATES)

    def slept_out(self, now: datetime) -> "FailureGroupQuerySet":
        return self.filter(state=FailureGroup.State.SNOOZED, snoozed_until__lte=now)


class FailureGroup(models.Model):
    """Runs that failed for one cause: rule, action, target and error code together."""

    class Advice(models.TextChoices):
        RETRY = "retry", "Retry is safe"
        FIX = "fix", "Fix first"
        DECIDE = "decide", "Decide"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        REGRESSED = "regressed", "Came back"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        SNOOZED = "snoozed", "Snoozed"
        RESOLVED = "resolved", "Resolved"

    WAITING_STATES = (State.OPEN, State.REGRESSED)

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True, default=new_code)
    key = models.TextField(unique=True)
    rule = models.ForeignKey(Rule, models.PROTECT, null=True, related_name="failure_groups")
    action = models.TextField()
    target = models.TextField()
    error_code = models.TextField()
    message = models.TextField()
    hint = models.TextField(default="", blank=True)
    advice = models.TextField(choices=Advice.choices)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    state = models.TextField(choices=State.choices, default=State.OPEN, db_default=State.OPEN)
    state_by = models.TextField(default="", blank=True, db_default="")
    state_note = models.TextField(default="", blank=True, db_default="")
    state_at = models.DateTimeField(null=True)
    #: Number of the rule's version that is said to have put an end to it.
    resolved_in = models.PositiveIntegerField(null=True)
    #: A snoozed cause comes back at this time, or with this hit, whichever is set.
    snoozed_until = models.DateTimeField(null=True)
    snoozed_hits = models.PositiveBigIntegerField(null=True)
    #: How often a run has stopped for it, replays counted again.
    hits = models.PositiveBigIntegerField(default=0, db_default=0)
    reopened_at = models.DateTimeField(null=True)

    objects = FailureGroupQuerySet.as_manager()

    class Meta:
        app_label = "provisioning"
        indexes = [
            models.Index(fields=["-last_at", "-id"], name="failure_group_last"),
            models.Index(
                fields=["snoozed_until"],
                condition=Q(state="snoozed", snoozed_until__isnull=False),
                name="failure_group_snoozed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.error_code} at {self.target}"


class Handling(models.Model):
    """A person took care of stopped runs by hand: they stay failed, and nobody is needed."""

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True, default=new_code)
    handled_by = models.TextField()
    handled_at = models.DateTimeField()
    reason = models.TextField()
    url = models.TextField(default="", blank=True)

    class Meta:
        app_label = "provisioning"
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="handling_has_a_reason"),
            models.CheckConstraint(
                condition=Q(url="") | Q(url__startswith="https://") | Q(url__startswith="http://"),
                name="handling_links_to_the_web",
            ),
        ]

    def __str__(self) -> str:
        return self.reason


class IncidentQuerySet(models.QuerySet["Incident"]):
    def active(self) -> "IncidentQuerySet":
        return self.filter(state__in=Incident.ACTIVE_STATES)


class Incident(models.Model):
    """A target that is out: work for it is parked, a probe tests, and then it is let go slowly.

    Runs wait for it, and for Okta also events whose person has to be read.
    """

    class State(models.TextChoices):
        OPEN = "open", "Out"
        DRAINING = "draining", "Catching up"
        CLOSED = "closed", "Recovered"

    ACTIVE_STATES = (State.OPEN, State.DRAINING)

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True, default=new_code)
    #: Family of actions, such as `aws.s3`, `slack` or `smtp`; `okta` for people's profiles too.
    target = models.TextField()
    state = models.TextField(choices=State.choices, default=State.OPEN)
    #: Error code of the failure that opened it.
    cause = models.TextField()
    opened_at = models.DateTimeField()
    probe_due_at = models.DateTimeField()
    probes = models.PositiveIntegerField(default=0)
    #: How many the next second of catching up lets go.
    rate = models.PositiveIntegerField(default=0)
    released = models.PositiveBigIntegerField(default=0)
    draining_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        app_label = "provisioning"
        constraints = [
            models.UniqueConstraint(
                fields=["target"],
                condition=Q(state__in=["open", "draining"]),
                name="incident_one_per_target",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False)
                | (~Q(state="closed") & Q(closed_at=None)),
                name="incident_ends_once",
            ),
        ]
        indexes = [models.Index(fields=["-opened_at", "-id"], name="incident_opened")]

    def __str__(self) -> str:
        return f"{self.target} is out"


class TargetError(models.Model):
    """A run, or an event whose person was to be read, met a passing error of a target; removed as
    soon as any call to it succeeds."""

    id = models.BigAutoField(primary_key=True)
    target = models.TextField()
    run_id = models.BigIntegerField(null=True)
    event_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "provisioning"
        constraints = [
            models.UniqueConstraint(fields=["target", "run_id"], name="target_error_once_per_run"),
            models.UniqueConstraint(
                fields=["target", "event_id"], name="target_error_once_per_event"
            ),
            models.CheckConstraint(
                condition=Q(run_id=None, event_id__isnull=False)
                | Q(run_id__isnull=False, event_id=None),
                name="target_error_of_one_thing",
            ),
        ]
        indexes = [models.Index(fields=["at"], name="target_error_at")]

    def __str__(self) -> str:
        return f"{self.target} {self.at}"
