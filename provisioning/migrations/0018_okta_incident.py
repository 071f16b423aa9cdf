import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

# Old code knows errors of runs only.
REVERSE = "DELETE FROM provisioning_targeterror WHERE run_id IS NULL"


class Migration(migrations.Migration):
    """Events can wait for a target that is out, as runs do. Their indexes come next, one by one."""

    dependencies = [("provisioning", "0017_coverage")]
    operations = [
        migrations.AddField(
            model_name="event",
            name="incident",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="provisioning.incident",
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="parked",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="event",
            name="retry_from_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="targeterror",
            name="event_id",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name="targeterror",
            name="run_id",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddConstraint(
            model_name="targeterror",
            constraint=models.UniqueConstraint(
                fields=["target", "event_id"], name="target_error_once_per_event"
            ),
        ),
        migrations.AddConstraint(
            model_name="targeterror",
            constraint=models.CheckConstraint(
                condition=Q(run_id=None, event_id__isnull=False)
                | Q(run_id__isnull=False, event_id=None),
                name="target_error_of_one_thing",
            ),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, REVERSE),
    ]
