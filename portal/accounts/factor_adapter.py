"""What allauth's second factors ask of us: how secrets are kept, and whose they are."""

from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from portal.boxes import box_for
from portal.models import User

_PURPOSE = "second factors"


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Keys are encrypted with SECRET_KEY, so that a copy of the database alone is worth nothing."""

    def encrypt(self, text: str) -> str:
        return box_for(_PURPOSE).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return box_for(_PURPOSE).decrypt(encrypted_text.encode()).decode()

    def get_totp_label(self, user: User) -> str:
        return user.username

    def get_totp_issuer(self) -> str:
        label = settings.ENVIRONMENT_LABEL
        return f"Sluice {label}" if label else "Sluice"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The host people open, from the settings: what a request says of it is not believed."""
        return {"id": urlsplit(settings.BASE_URL).hostname or "localhost", "name": "Sluice"}
