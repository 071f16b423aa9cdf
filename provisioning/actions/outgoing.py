"""Where this product may send requests of its own: the configured hosts, and nothing else."""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from provisioning.actions.base import Permanent

#: The settings that name a host; a host that none of them names is refused.
SETTINGS = ("SLACK_BASE_URL", "OKTA_ORG_URL", "AWS_ENDPOINT_URL")


def check(url: str) -> str:
    """Return `url` if a request may be sent there, else raise Permanent with the reason."""
    parts = _split(url)
    if parts.username is not None or parts.password is not None:
        raise _refused("it holds a user name or password")
    if parts.scheme not in ("https", "http"):
        raise _refused(f"its scheme is {parts.scheme or 'missing'}, only https is allowed")
    if _origin(parts) not in _allowed():
        raise _refused(f"the host {parts.hostname or '(none)'} is not one of those configured")
    if parts.scheme == "http" and not is_loopback(url):
        raise _refused("plain http is allowed only to a stand-in on this machine")
    return url


def is_loopback(url: str) -> bool:
    """Whether the host is written as this machine: `localhost` or a loopback address."""
    host = _split(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _allowed() -> set[tuple[str, str, int | None]]:
    urls = (str(getattr(settings, name, "")) for name in SETTINGS)
    return {_origin(_split(url)) for url in urls if url}


def _origin(parts: SplitResult) -> tuple[str, str, int | None]:
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname or "", parts.port or default


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise _refused("it cannot be read as an address") from None
    return parts


def _refused(reason: str) -> Permanent:
    names = ", ".join(SETTINGS)
    return Permanent(
        "address_refused",
        f"The request was not sent: {reason}.",
        hint=f"The addresses come from the settings {names}.",
    )
