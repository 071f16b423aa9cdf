"""The secrets this process holds, so that none of them can reach an entry or a page."""

import os
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings

_NAMED = (
    "SECRET_KEY",
    "OKTA_API_TOKEN",
    "OKTA_PRIVATE_KEY",
    "OIDC_CLIENT_SECRET",
    "SLACK_BOT_TOKEN",
    "AWS_EXTERNAL_ID",
    "EMAIL_HOST_PASSWORD",
)
_ADDRESSES = ("DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL")


def known_secrets() -> tuple[str, ...]:
    """Their values, those behind `env:NAME` and inside addresses too."""
    given = tuple(str(getattr(settings, name, "") or "") for name in _NAMED)
    addresses = tuple(str(getattr(settings, name, "") or "") for name in _ADDRESSES)
    return _values(given, addresses, settings.OKTA_HOOK_SECRETS)


@lru_cache(maxsize=8)
def _values(given: tuple[str, ...], addresses: tuple[str, ...], hook: str) -> tuple[str, ...]:
    """Cached: this is asked for every entry, and settings do not change while we run."""
    found = [
        os.environ.get(value.removeprefix("env:"), "") if value.startswith("env:") else value
        for value in given
    ]
    found += [urlsplit(address).password or "" for address in addresses]
    found += [pair.partition(":")[2].strip() for pair in hook.split(",")]
    return tuple(value for value in found if value)
