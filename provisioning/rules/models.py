"""Mapping rules, their immutable versions, and what each said of each event."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from audit.codes import new_code
from provisioning.events.models import Event


class RuleQuerySet(models.QuerySet["Rule"]):
    def live(self) -> "RuleQuerySet":
        return self.filter(enabled=True, current__isnull=False)


class Rule(models.Model):
    """A mapping rule, known by its name; what it does stands in its versions."""

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True, default=new_code)
    name = models.TextField(unique=True)
    enabled = models.BooleanField(default=True)
    current = models.ForeignKey(
        "RuleVersion", models.PROTECT, null=True, related_name="+", db_constraint=True
    )
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = RuleQuerySet.as_manager()

    class Meta:
        app_label = "provisioning"

    def __str__(self) -> str:
        return self.name


class RuleVersion(models.Model):
    """An immutable definition; the database refuses to change one (see the migration)."""

    id = models.BigAutoField(primary_key=True)
    rule = models.ForeignKey(Rule, models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    title = models.TextField()
    definition = models.JSONField()
    source = models.TextField()
    digest = models.TextField()
    event_types = models.JSONField()
    author = models.TextField()
    #: Who wrote it, for telling people apart (`trail.Actor.identity`); empty in old versions.
    author_identity = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()

    class Meta:
        app_label = "provisioning"
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="rule_version_number"),
            models.CheckConstraint(condition=Q(number__gt=0), name="rule_version_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} v{self.number}"


class Verdict(models.Model):
    """What one rule version said of one event, with everything it looked at."""

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(Event, models.PROTECT, related_name="verdicts", db_index=False)
    rule = models.ForeignKey(Rule, models.PROTECT, related_name="verdicts", db_index=False)
    version = models.ForeignKey(RuleVersion, models.PROTECT, related_name="+", db_index=False)
    matched = models.BooleanField()
    trace = models.JSONField()
    why = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()

    class Meta:
        app_label = "provisioning"
        constraints = [models.UniqueConstraint(fields=["event", "version"], name="verdict_once")]
        indexes = [
            models.Index(fields=["rule", "-id"], condition=Q(matched=True), name="verdict_matched"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {'matches' if self.matched else 'does not match'} {self.rule_id}"


class DraftQuerySet(models.QuerySet["Draft"]):
    def unfinished(self) -> "DraftQuerySet":
        return self.filter(state__in=Draft.UNFINISHED)


class Draft(models.Model):
    """A rule being written: it may be incomplete or wrong, and does nothing until published."""

    class State(models.TextChoices):
        OPEN = "open", "Draft"
        ASKED = "asked", "Needs approval"
        PUBLISHED = "published", "Published"
        DISCARDED = "discarded", "Discarded"

    UNFINISHED = (State.OPEN, State.ASKED)

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True, default=new_code)
    #: None for a rule that is not there yet.
    rule = models.ForeignKey(Rule, models.PROTECT, null=True, related_name="drafts", db_index=False)
    #: The rule's name; a draft never changes it.
    name = models.TextField()
    #: What was written, as plain data; None where the YAML cannot be read at all.
    definition = models.JSONField(null=True)
    #: What was written, as YAML, kept as it was typed.
    source = models.TextField()
    #: SHA-256 of the definition; empty while there are problems.
    digest = models.TextField(default="", blank=True)
    #: What is wrong: a list of `{line, column, path, message, expected}`.
    problems = models.JSONField(default=list)
    #: The version that was in force when writing began.
    base = models.ForeignKey(
        RuleVersion, models.PROTECT, null=True, related_name="+", db_index=False
    )
    state = models.TextField(choices=State.choices, default=State.OPEN)
    #: Counts what was saved, so that nobody saves over what they have not seen.
    revision = models.PositiveIntegerField(default=1)
    #: Who wrote it last, and everybody who ever did; none of them may approve it.
    author = models.TextField()
    author_identity = models.TextField()
    author_identities = models.JSONField(default=list)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = DraftQuerySet.as_manager()

    class Meta:
        app_label = "provisioning"
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(state__in=["open", "asked"]),
                name="draft_one_unfinished_per_name",
            ),
            models.UniqueConstraint(
                fields=["rule"],
                condition=Q(state__in=["open", "asked"]),
                name="draft_one_unfinished_per_rule",
            ),
            models.CheckConstraint(condition=~Q(author_identity=""), name="draft_has_an_author"),
            models.CheckConstraint(
                condition=~Q(state__in=["asked", "published"]) | ~Q(digest=""),
                name="draft_asks_for_what_is_right",
            ),
        ]
        indexes = [models.Index(fields=["name", "-id"], name="draft_name")]

    def __str__(self) -> str:
        return f"draft of {self.name}"

    @property
    def seen(self) -> str:
        """What a form carries along and gives to `drafts.save`."""
        return str(self.revision)


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


class LookupTable(models.Model):
    """A named table of keys and values that templates read; what it says is in its versions."""

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True, default=new_code)
    name = models.TextField(unique=True)
    current = models.ForeignKey("LookupVersion", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        app_label = "provisioning"

    def __str__(self) -> str:
        return self.name


class LookupVersion(models.Model):
    """Immutable entries of a table; the database refuses to change one (see the migration)."""

    id = models.BigAutoField(primary_key=True)
    table = models.ForeignKey(LookupTable, models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    #: Key -> text, or an object of texts and lists of texts.
    entries = models.JSONField()
    digest = models.TextField()
    author = models.TextField()
    author_identity = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        app_label = "provisioning"
        constraints = [
            models.UniqueConstraint(fields=["table", "number"], name="lookup_version_number"),
            models.CheckConstraint(condition=Q(number__gt=0), name="lookup_version_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.table_id} v{self.number}"
