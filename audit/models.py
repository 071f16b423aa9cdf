"""Reading the trail. Writing goes through `audit.trail` and nowhere else."""

from typing import Any

from django.db import models


class EntryQuerySet(models.QuerySet["Entry"]):
    def with_personal(self) -> "EntryQuerySet":
        return self.select_related("personal")

    def about(self, kind: str, object_id: str) -> "EntryQuerySet":
        return self.filter(object_kind=kind, object_id=object_id)


class Entry(models.Model):
    """One record of the trail. The database refuses to change or delete it."""

    id = models.BigAutoField(primary_key=True)
    code = models.TextField()
    at = models.DateTimeField()
    verb = models.TextField()
    actor_kind = models.TextField()
    actor_id = models.TextField()
    actor_label = models.TextField()
    object_kind = models.TextField()
    object_id = models.TextField()
    object_label = models.TextField()
    source = models.TextField()
    request_id = models.TextField()
    outcome = models.TextField()
    data = models.JSONField()
    canonical = models.BinaryField()
    pd_commit = models.BinaryField(null=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = 'audit"."entry'

    def __str__(self) -> str:
        return f"{self.verb} {self.object_kind} {self.object_id}"

    @property
    def private(self) -> dict[str, Any]:
        """The personal part; empty where there is none or it was erased."""
        try:
            return dict(self.personal.view)
        except Personal.DoesNotExist:
            return {}

    @property
    def actor_name(self) -> str:
        return self.private.get("actor_label") or self.actor_label or self.actor_id

    @property
    def object_name(self) -> str:
        return self.private.get("object_label") or self.object_label or self.object_id


class Personal(models.Model):
    """What names a natural person in an entry; bound to it by a salted hash, and erasable."""

    entry = models.OneToOneField(
        Entry, on_delete=models.DO_NOTHING, primary_key=True, related_name="personal"
    )
    salt = models.BinaryField()
    canonical = models.BinaryField()
    view = models.JSONField()

    class Meta:
        managed = False
        db_table = 'audit"."personal'

    def __str__(self) -> str:
        return f"personal part of entry {self.pk}"
