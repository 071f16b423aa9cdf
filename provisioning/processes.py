"""Which processes are alive, and when periodic work is next due."""

from datetime import datetime, timedelta

from django.db import models

#: A process writes its heartbeat every few seconds; silent for longer than this, it is gone.
SILENT_AFTER = timedelta(seconds=30)


class ProcessQuerySet(models.QuerySet["Process"]):
    def alive(self, now: datetime) -> "ProcessQuerySet":
        return self.filter(seen_at__gte=now - SILENT_AFTER)


class Process(models.Model):
    """One web, worker or clock process, by its heartbeat."""

    name = models.TextField(primary_key=True)
    kind = models.TextField()
    version = models.TextField()
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)

    objects = ProcessQuerySet.as_manager()

    class Meta:
        app_label = "provisioning"

    def __str__(self) -> str:
        return self.name


class PeriodicTask(models.Model):
    """Work of the clock: a row says when it is next due, so that a restart forgets nothing."""

    name = models.TextField(primary_key=True)
    next_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)
    last_error = models.TextField(default="", blank=True)

    class Meta:
        app_label = "provisioning"

    def __str__(self) -> str:
        return self.name
