"""Who may sign in, and what is remembered about signing in."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, Group, UserManager
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import F, Func, OuterRef, Q, QuerySet, Subquery

from audit.codes import new_code
from provisioning.events.models import SignOut


class Accounts(UserManager["User"]):
    """The named questions about accounts."""

    use_in_migrations = False

    def with_session_facts(self) -> QuerySet["User"]:
        """All that a request's checks need, in the one query that reads the account.

        `read_at` is the database's time, `role_names` the roles; sessions that began before
        `ended_at` or `signed_out_at` are over.
        """
        ended = SessionEnd.objects.filter(pk=OuterRef("pk")).values("at")
        signed_out = SignOut.objects.latest_of(OuterRef("okta_id")).values("at")
        return self.get_queryset().annotate(
            read_at=Func(function="clock_timestamp", output_field=models.DateTimeField()),
            role_names=ArraySubquery(Group.objects.filter(user=OuterRef("pk")).values("name")),
            ended_at=Subquery(ended),
            signed_out_at=Subquery(signed_out),
        )


class User(AbstractUser):
    """A person of the portal; what they may do comes from their roles (`portal.roles`)."""

    code = models.TextField(unique=True, default=new_code)
    #: The id of the Okta user who signs in to it (`sub`); null for a local account.
    okta_id = models.TextField(unique=True, null=True, blank=True)
    #: Kept for the day when Okta cannot be reached; each use of it raises an alarm.
    break_glass = models.BooleanField(default=False, db_default=False)

    objects: ClassVar[Accounts] = Accounts()

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def initials(self) -> str:
        words = str(self).replace(".", " ").replace("@", " ").split()
        return "".join(word[0] for word in words[:2]).upper() or "?"

    def clean(self) -> None:
        super().clean()
        self.okta_id = self.okta_id or None


class SessionEnd(models.Model):
    """All sessions of an account that began before `at` are over.

    Triggers write it (migration 0003) when a role is taken away, the account is turned off, or its
    password or second factor changes; so no code path can forget to. Without a foreign key: the
    trigger also fires while an account is deleted.
    """

    user_id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id} at {self.at}"


class OpenSession(models.Model):
    """Whose a session is, which Django's table of sessions does not say in a column.

    `portal.accounts.session_store` writes it and takes it away. Without foreign keys: while a
    version runs that does not know this table, sessions go without their row here.
    """

    session_key = models.TextField(primary_key=True)
    user_id = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return f"a session of {self.user_id}"


class KeptFormQuerySet(QuerySet["KeptForm"]):
    def good_at(self, now: datetime) -> "KeptFormQuerySet":
        return self.filter(expires_at__gt=now)


class KeptForm(models.Model):
    """What a person typed and sent after their session had ended, until they have signed in again.

    One for each person. The text is encrypted: `portal.kept.sealing`. Without a foreign key: while
    a version runs that does not know this table, it can still delete an account.
    """

    user_id = models.BigIntegerField(primary_key=True)
    code = models.TextField(unique=True, default=new_code)
    sealed = models.TextField()
    kept_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = KeptFormQuerySet.as_manager()

    def __str__(self) -> str:
        return f"a form of {self.user_id}"


class Throttle(models.Model):
    """How many tries at signing in a bucket had in its window. `portal.accounts.throttling`."""

    bucket = models.TextField(primary_key=True)
    tries = models.PositiveIntegerField()
    window_ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.bucket}: {self.tries}"


class ApiToken(models.Model):
    """What a machine signs in with. The text is shown once and kept as a hash."""

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True, default=new_code)
    owner = models.ForeignKey(User, models.PROTECT, related_name="tokens")
    name = models.TextField()
    scopes = models.JSONField()
    digest = models.TextField(unique=True)
    #: The last four characters, by which one can be told from another.
    hint = models.TextField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name

    def good_at(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


class ReviewQuerySet(QuerySet["BreakGlassReview"]):
    def open(self) -> "ReviewQuerySet":
        return self.filter(state=BreakGlassReview.State.OPEN)

    def overdue(self, now: datetime) -> "ReviewQuerySet":
        return self.open().filter(due_at__lte=now)


class BreakGlassReview(models.Model):
    """One sign-in with an account kept for emergencies, which somebody else has to look into."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        DONE = "done", "Done"

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True, default=new_code)
    account = models.ForeignKey(User, models.PROTECT, related_name="reviews")
    #: `portal.identity` of the account at that time, and of whoever looked into it.
    account_identity = models.TextField()
    source = models.TextField()
    signed_in_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.TextField(choices=State.choices, default=State.OPEN)
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reviewer_identity = models.TextField(default="", blank=True)
    note = models.TextField(default="", blank=True)
    reviewed_at = models.DateTimeField(null=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="review_by_somebody_else",
                condition=~Q(reviewed_by=F("account"))
                & ~Q(reviewer_identity=F("account_identity")),
            ),
            models.CheckConstraint(
                name="review_done_says_who_and_what",
                condition=Q(
                    state="open", reviewed_by=None, reviewed_at=None, reviewer_identity="", note=""
                )
                | (
                    Q(state="done", reviewed_by__isnull=False, reviewed_at__isnull=False)
                    & ~Q(reviewer_identity="")
                    & ~Q(note="")
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="open"), name="review_open"),
            models.Index(fields=["-signed_in_at", "-id"], name="review_signed_in"),
        ]

    def __str__(self) -> str:
        return f"{self.account} at {self.signed_in_at}"


def session_fact(user: User, name: str) -> Any:
    """What `with_session_facts` read beside the account; None where it was read otherwise."""
    return getattr(user, name, None)
