"""People who send a form after their session has ended, and come back."""

import html
import re
from datetime import timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.test import Client

from portal.kept import keeping
from portal.kept.keeping import Kept
from portal.kept.sealing import Sent, seal
from portal.models import KeptForm, User
from provisioning.clocks import database_now
from tests.portal.accounts.support import PASSWORD, age

#: What somebody thought about for long.
WORDS = "Because Freyja asked for it."
#: A form for admins, with its page.
POLICY = {"four_eyes": "medium", "reason": WORDS}


def late(client: Client, path: str = "/policy/", sent: Any = None, **more: Any) -> Any:
    """Send a form from its page, twenty minutes after anything else was done."""
    age_of_session(client)
    headers = {"referer": f"http://testserver{path}", **more.pop("headers", {})}
    return client.post(path, POLICY if sent is None else sent, headers=headers, **more)


def age_of_session(client: Client) -> None:
    """So long nothing was done in it, if it is somebody's, that it is over."""
    if SESSION_KEY in client.session:
        age(client, timedelta(minutes=20))


def come_back(client: Client, name: str = "maya", target: str = "/runs/") -> str:
    """Sign in with the password; where that leads to."""
    answer = client.post("/sign-in/", {"username": name, "password": PASSWORD, "next": target})
    assert answer.status_code == 302, answer.content
    return str(answer["Location"])


def of(user: User) -> Kept:
    found = keeping.of(user)
    assert found is not None
    return found


def make_kept(user: User) -> KeptForm:
    """A form that waits for the person."""
    fields = [(name, [value]) for name, value in POLICY.items()]
    sent = Sent(user.pk, "policy", "/policy/", "/policy/", "127.0.0.1", fields, [])
    now = database_now()
    return KeptForm.objects.create(
        user_id=user.pk, sealed=seal(sent), kept_at=now, expires_at=now + keeping.KEEP_FOR
    )


def hidden_on(page: str) -> list[tuple[str, str]]:
    """What the form on the page would send again, in its order, without the token."""
    shown = page[page.index('id="send"') : page.index('id="discard"')]
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', shown)
    fields = [(html.unescape(name), html.unescape(value)) for name, value in found]
    return [one for one in fields if one[0] != "csrfmiddlewaretoken"]


def action_on(page: str) -> str:
    shown = re.search(r'<form method="post" action="([^"]*)" id="send"', page)
    assert shown is not None
    return html.unescape(shown[1])
