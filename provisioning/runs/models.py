"""Rule versions applied to events: runs, their steps and attempts."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from audit.codes import new_code
from provisioning.actions.registry import action_choices
from provisioning.events.models import Event
from provisioning.rules.models import Rule, RuleVersion
from provisioning.runs.troubles import FailureGroup, Handling, Incident

__all__ = ["CAUSE_WAITS", "Attempt", "FailureGroup", "Run", "Step"]


#: Of a run: nobody has said yet what becomes of its cause.
CAUSE_WAITS = Q(group__isnull=True) | Q(group__state__in=FailureGroup.WAITING_STATES)


class RunQuerySet(models.QuerySet["Run"]):
    def due(self, now: datetime) -> "RunQuerySet":
        """To be executed now. What follows a parked one in its lane has to wait as well."""
        rows = self.filter(state__in=Run.WAITING_STATES, parked=False, due_at__lte=now)
        return rows.exclude(lane__in=Run.objects.filter(parked=True).values("lane"))

    def failures(self) -> "RunQuerySet":
        """Stopped, nothing has taken their place and nobody has taken care of them by hand."""
        return self.filter(state__in=Run.STOPPED_STATES, superseded=False, handling__isnull=True)

    def waiting_failures(self) -> "RunQuerySet":
        """Of causes of which nobody has said yet what becomes of them: a person is needed."""
        return self.failures().filter(CAUSE_WAITS)

    def waits_for(self, incident: Incident, now: datetime) -> "RunQuerySet":
        """Parked for this outage, or let go and not tried since."""
        let_go = Q(parked=False, state__in=Run.OPEN_STATES, due_at__lte=now)
        return self.filter(Q(parked=True) | let_go, incident=incident)


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
        UNDO = "undo", "Undo"

    WAITING_STATES = (State.PENDING, State.RETRYING)
    OPEN_STATES = (State.PENDING, State.RUNNING, State.RETRYING)
    STOPPED_STATES = (State.FAILED, State.UNKNOWN)
    LET_GO_STATES = (State.REJECTED, State.EXPIRED, State.CANCELLED)  # by people or by time

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
    #: The version of each lookup table that this run reads, by name; None where it reads none.
    lookups = models.JSONField(null=True)
    step_count = models.PositiveSmallIntegerField()
    steps_done = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    error_code = models.TextField(default="", blank=True)
    error = models.TextField(default="", blank=True)
    group = models.ForeignKey(
        FailureGroup, models.PROTECT, null=True, related_name="runs", db_index=False
    )
    #: Somebody has taken care of it by hand; it stays failed and no longer needs a person.
    handling = models.ForeignKey(
        Handling, models.PROTECT, null=True, related_name="runs", db_index=False
    )
    #: The outage that its next step has met. Parked, it is not handed out; no longer parked, it
    #: may call that target although the outage is not over.
    incident = models.ForeignKey(
        Incident, models.PROTECT, null=True, related_name="runs", db_index=False
    )
    parked = models.BooleanField(default=False, db_default=False)
    #: After an outage the time in which a step is tried again begins anew.
    retry_from_at = models.DateTimeField(null=True)

    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)
    #: Claims that ended without a word; a run that kills its workers stops being handed out.
    lost_claims = models.PositiveSmallIntegerField(default=0)
    worker = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    #: Who made it, where somebody has to agree to it.
    requester = models.TextField(default="", db_default="", blank=True)
    requester_identity = models.TextField(default="", db_default="", blank=True)
    #: When a held run's request was made; until then a worker has to look and ask.
    asked_at = models.DateTimeField(null=True)
    #: The hash of what was agreed to, and when a worker found that it is what would be called.
    approved_digest = models.TextField(default="", db_default="", blank=True)
    agreed_at = models.DateTimeField(null=True)

    #: The burst that holds it, while people have to look at the whole of it; empty for none.
    burst = models.TextField(default="", db_default="", blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        app_label = "provisioning"
        constraints = [
            models.CheckConstraint(
                condition=Q(burst="") | Q(state="held"), name="run_of_a_burst_is_held"
            ),
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
            models.Index(fields=["burst", "id"], condition=~Q(burst=""), name="run_burst"),
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
                condition=Q(state__in=["pending", "retrying"], parked=False),
                name="run_claimable",
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
                condition=Q(
                    state__in=["failed", "unknown"], superseded=False, handling__isnull=True
                ),
                name="run_needs_a_person",
            ),
            models.Index(fields=["group"], condition=Q(group__isnull=False), name="run_of_a_group"),
            models.Index(
                fields=["incident", "published_at", "id"],
                condition=Q(parked=True),
                name="run_parked",
            ),
            models.Index(
                fields=["incident"],
                condition=Q(
                    state__in=["pending", "running", "retrying"],
                    parked=False,
                    incident__isnull=False,
                ),
                name="run_let_go",
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
