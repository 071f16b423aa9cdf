"""What a large plan was made from, until all of its items are there."""

from collections.abc import Sequence

from django.db import models
from django.db.models import F, Func, Value

from provisioning.plans.models import Plan

#: The key of an item, and the id of its run.
Row = tuple[str, int]


class PlanSelectionQuerySet(models.QuerySet["PlanSelection"]):
    def part(self, plan: Plan, after: int, most: int) -> tuple[Sequence[Row], int]:
        """At most so many rows behind this position, and how many there are in all. The others
        stay in the database."""
        path = Value(f"$[{after} to {after + most - 1}]")
        some = Func(
            F("rows"),
            path,
            template="jsonb_path_query_array(%(expressions)s::jsonpath)",
            output_field=models.JSONField(),
        )
        count = Func(F("rows"), function="jsonb_array_length", output_field=models.IntegerField())
        found: tuple[Sequence[Row], int] = self.filter(plan=plan).values_list(some, count).get()
        return found


class PlanSelection(models.Model):
    """The frozen list of a plan that workers still make the items of; gone when they have."""

    plan = models.OneToOneField(Plan, models.PROTECT, primary_key=True, related_name="selection")
    #: In order, each a Row. Read in parts: it may have a hundred thousand.
    rows = models.JSONField()

    objects = PlanSelectionQuerySet.as_manager()

    class Meta:
        app_label = "provisioning"

    def __str__(self) -> str:
        return f"of {self.plan_id}"
