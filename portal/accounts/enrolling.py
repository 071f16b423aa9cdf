"""What a page offers to somebody who sets up a second factor."""

import base64
import json

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.mfa.utils import decrypt, encrypt
from allauth.mfa.webauthn.internal import auth as keys
from django.http import HttpRequest

from portal.models import User

_SECRET = "enrol_secret"  # noqa: S105 - the name of a place in the session


def app_of(request: HttpRequest, user: User) -> dict[str, str]:
    """The key for an app, as a picture and in groups of four."""
    secret, adapter = secret_of(request), get_adapter()
    drawn = adapter.build_totp_svg(adapter.build_totp_url(user, secret))
    return {
        "drawn": base64.b64encode(drawn.encode()).decode(),
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
    }


def secret_of(request: HttpRequest) -> str:
    """The one offered in this session; encrypted, since sessions lie in the database."""
    if _SECRET not in request.session:
        request.session[_SECRET] = encrypt(generate_totp_secret())
    return str(decrypt(request.session[_SECRET]))


def forget(request: HttpRequest) -> None:
    request.session.pop(_SECRET, None)


def key_options(user: User) -> str:
    """What the browser is to ask a new security key, as JSON."""
    return json.dumps(keys.begin_registration(user, passwordless=False), default=dict)
