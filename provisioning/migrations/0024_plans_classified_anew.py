from django.db import migrations, models

OVER = ["done", "cancelled", "rejected", "expired"]
OPEN = ["draft", "waiting", "ready", "running", "paused"]


def ends_once(*open_states: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=models.Q(("finished_at__isnull", False), ("state__in", OVER))
        | models.Q(("finished_at", None), ("state__in", list(open_states))),
        name="plan_ends_once",
    )


class Migration(migrations.Migration):
    """It goes back only once no plan is being classified, and none that is over is due: workers see
    to that within a minute."""

    dependencies = [("provisioning", "0023_large_plans")]
    operations = [
        migrations.AddField(
            model_name="plan",
            name="classified_to",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name="plan",
            name="state",
            field=models.TextField(
                choices=[
                    ("selecting", "Being made"),
                    ("classifying", "Being classified"),
                    ("draft", "Draft"),
                    ("waiting", "Needs approval"),
                    ("ready", "Ready"),
                    ("running", "Running"),
                    ("paused", "Paused"),
                    ("done", "Done"),
                    ("cancelled", "Cancelled"),
                    ("rejected", "Rejected"),
                    ("expired", "Expired"),
                ],
                default="draft",
            ),
        ),
        migrations.RemoveConstraint(model_name="plan", name="plan_ends_once"),
        migrations.AddConstraint(
            model_name="plan", constraint=ends_once("selecting", "classifying", *OPEN)
        ),
    ]
