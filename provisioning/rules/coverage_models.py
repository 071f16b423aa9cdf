"""How many people a rule covers: the number its gate reads, and how far its next count has come."""

from django.db import models
from django.db.models import F, Q

from provisioning.rules.models import RuleVersion


class CoverageQuerySet(models.QuerySet["Coverage"]):
    def superseded(self) -> "CoverageQuerySet":
        """Those of versions that are in force no more."""
        return self.exclude(version__rule__current=F("version"))


class Coverage(models.Model):
    """The people whom one version covers, kept only while it is in force.

    Counted again when it is due. Whoever counts a slice puts that off for a while first, so a
    count whose worker is gone goes on by itself.
    """

    version = models.OneToOneField(
        RuleVersion, models.PROTECT, primary_key=True, related_name="coverage"
    )
    people = models.PositiveIntegerField(null=True)
    counted_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    #: Raised by each claim; who holds an older one writes nothing.
    fence = models.BigIntegerField(default=0)
    #: The count under way: since when, up to which person, and how many so far.
    begun_at = models.DateTimeField(null=True)
    reached = models.TextField(default="", blank=True)
    so_far = models.PositiveIntegerField(default=0)

    objects = CoverageQuerySet.as_manager()

    class Meta:
        app_label = "provisioning"
        verbose_name_plural = "coverage"
        constraints = [
            models.CheckConstraint(
                condition=Q(people__isnull=True, counted_at__isnull=True)
                | Q(people__isnull=False, counted_at__isnull=False),
                name="coverage_is_counted_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="coverage_due")]

    def __str__(self) -> str:
        return f"{self.version_id} covers {self.people}"
