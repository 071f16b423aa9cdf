"""What came from Okta: events, and the people they are about; the calls are in `deliveries`.

Columns searched by their beginning collate as "C", so that an index serves the search whatever the
database's own collation is.
"""

from datetime import datetime

from django.db import models
from django.db.models import Q

from audit.codes import new_code
from provisioning.events.deliveries import Delivery, RefusalCount

__all__ = ["Delivery", "Event", "EventProfile", "Person", "RefusalCount", "SignOut"]


class EventQuerySet(models.QuerySet["Event"]):
    def open(self) -> "EventQuerySet":
        return self.filter(state__in=Event.OPEN_STATES)

    def due(self, now: datetime) -> "EventQuerySet":
        """Received and to be held against the rules now, by nobody yet. What follows a parked one
        in its lane has to wait as well."""
        rows = self.filter(state=Event.State.RECEIVED, parked=False, due_at__lte=now)
        rows = rows.exclude(lane__in=Event.objects.parked().values("lane"))
        return rows.filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now))

    def parked(self) -> "EventQuerySet":
        """Their person has to be read, and Okta is out."""
        rows = self.filter(state=Event.State.RECEIVED, parked=True)
        return rows.filter(incident__isnull=False)  # as the index says it


class Event(models.Model):
    """One Okta System Log event, stored once whichever way it came."""

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
        QUARANTINED = "quarantined", "Quarantined"
        NO_MATCH = "no_match", "No match"
        IN_FLIGHT = "in_flight", "Running"
        HELD = "held", "Held"
        DONE = "done", "Succeeded"
        FAILED = "failed", "Failed"

    class Channel(models.TextChoices):
        HOOK = "hook", "Hook"
        STREAM = "stream", "Stream"
        LOG = "log", "Log poll"
        TEST = "test", "Test"

    OPEN_STATES = (State.RECEIVED, State.IN_FLIGHT)

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(default=new_code)
    uuid = models.TextField()
    channel = models.TextField(choices=Channel.choices)
    delivery = models.ForeignKey(
        Delivery, models.PROTECT, null=True, related_name="events", db_constraint=False
    )
    event_type = models.TextField(db_collation="C")
    published_at = models.DateTimeField()
    received_at = models.DateTimeField()
    severity = models.TextField(default="", blank=True)
    display_message = models.TextField(default="", blank=True)
    result = models.TextField(default="", blank=True)
    actor_id = models.TextField(default="", blank=True)
    actor_type = models.TextField(default="", blank=True)
    actor_login = models.TextField(default="", blank=True, db_collation="C")
    person_id = models.TextField(default="", blank=True)
    person_login = models.TextField(default="", blank=True, db_collation="C")
    person_name = models.TextField(default="", blank=True)
    transaction_id = models.TextField(default="", blank=True)
    #: Events and runs of one lane are taken one at a time, in order of `published_at`.
    lane = models.TextField()
    body = models.TextField()
    digest = models.BinaryField()

    state = models.TextField(choices=State.choices)
    error_code = models.TextField(default="", blank=True)
    error = models.TextField(default="", blank=True)
    run_count = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    #: Claims that ended without a word; see Run.lost_claims.
    lost_claims = models.PositiveSmallIntegerField(default=0)
    settled_at = models.DateTimeField(null=True)
    #: The outage of Okta that its reading has met. Parked, it is not handed out; no longer parked,
    #: it may ask Okta although the outage is not over. Named as text: events know nothing of runs.
    incident = models.ForeignKey(
        "provisioning.Incident",
        models.PROTECT,
        null=True,
        related_name="events",
        db_index=False,
        db_constraint=False,
    )
    parked = models.BooleanField(default=False, db_default=False)
    #: After an outage the time in which it is tried again begins anew.
    retry_from_at = models.DateTimeField(null=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        app_label = "provisioning"
        # As constraints, not unique=True: that would add a second index for LIKE to each.
        constraints = [
            models.UniqueConstraint(fields=["code"], name="event_code"),
            models.UniqueConstraint(fields=["uuid"], name="event_uuid"),
        ]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="event_received"),
            models.Index(fields=["event_type", "-received_at", "-id"], name="event_type"),
            models.Index(fields=["person_id", "-received_at", "-id"], name="event_person"),
            models.Index(fields=["person_login", "-received_at", "-id"], name="event_login"),
            models.Index(fields=["state", "-received_at", "-id"], name="event_state"),
            models.Index(
                fields=["channel", "-received_at", "-id"],
                name="event_channel",
                condition=~Q(channel="hook"),
            ),
            models.Index(fields=["actor_login", "-received_at", "-id"], name="event_actor"),
            models.Index(
                fields=["due_at"],
                condition=Q(state="received", parked=False),
                name="event_claimable",
            ),
            models.Index(
                fields=["incident", "published_at", "id"],
                condition=Q(state="received", incident__isnull=False),
                name="event_waits",
            ),
            models.Index(
                fields=["lane", "published_at", "id"],
                condition=Q(state="received"),
                name="event_lane_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.code}"


class EventProfile(models.Model):
    """The person as Okta gave them when the event was matched, and as we knew them before."""

    event = models.OneToOneField(
        Event, models.PROTECT, primary_key=True, related_name="profile_read"
    )
    read_at = models.DateTimeField()
    user = models.JSONField(null=True)
    previous = models.JSONField(null=True)
    groups = models.JSONField(null=True)
    person_is_new = models.BooleanField()

    class Meta:
        app_label = "provisioning"

    def __str__(self) -> str:
        return f"profile at {self.event_id}"


class Person(models.Model):
    """What we know of an Okta user: the profile as last read, and the one before.

    Two more indexes are made by hand (migration 0003): logins and names by their beginning,
    whatever the case.
    """

    okta_id = models.TextField(primary_key=True)
    login = models.TextField(db_index=True)
    name = models.TextField(default="", blank=True)
    status = models.TextField(default="", blank=True)
    user = models.JSONField(null=True)
    user_read_at = models.DateTimeField(null=True)
    previous = models.JSONField(null=True)
    previous_read_at = models.DateTimeField(null=True)
    first_seen_at = models.DateTimeField()
    last_event_at = models.DateTimeField()

    class Meta:
        app_label = "provisioning"
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.login


class SignOutQuerySet(models.QuerySet["SignOut"]):
    def latest_of(self, person_id: object) -> "SignOutQuerySet":
        return self.filter(person_id=person_id).order_by("-at")[:1]


class SignOut(models.Model):
    """Okta said that a person's access is over; sessions of theirs that began before are over too.

    Written while the event is matched. Whoever keeps sessions compares.
    """

    id = models.BigAutoField(primary_key=True)
    person_id = models.TextField()
    at = models.DateTimeField()
    event = models.OneToOneField(Event, models.PROTECT, related_name="sign_out")

    objects = SignOutQuerySet.as_manager()

    class Meta:
        app_label = "provisioning"
        indexes = [models.Index(fields=["person_id", "-at"], name="sign_out_person")]

    def __str__(self) -> str:
        return f"{self.person_id} at {self.at}"
