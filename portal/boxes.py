"""Text that only this server can read, encrypted with SECRET_KEY: a copy of the database alone is
worth nothing."""

import base64
import hashlib

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def box_for(purpose: str) -> MultiFernet:
    """A key of its own for each purpose. What a former SECRET_KEY encrypted can still be read."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(purpose, secret)) for secret in keys])


def _key(purpose: str, secret: str) -> bytes:
    digest = hashlib.sha256(f"sluice {purpose}:".encode() + secret.encode()).digest()
    return base64.urlsafe_b64encode(digest)
