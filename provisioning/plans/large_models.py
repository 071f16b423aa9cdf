"""What a large plan was made from, until all of its items are there."""

from django.db import models

from provisioning.plans.models import Plan


class PlanSelection(models.Model):
    """The frozen list of a plan that workers still make the items of; gone when they have."""

    plan = models.OneToOneField(Plan, models.PROTECT, primary_key=True, related_name="selection")
    #: In order: the key of each item and the id of its run.
    rows = models.JSONField()

    class Meta:
        app_label = "provisioning"

    def __str__(self) -> str:
        return f"of {self.plan_id}"
