"""What the settings say of signing in with Okta."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings

from portal.roles import Role
from provisioning.group_roles import parse


def configured() -> bool:
    return bool(settings.OIDC_CLIENT_ID and issuer())


def issuer() -> str:
    return str(settings.OIDC_ISSUER or settings.OKTA_ORG_URL).rstrip("/")


def sign_out_url() -> str:
    """Where the session at Okta itself is ended. Its issuer may lie on a path of the org."""
    org = urlsplit(issuer())
    return f"{org.scheme}://{org.netloc}/login/signout"


def group_roles() -> dict[str, Role]:
    """Okta group -> role. Raises ValueError naming the part that is wrong."""
    return {group: Role(role) for group, role in parse(settings.OIDC_GROUP_ROLES).items()}


def roles_of_groups(groups: Iterable[str]) -> frozenset[Role]:
    known = group_roles()
    return frozenset(known[group] for group in groups if group in known)
