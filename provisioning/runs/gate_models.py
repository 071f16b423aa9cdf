"""Where the runs of a rule are counted against its limits."""

from django.db import models
from django.db.models import Q

from provisioning.rules.models import Rule


class Gate(models.Model):
    """The counter row of one rule: locked by whoever makes runs of it, so that two cannot slip
    under a limit together. Shut while `burst` names the burst that waits."""

    rule = models.OneToOneField(Rule, models.PROTECT, primary_key=True, related_name="gate")
    burst = models.TextField(default="", blank=True)
    #: Which limit was met, in a sentence.
    why = models.TextField(default="", blank=True)
    shut_at = models.DateTimeField(null=True)
    #: Runs made before are not counted: people have looked at them.
    since = models.DateTimeField(null=True)

    class Meta:
        app_label = "provisioning"
        constraints = [
            models.CheckConstraint(
                condition=Q(burst="", shut_at=None) | ~Q(burst="") & Q(shut_at__isnull=False),
                name="gate_is_shut_by_a_burst",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {'shut' if self.burst else 'open'}"
