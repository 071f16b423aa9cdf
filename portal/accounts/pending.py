"""Between the password and the second factor: nobody is signed in yet."""

from django.http import HttpRequest

from portal.models import User
from provisioning.clocks import database_now

_KEY = "pending_sign_in"
MINUTES = 10


def begin(request: HttpRequest, user: User, target: str) -> None:
    """The password was right. The session gets another name, and remembers who and where to."""
    request.session.cycle_key()
    request.session[_KEY] = {
        "user": user.code,
        "password": user.get_session_auth_hash(),
        "at": database_now().timestamp(),
        "next": target,
    }


def user_of(request: HttpRequest) -> User | None:
    """Whose second factor is awaited; nobody if it took too long or the password has changed."""
    kept = request.session.get(_KEY)
    if not kept or database_now().timestamp() - kept["at"] > MINUTES * 60:
        return None
    user = User.objects.filter(code=kept["user"], is_active=True).first()
    if user is None or user.get_session_auth_hash() != kept["password"]:
        return None
    return user


def target_of(request: HttpRequest) -> str:
    return str(request.session.get(_KEY, {}).get("next", "/"))


def end(request: HttpRequest) -> None:
    request.session.pop(_KEY, None)
