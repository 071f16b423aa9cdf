"""Lookup tables and their immutable versions."""

from django.db import models
from django.db.models import Q

from audit.codes import new_code


class LookupTable(models.Model):
    """A named table of keys and values that templates read; what it says is in its versions."""

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True, default=new_code)
    name = models.TextField(unique=True)
    current = models.ForeignKey("LookupVersion", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        app_label = "provisioning"

    def __str__(self) -> str:
        return self.name


class LookupVersion(models.Model):
    """Immutable entries of a table; the database refuses to change one (see the migration)."""

    id = models.BigAutoField(primary_key=True)
    table = models.ForeignKey(LookupTable, models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    #: Key -> text, or an object of texts and lists of texts.
    entries = models.JSONField()
    digest = models.TextField()
    author = models.TextField()
    author_identity = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        app_label = "provisioning"
        constraints = [
            models.UniqueConstraint(fields=["table", "number"], name="lookup_version_number"),
            models.CheckConstraint(condition=Q(number__gt=0), name="lookup_version_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.table_id} v{self.number}"
