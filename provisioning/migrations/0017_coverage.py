# How many people each version in force covers, for limits of a share.

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0016_events_lie_as_they_came")]

    operations = [
        migrations.CreateModel(
            name="Coverage",
            fields=[
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="coverage",
                        serialize=False,
                        to="provisioning.ruleversion",
                    ),
                ),
                ("people", models.PositiveIntegerField(null=True)),
                ("counted_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField()),
                ("fence", models.BigIntegerField(default=0)),
                ("begun_at", models.DateTimeField(null=True)),
                ("reached", models.TextField(blank=True, default="")),
                ("so_far", models.PositiveIntegerField(default=0)),
            ],
            options={"verbose_name_plural": "coverage"},
        ),
        migrations.AddIndex(
            model_name="coverage",
            index=models.Index(fields=["due_at"], name="coverage_due"),
        ),
        migrations.AddConstraint(
            model_name="coverage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("counted_at__isnull", True), ("people__isnull", True)),
                    models.Q(("counted_at__isnull", False), ("people__isnull", False)),
                    _connector="OR",
                ),
                name="coverage_is_counted_at_a_time",
            ),
        ),
    ]
