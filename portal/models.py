"""Who may sign in."""

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
