"""An administrator signs somebody out everywhere, as when a laptop is lost."""

import pytest
from django.urls import reverse

from audit.models import Entry
from portal.accounts import open_sessions
from portal.models import User
from portal.roles import Role
from tests.support.factories import client_of, make_user

pytestmark = pytest.mark.django_db


def path(name: str, user: User) -> str:
    return reverse(name, args=[user.code])


def test_all_sessions_of_somebody_end_and_those_of_others_go_on() -> None:
    ana, root = make_user(Role.OPERATOR, "ana"), make_user(Role.ADMIN, "root")
    theirs, mine = [client_of(ana), client_of(ana)], client_of(root)
    assert open_sessions.count_of(ana) == 2
    page = mine.post(path("user-sessions-end", ana), follow=True).content.decode()
    assert "2 sessions of ana ended. They may sign in again." in page
    assert open_sessions.count_of(ana) == 0
    for client in theirs:
        assert client.get("/").url.startswith(reverse("sign-in"))  # type: ignore[attr-defined] # it is a redirect
    assert mine.get("/").status_code == 200


def test_the_trail_says_whose_sessions_were_ended_by_whom() -> None:
    ana, root = make_user(Role.OPERATOR, "ana"), make_user(Role.ADMIN, "root")
    client_of(ana)
    client_of(root).post(path("user-sessions-end", ana))
    entry = Entry.objects.get(verb="user.sessions_ended")
    assert (entry.object_id, entry.actor_id, entry.data["count"]) == (ana.code, root.code, 1)


def test_the_page_offers_it_only_where_there_are_sessions_of_somebody_else() -> None:
    ana, root = make_user(Role.OPERATOR, "ana"), make_user(Role.ADMIN, "root")
    mine = client_of(root)
    asked = f'action="{path("user-sessions-end", ana)}"'
    assert asked not in mine.get(path("user-detail", ana)).content.decode()
    client_of(ana)
    page = mine.get(path("user-detail", ana)).content.decode()
    assert asked in page
    assert "1 open." in page
    own = mine.get(path("user-detail", root)).content.decode()
    assert path("user-sessions-end", root) not in own


def test_who_only_reads_is_told_the_number_and_may_not_end_them() -> None:
    ana, grace = make_user(Role.OPERATOR, "ana"), make_user(Role.AUDITOR, "grace")
    client_of(ana)
    page = client_of(grace).get(path("user-detail", ana)).content.decode()
    assert "1 open." in page
    assert path("user-sessions-end", ana) not in page
    assert client_of(grace).post(path("user-sessions-end", ana)).status_code == 403
    assert open_sessions.count_of(ana) == 1
