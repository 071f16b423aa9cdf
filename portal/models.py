"""Who may sign in."""

from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.db import models

from audit.codes import new_code


class User(AbstractUser):
    """A person of the portal; what they may do comes from their roles (`portal.roles`)."""

    code = models.TextField(unique=True, default=new_code)

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def initials(self) -> str:
        words = str(self).replace(".", " ").replace("@", " ").split()
        return "".join(word[0] for word in words[:2]).upper() or "?"


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
