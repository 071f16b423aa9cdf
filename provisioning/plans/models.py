"""Plans: sets of intended effects, computed and shown before anything is done."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import OuterRef, Q
from django.db.models.functions import JSONObject

from audit.codes import new_code
from provisioning.events.models import Event
from provisioning.runs.models import Run

_OPEN = ["selecting", "classifying", "draft", "waiting", "ready", "running", "paused"]
_OVER = ["done", "cancelled", "rejected", "expired"]
#: Behind every position.
LAST = 2**31 - 1


class PlanQuerySet(models.QuerySet["Plan"]):
    def released(self) -> "PlanQuerySet":
        """Decided and not over: their items are taken."""
        return self.filter(state__in=Plan.RELEASED_STATES)

    def waiting_for_people(self) -> "PlanQuerySet":
        return self.filter(state__in=(Plan.State.WAITING, Plan.State.PAUSED))

    def tallied(self) -> "PlanQuerySet":
        """Each with the tallies of its items as `tally`, in the same query."""
        rows = PlanTally.objects.filter(plan=OuterRef("pk")).exclude(count=0)
        row = JSONObject(**{name: name for name in PlanTally.COLUMNS})
        ordered = rows.order_by("klass", "sub_group", "state", "examined")
        return self.annotate(tally=ArraySubquery(ordered.values(row=row)))


class Plan(models.Model):
    """What would be done, item by item. Its items never change once it is made; what is decided
    of it is bound to its checksum."""

    class Kind(models.TextChoices):
        BULK_REPLAY = "bulk_replay", "Bulk replay"
        BURST = "burst", "Burst"
        UNDO = "undo", "Undo"
        BRAKE_RELEASE = "brake_release", "Brake release"

    class State(models.TextChoices):
        SELECTING = "selecting", "Being made"
        CLASSIFYING = "classifying", "Being classified"
        DRAFT = "draft", "Draft"
        WAITING = "waiting", "Needs approval"
        READY = "ready", "Ready"
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"
        REJECTED = "rejected", "Rejected"
        EXPIRED = "expired", "Expired"

    #: Before a large plan is a draft, and before it is one again for another choice.
    MADE_STATES = (State.SELECTING, State.CLASSIFYING)
    #: Workers do something for these when they are due: make it, compute a draft, run the others.
    #: One that is over is due as long as they have to cancel items.
    WORKED_STATES = (*MADE_STATES, State.DRAFT, State.READY, State.RUNNING)
    RELEASED_STATES = (State.WAITING, State.READY, State.RUNNING, State.PAUSED)
    OPEN_STATES = (*MADE_STATES, State.DRAFT, *RELEASED_STATES)
    OVER_STATES = (State.DONE, State.CANCELLED, State.REJECTED, State.EXPIRED)

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True, default=new_code)
    kind = models.TextField(choices=Kind.choices)
    title = models.TextField()
    state = models.TextField(choices=State.choices, default=State.DRAFT)
    #: Why it is in this state, where nobody pressed a button: stopped after failures, expired.
    state_because = models.TextField(default="", blank=True)
    #: What it was made from, for people: the filter, the failure group, the run.
    source = models.JSONField(default=dict)
    #: SHA-256, in hex, over the frozen ordered items and the options.
    checksum = models.TextField()
    options = models.JSONField(default=dict)
    item_count = models.PositiveIntegerField()
    #: Class -> how many, as computed; what approvers and the trail are told.
    counts = models.JSONField(default=dict)
    #: `class:cause` -> effect -> how many calls, of the items that wait: as known when they were
    #: classified, and as it is once they are computed. None in a plan made before this was kept.
    effects = models.JSONField(null=True)
    #: Up to this position its items are classified anew; none while that is not done.
    classified_to = models.PositiveIntegerField(null=True)
    #: Item state -> how many, once it is over.
    outcomes = models.JSONField(default=dict)
    requester = models.TextField()
    requester_identity = models.TextField()
    reason = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()
    computed_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    #: When a worker should do something for it; none while nobody has to.
    due_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)
    worker = models.TextField(default="", blank=True)
    #: Failures in a row are counted from here: from the start, or when it was resumed.
    streak_since = models.DateTimeField(null=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        app_label = "provisioning"
        constraints = [
            models.CheckConstraint(
                condition=~Q(requester_identity=""), name="plan_has_a_requester"
            ),
            models.CheckConstraint(
                condition=Q(state__in=_OVER, finished_at__isnull=False)
                | Q(state__in=_OPEN, finished_at=None),
                name="plan_ends_once",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="plan_created"),
            models.Index(fields=["state", "-created_at", "-id"], name="plan_state"),
            models.Index(
                fields=["due_at", "id"], condition=Q(due_at__isnull=False), name="plan_due"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def option(self, name: str) -> Any:
        return self.options.get(name)


class PlanItemQuerySet(models.QuerySet["PlanItem"]):
    def waiting(self) -> "PlanItemQuerySet":
        return self.filter(state=PlanItem.State.WAITING)

    def unexamined(self) -> "PlanItemQuerySet":
        """Would act as far as the database knows; nobody has looked further yet."""
        return self.filter(klass=PlanItem.Class.WOULD_ACT, examined_at=None)


class PlanItem(models.Model):
    """One thing a plan would do, what class it is of and why, and what came of it.

    One more index is made by hand (migration 0025): people of a plan by the beginning of their
    login."""

    class Class(models.TextChoices):
        WOULD_ACT = "would_act", "Would act"
        ALREADY_SO = "already_so", "Already so"
        NO_LONGER_VALID = "no_longer_valid", "No longer valid"
        CONFLICT = "conflict", "Conflict"
        UNCLASSIFIED = "unclassified", "Not classified"

    class State(models.TextChoices):
        WAITING = "waiting", "Not started"
        RUNNING = "running", "Running"
        HELD = "held", "Held"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        SKIPPED = "skipped", "Skipped"
        CANCELLED = "cancelled", "Cancelled"

    id = models.BigAutoField(primary_key=True)
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="items", db_index=False)
    position = models.PositiveIntegerField()
    #: What it is about, once in a plan: a run's code, or `<run>.<step>`. The checksum's items.
    key = models.TextField()
    #: The code the run made for it will have: known beforehand, and taken once only.
    code = models.TextField(default=new_code)
    run = models.ForeignKey(
        Run, models.PROTECT, null=True, related_name="plan_items", db_index=False
    )
    event = models.ForeignKey(
        Event, models.PROTECT, null=True, related_name="plan_items", db_index=False
    )
    person_id = models.TextField(default="", blank=True)
    person_login = models.TextField(default="", blank=True)
    klass = models.TextField(choices=Class.choices, default=Class.UNCLASSIFIED)
    #: Why it is of this class, or why it was not run, in a sentence.
    why = models.TextField(default="", blank=True)
    #: One cause within a class, such as `person_gone`: what the page groups by.
    sub_group = models.TextField(default="", blank=True)
    #: The calls it would make, as `effect_of` gave them; empty until it is examined.
    effect = models.JSONField(default=list)
    examined_at = models.DateTimeField(null=True)
    state = models.TextField(choices=State.choices, default=State.WAITING)
    result_run = models.ForeignKey(
        Run, models.PROTECT, null=True, related_name="made_by_plan_items", db_index=False
    )
    settled_at = models.DateTimeField(null=True)

    objects = PlanItemQuerySet.as_manager()

    class Meta:
        app_label = "provisioning"
        constraints = [
            models.UniqueConstraint(fields=["plan", "position"], name="plan_item_position"),
            models.UniqueConstraint(fields=["plan", "key"], name="plan_item_once"),
        ]
        indexes = [
            models.Index(fields=["plan", "klass", "position"], name="plan_item_class"),
            models.Index(fields=["plan", "state", "position"], name="plan_item_state"),
            models.Index(
                fields=["run"],
                condition=Q(state="waiting", run__isnull=False),
                name="plan_item_taken",
            ),
            models.Index(
                fields=["result_run"],
                condition=Q(result_run__isnull=False),
                name="plan_item_result",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id}.{self.position}"


class PlanTally(models.Model):
    """How many items of a plan are alike. Triggers on the items keep it, in the transaction that
    changes them, whoever does: it says at any size what counting them would say. It may be 0."""

    COLUMNS = ("klass", "sub_group", "state", "examined", "count")

    id = models.BigAutoField(primary_key=True)
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="tallies", db_index=False)
    klass = models.TextField()
    sub_group = models.TextField()
    state = models.TextField()
    examined = models.BooleanField()
    count = models.BigIntegerField()

    class Meta:
        app_label = "provisioning"
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "klass", "sub_group", "state", "examined"], name="plan_tally_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id}: {self.count} {self.klass}"
