"""The emergency brake: what must not act for now, and since when."""

from django.db import models
from django.db.models import Q

from audit.codes import new_code
from provisioning.rules.models import Rule


class BrakeQuerySet(models.QuerySet["Brake"]):
    def on(self) -> "BrakeQuerySet":
        return self.filter(released_at=None)


class Brake(models.Model):
    """Stops a part of what Sluice does outside, until it is released. Never changed, only ended."""

    class Level(models.TextChoices):
        ALL = "all", "Everything"
        DESTRUCTIVE = "destructive", "Whatever takes something away"
        TARGET = "target", "One target"
        RULE = "rule", "One rule"

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True, default=new_code)
    level = models.TextField(choices=Level.choices)
    #: A service such as `aws.s3`, or what failures are grouped by, such as `s3://team-folders`.
    target = models.TextField(default="", blank=True)
    rule = models.ForeignKey(Rule, models.PROTECT, null=True, related_name="brakes", db_index=False)
    reason = models.TextField()
    pulled_by = models.TextField()
    pulled_identity = models.TextField()
    pulled_at = models.DateTimeField()
    released_by = models.TextField(default="", blank=True)
    release_reason = models.TextField(default="", blank=True)
    released_at = models.DateTimeField(null=True)

    objects = BrakeQuerySet.as_manager()

    class Meta:
        app_label = "provisioning"
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="brake_has_a_reason"),
            models.CheckConstraint(
                condition=Q(level="rule", rule__isnull=False, target="")
                | Q(level="target", rule=None) & ~Q(target="")
                | Q(level__in=["all", "destructive"], rule=None, target=""),
                name="brake_names_what_it_stops",
            ),
            models.UniqueConstraint(
                fields=["level", "target", "rule"],
                condition=Q(released_at=None),
                nulls_distinct=False,
                name="brake_once_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["-pulled_at", "-id"], name="brake_pulled")]

    def __str__(self) -> str:
        what = self.target or (self.rule.name if self.rule else "")
        return f"{self.get_level_display()}: {what}" if what else self.get_level_display()
