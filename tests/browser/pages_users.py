"""The pages about accounts, roles and tokens."""

from collections.abc import Iterator

from portal.models import BreakGlassReview, User
from tests.browser.places import Place, place


def users() -> Iterator[Place]:
    someone = User.objects.order_by("pk").first()
    assert someone is not None
    yield place("user-list", "all")
    yield place("user-list", "filtered", {"role": "admin", "state": "on"})
    yield place("user-list", "nothing matches", {"q": "zzzzzz"})
    yield place("user-list", "unknown value", {"role": "king"}, status=400)
    yield place("user-detail", "of somebody", code=someone.code)
    yield place("user-detail", "nobody", status=404, code="ZZZZZZZZZZZZ")
    yield place("role-list")
    yield place("token-list")
    yield place("break-glass-list", "all")
    yield place("break-glass-list", "nothing matches", {"q": "zzzzzz"})
    yield place("break-glass-list", "unknown value", {"state": "lost"}, status=400)
    for review in BreakGlassReview.objects.order_by("pk"):
        yield place("break-glass-detail", review.state, code=review.code)
    yield place("break-glass-detail", "not there", status=404, code="ZZZZZZZZZZZZ")
    for name in ("account", "account-password", "account-app", "account-key", "account-recovery"):
        yield place(name)
    yield place("kept-form", "not there", status=404, code="ZZZZZZZZZZZZ")
    for name in ("account-key-rename", "account-factor-remove"):
        yield place(name, "not there", status=404, code="ZZZZZZZZZZZZ")
