# The brake, the counter rows of the gate, and which burst holds a run.

import audit.codes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0010_plans")]

    operations = [
        migrations.AlterField(
            model_name="run",
            name="mode",
            field=models.TextField(
                choices=[("live", "Live"), ("replay", "Replay"), ("undo", "Undo")], default="live"
            ),
        ),
        migrations.CreateModel(
            name="Brake",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("code", models.TextField(default=audit.codes.new_code, unique=True)),
                (
                    "level",
                    models.TextField(
                        choices=[
                            ("all", "Everything"),
                            ("destructive", "Whatever takes something away"),
                            ("target", "One target"),
                            ("rule", "One rule"),
                        ]
                    ),
                ),
                ("target", models.TextField(blank=True, default="")),
                ("reason", models.TextField()),
                ("pulled_by", models.TextField()),
                ("pulled_identity", models.TextField()),
                ("pulled_at", models.DateTimeField()),
                ("released_by", models.TextField(blank=True, default="")),
                ("release_reason", models.TextField(blank=True, default="")),
                ("released_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Gate",
            fields=[
                (
                    "rule",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="gate",
                        serialize=False,
                        to="provisioning.rule",
                    ),
                ),
                ("burst", models.TextField(blank=True, default="")),
                ("why", models.TextField(blank=True, default="")),
                ("shut_at", models.DateTimeField(null=True)),
                ("since", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="run",
            name="burst",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("burst", ""), _negated=True),
                fields=["burst", "id"],
                name="run_burst",
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=models.Q(("burst", ""), ("state", "held"), _connector="OR"),
                name="run_of_a_burst_is_held",
            ),
        ),
        migrations.AddField(
            model_name="brake",
            name="rule",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="brakes",
                to="provisioning.rule",
            ),
        ),
        migrations.AddConstraint(
            model_name="gate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("burst", ""), ("shut_at", None)),
                    models.Q(models.Q(("burst", ""), _negated=True), ("shut_at__isnull", False)),
                    _connector="OR",
                ),
                name="gate_is_shut_by_a_burst",
            ),
        ),
        migrations.AddIndex(
            model_name="brake",
            index=models.Index(fields=["-pulled_at", "-id"], name="brake_pulled"),
        ),
        migrations.AddConstraint(
            model_name="brake",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="brake_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="brake",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("level", "rule"), ("rule__isnull", False), ("target", "")),
                    models.Q(
                        ("level", "target"), ("rule", None), models.Q(("target", ""), _negated=True)
                    ),
                    models.Q(("level__in", ["all", "destructive"]), ("rule", None), ("target", "")),
                    _connector="OR",
                ),
                name="brake_names_what_it_stops",
            ),
        ),
        migrations.AddConstraint(
            model_name="brake",
            constraint=models.UniqueConstraint(
                condition=models.Q(("released_at", None)),
                fields=("level", "target", "rule"),
                name="brake_once_at_a_time",
                nulls_distinct=False,
            ),
        ),
    ]
