"""How the trail names an account."""

from audit import trail
from portal.models import User


def subject(user: User) -> trail.Object:
    return trail.Object("user", user.code, user.username)
