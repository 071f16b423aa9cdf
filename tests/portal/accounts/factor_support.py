"""Accounts with second factors, and the codes and keys that their owners hold."""

import html
import json
import re
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from portal.accounts import factors
from portal.models import User
from provisioning.clocks import database_now
from tests.portal.accounts.software_key import SoftwareKey
from tests.portal.accounts.support import PASSWORD, person
from tests.support.factories import COMMAND

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(secret: str = SECRET, *, ahead: int = 0) -> str:
    counter = int(database_now().timestamp()) // factors.PERIOD + ahead
    return str(format_hotp_value(hotp_value(secret, counter)))


def with_app(name: str = "maya") -> User:
    """An account with an app; no code of the app is used up."""
    user = person(name)
    assert factors.add_app(user, SECRET, code=code(), actor=COMMAND)
    factor = Authenticator.objects.get(user=user, type="totp")
    factor.data["last_counter"] = 0
    factor.save()
    return user


def send_password(client: Client, target: str = "/rules/", name: str = "maya") -> Any:
    sent = {"username": name, "password": PASSWORD, "next": target}
    return client.post("/sign-in/", sent)


def secret_on(page: str) -> str:
    """The key for an app that a page shows."""
    shown = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert shown is not None
    return shown[1].replace(" ", "")


def options_on(page: str) -> str:
    """What the page would have the browser ask of a security key."""
    shown = re.search(r'data-key-options="([^"]+)"', page)
    assert shown is not None
    return html.unescape(shown[1])


def add_key(client: Client, key: SoftwareKey, name: str = "Blue") -> Any:
    """Open the page that adds a key, and answer with one."""
    answer = key.register(options_on(client.get("/account/key/").content.decode()))
    return client.post("/account/key/", {"name": name, "credential": json.dumps(answer)})
