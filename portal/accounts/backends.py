"""How an account is found: at sign-in by password, and at each request by its session."""

from django.contrib.auth.backends import ModelBackend

from portal.models import User


class AccountBackend(ModelBackend):
    """Django's own, but it reads what the session's checks need in the same query."""

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.with_session_facts().filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
