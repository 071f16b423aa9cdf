from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Without a lock: hooks go on storing events while a large table is read."""

    atomic = False
    dependencies = [("provisioning", "0018_okta_incident")]
    operations = [
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(
                fields=["due_at"],
                condition=Q(state="received", parked=False),
                name="event_claimable",
            ),
        ),
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(
                fields=["incident", "published_at", "id"],
                condition=Q(state="received", incident__isnull=False),
                name="event_waits",
            ),
        ),
        RemoveIndexConcurrently(model_name="event", name="event_due"),
    ]
