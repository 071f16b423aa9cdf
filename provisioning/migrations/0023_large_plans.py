import django.db.models.deletion
from django.db import migrations, models

OVER = ["done", "cancelled", "rejected", "expired"]
OPEN = ["draft", "waiting", "ready", "running", "paused"]


def ends_once(*open_states: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=models.Q(("due_at", None), ("finished_at__isnull", False), ("state__in", OVER))
        | models.Q(("finished_at", None), ("state__in", list(open_states))),
        name="plan_ends_once",
    )


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0022_notices_to_one_person")]
    operations = [
        migrations.AlterField(
            model_name="plan",
            name="state",
            field=models.TextField(
                choices=[
                    ("selecting", "Being made"),
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
        migrations.AddConstraint(model_name="plan", constraint=ends_once("selecting", *OPEN)),
        migrations.CreateModel(
            name="PlanSelection",
            fields=[
                (
                    "plan",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="selection",
                        serialize=False,
                        to="provisioning.plan",
                    ),
                ),
                ("rows", models.JSONField()),
            ],
        ),
    ]
