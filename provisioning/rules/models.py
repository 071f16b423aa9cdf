"""Mapping rules, their immutable versions, and what each said of each event."""

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
