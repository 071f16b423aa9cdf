"""Rule versions applied to events: runs, their steps and attempts, and why some failed."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from audit.codes import new_code
from provisioning.actions.registry import action_choices
from provisioning.events.models import Event
from provisioning.rules.models import Rule, RuleVersion


class FailureGroup(models.Model):
    """Runs that failed for one cause: rule, action, target and error code together."""

    class Advice(models.TextChoices):
        RETRY = "retry", "Retry is safe"
        FIX = "fix", "Fix first"
        DECIDE = "decide", "Decide"

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

    class Meta:
        app_label = "provisioning"
        indexes = [models.Index(fields=["-last_at", "-id"], name="failure_group_last")]

    def __str__(self) -> str:
        return f"{self.error_code} at {self.target}"


class RunQuerySet(models.QuerySet["Run"]):
    def due(self, now: datetime) -> "RunQuerySet":
        return self.filter(state__in=Run.WAITING_STATES, due_at__lte=now)

    def failures(self) -> "RunQuerySet":
        """Stopped, and nothing has taken their place: a person is needed."""
        return self.filter(state__in=Run.STOPPED_STATES, superseded=False)


class Run(models.Model):
    """One rule version applied to one event for one person."""

    class State(models.TextChoices):
        PENDING = "pending", "Matched"
        RUNNING = "running", "Running"
        RETRYING = "retrying", "Retrying"
        HELD = "held", "Held"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Unknown"
        REJECTED = "rejected", "Rejected"
        EXPIRED = "expired", "Expired"
        CANCELLED = "cancelled", "Cancelled"

    class Mode(models.TextChoices):
        LIVE = "live", "Live"
        REPLAY = "replay", "Replay"

    WAITING_STATES = (State.PENDING, State.RETRYING)
    OPEN_STATES = (State.PENDING, State.RUNNING, State.RETRYING)
    STOPPED_STATES = (State.FAILED, State.UNKNOWN)
    #: Ended by people or by time, before anything was done.
    LET_GO_STATES = (State.REJECTED, State.EXPIRED, State.CANCELLED)

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(default=new_code)
    event = models.ForeignKey(Event, models.PROTECT, related_name="runs", db_index=False)
    rule = models.ForeignKey(Rule, models.PROTECT, related_name="runs", db_index=False)
    version = models.ForeignKey(RuleVersion, models.PROTECT, related_name="runs")
    person_id = models.TextField(default="", blank=True)
    person_login = models.TextField(default="", blank=True, db_collation="C")
    lane = models.TextField()
    published_at = models.DateTimeField()
    mode = models.TextField(choices=Mode.choices, default=Mode.LIVE)
    replay_of = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="replays", db_index=False
    )
    #: Another run has taken this one's place; it no longer counts as open or failed.
    superseded = models.BooleanField(default=False)

    state = models.TextField(choices=State.choices, default=State.PENDING)
    step_count = models.PositiveSmallIntegerField()
    steps_done = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    error_code = models.TextField(default="", blank=True)
    error = models.TextField(default="", blank=True)
    group = models.ForeignKey(
        FailureGroup, models.PROTECT, null=True, related_name="runs", db_index=False
    )

    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)
    #: Claims that ended without a word; a run that kills its workers stops being handed out.
    lost_claims = models.PositiveSmallIntegerField(default=0)
    worker = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    #: Who made it, where somebody has to agree to it: for people, and for telling them apart.
    requester = models.TextField(default="", db_default="", blank=True)
    requester_identity = models.TextField(default="", db_default="", blank=True)
    #: When a held run's request was made; until then a worker has to look and ask.
    asked_at = models.DateTimeField(null=True)
    #: The hash of what was agreed to, and when a worker found that it is what would be called.
    approved_digest = models.TextField(default="", db_default="", blank=True)
    agreed_at = models.DateTimeField(null=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        app_label = "provisioning"
        constraints = [
            models.UniqueConstraint(fields=["code"], name="run_code"),
            models.UniqueConstraint(
                fields=["event", "rule"],
                condition=Q(mode="live"),
                name="run_once_per_event_and_rule",
            ),
            models.UniqueConstraint(fields=["replay_of"], name="run_replayed_once"),
            models.UniqueConstraint(
                fields=["lane"], condition=Q(state="running"), name="run_one_at_a_time_per_lane"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="run_created"),
            models.Index(fields=["state", "-created_at", "-id"], name="run_state"),
            models.Index(
                fields=["-created_at", "-id"], name="run_superseded", condition=Q(superseded=True)
            ),
            models.Index(fields=["rule", "-created_at", "-id"], name="run_rule"),
            models.Index(fields=["person_login", "-created_at", "-id"], name="run_login"),
            models.Index(fields=["event", "id"], name="run_event"),
            models.Index(fields=["person_id", "-created_at", "-id"], name="run_person"),
            models.Index(
                fields=["due_at", "id"],
                condition=Q(state__in=["pending", "retrying"]),
                name="run_due",
            ),
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="run_leased"),
            models.Index(
                fields=["lane", "published_at", "id"],
                condition=Q(state__in=["pending", "running", "retrying"]),
                name="run_lane_open",
            ),
            models.Index(
                fields=["id"], condition=Q(state="held", asked_at=None), name="run_to_ask"
            ),
            models.Index(
                fields=["group", "-id"],
                condition=Q(state__in=["failed", "unknown"], superseded=False),
                name="run_failure",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Step(models.Model):
    """One action of a run: what was asked, what was there before, what came of it."""

    class State(models.TextChoices):
        WAITING = "waiting", "Not started"
        RUNNING = "running", "Running"
        RETRYING = "retrying", "Retrying"
        SUCCEEDED = "succeeded", "Succeeded"
        ALREADY = "already", "Already so"
        KEPT = "kept", "Done before"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Unknown"

    DONE_STATES = (State.SUCCEEDED, State.ALREADY, State.KEPT)

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, models.PROTECT, related_name="steps", db_index=False)
    position = models.PositiveSmallIntegerField()
    key = models.TextField()
    action = models.TextField(choices=action_choices)
    effect = models.TextField()
    template = models.JSONField()
    input = models.JSONField(null=True)
    target = models.TextField(default="", blank=True)
    state = models.TextField(choices=State.choices, default=State.WAITING)
    before = models.JSONField(null=True)
    output = models.JSONField(null=True)
    after = models.JSONField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    error_code = models.TextField(default="", blank=True)
    error = models.TextField(default="", blank=True)
    hint = models.TextField(default="", blank=True)
    intent_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "provisioning"
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="step_position"),
            models.UniqueConstraint(fields=["run", "key"], name="step_key"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}.{self.key}"


class Attempt(models.Model):
    """One try of one step, kept whatever came of it."""

    class Result(models.TextChoices):
        ACTED = "acted", "Done"
        ALREADY = "already", "Already so"
        TRANSIENT = "transient", "Will retry"
        PERMANENT = "permanent", "Failed"
        UNKNOWN = "unknown", "Unknown"
        LOST = "lost", "Interrupted"

    id = models.BigAutoField(primary_key=True)
    step = models.ForeignKey(Step, models.PROTECT, related_name="tries", db_index=False)
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    result = models.TextField(choices=Result.choices)
    error_code = models.TextField(default="", blank=True)
    error = models.TextField(default="", blank=True)
    hint = models.TextField(default="", blank=True)
    http_status = models.PositiveSmallIntegerField(null=True)
    request_ids = models.JSONField(default=list)
    log = models.TextField(default="", blank=True)
    retry_at = models.DateTimeField(null=True)
    worker = models.TextField()
    fence = models.BigIntegerField()

    class Meta:
        app_label = "provisioning"
        constraints = [models.UniqueConstraint(fields=["step", "number"], name="attempt_number")]

    def __str__(self) -> str:
        return f"{self.step_id} #{self.number}"
