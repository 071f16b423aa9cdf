"""What drafts are tried on: past events kept as tests, and backtests over many of them."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from audit.codes import new_code
from provisioning.rules.models import Draft, RuleVersion


class RuleTest(models.Model):
    """A past event with what its rule shall say of it; no version is published that says else.

    The event's text and profile are copies: they stay as they were when the test was saved.
    """

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True, default=new_code)
    #: By name: a rule that is still a draft can have tests.
    rule_name = models.TextField()
    note = models.TextField(default="", blank=True)
    event_code = models.TextField()
    event_type = models.TextField()
    person = models.TextField(default="", blank=True)
    body = models.TextField()
    #: `user`, `previous`, `groups` and `person_is_new` as they were read; None if they were not.
    profile = models.JSONField(null=True)
    matched = models.BooleanField()
    #: What each step would send, by its id; None where that does not matter.
    calls = models.JSONField(null=True)
    author = models.TextField()
    author_identity = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        app_label = "provisioning"
        indexes = [models.Index(fields=["rule_name", "id"], name="rule_test_name")]

    def __str__(self) -> str:
        return f"{self.rule_name} {self.event_type}"


class BacktestQuerySet(models.QuerySet["Backtest"]):
    def open(self) -> "BacktestQuerySet":
        return self.filter(state__in=Backtest.OPEN_STATES)

    def due(self, now: datetime) -> "BacktestQuerySet":
        return self.open().filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now))


class Backtest(models.Model):
    """A draft and the version in force, both held against stored events; nothing is done."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Finished"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    OPEN_STATES = (State.WAITING, State.RUNNING)

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True, default=new_code)
    draft = models.ForeignKey(Draft, models.PROTECT, related_name="backtests", db_index=False)
    #: What was held against the events: the draft as it was, and the version in force then.
    digest = models.TextField()
    definition = models.JSONField()
    base = models.ForeignKey(
        RuleVersion, models.PROTECT, null=True, related_name="+", db_index=False
    )
    event_types = models.JSONField()
    since_at = models.DateTimeField()
    until_at = models.DateTimeField()
    state = models.TextField(choices=State.choices, default=State.WAITING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    #: The last event that was looked at, in the order of `(received_at, id)`.
    last_received_at = models.DateTimeField()
    last_event_id = models.BigIntegerField(default=0)
    result = models.JSONField(default=dict)
    error = models.TextField(default="", blank=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)
    lost_claims = models.PositiveSmallIntegerField(default=0)
    requester = models.TextField()
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = BacktestQuerySet.as_manager()

    class Meta:
        app_label = "provisioning"
        constraints = [
            models.UniqueConstraint(
                fields=["draft"],
                condition=Q(state__in=["waiting", "running"]),
                name="backtest_one_open_per_draft",
            ),
        ]
        indexes = [
            models.Index(fields=["draft", "-id"], name="backtest_draft"),
            models.Index(
                fields=["lease_until"],
                condition=Q(state__in=["waiting", "running"]),
                name="backtest_due",
            ),
        ]

    def __str__(self) -> str:
        return f"backtest of {self.digest[:12]}"
