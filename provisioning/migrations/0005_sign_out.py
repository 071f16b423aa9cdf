import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0004_replayed_runs_are_found")]
    operations = [
        migrations.CreateModel(
            name="SignOut",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("person_id", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sign_out",
                        to="provisioning.event",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["person_id", "-at"], name="sign_out_person")],
            },
        ),
    ]
