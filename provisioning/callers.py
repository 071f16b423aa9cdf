"""Where a request came from: one answer for the hook endpoint and for the portal."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings


def caller_address(environ: Mapping[str, Any]) -> str:
    """The caller's address from a WSGI environment, which Django's `request.META` is too.

    `X-Forwarded-For` is believed only as far as our own proxies.
    """
    address = environ.get("REMOTE_ADDR") or "unknown"
    hops = [
        hop.strip() for hop in environ.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()
    ]
    trusted = settings.TRUSTED_PROXY_COUNT
    if trusted and len(hops) >= trusted:
        address = hops[-trusted]
    return str(address)[:100]
