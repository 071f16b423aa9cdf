"""Who may sign in, and what is remembered about signing in."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, Group, UserManager
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Func, OuterRef, QuerySet, Subquery

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


class Throttle(models.Model):
    """How many tries at signing in a bucket had in its window. `portal.accounts.throttling`."""

    bucket = models.TextField(primary_key=True)
    tries = models.PositiveIntegerField()
    window_ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.bucket}: {self.tries}"


def session_fact(user: User, name: str) -> Any:
    """What `with_session_facts` read beside the account; None where it was read otherwise."""
    return getattr(user, name, None)
