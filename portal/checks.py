"""Refusing to start when misconfigured, and saying so in words."""

import logging
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.apps.config import AppConfig
from django.conf import settings
from django.core import checks
from django.db import connection

from provisioning import group_roles
from provisioning.hook_secrets import secrets

log = logging.getLogger(__name__)

SHORTEST_SECRET = 16
_POWERS = """
SELECT rolsuper, EXISTS (
    SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = 'audit' AND relowner = pg_roles.oid)
FROM pg_roles WHERE rolname = current_user
"""


def check_settings(
    app_configs: Sequence[AppConfig] | None, **_: object
) -> list[checks.CheckMessage]:
    """What `manage.py check` finds, wherever it runs."""
    found: list[checks.CheckMessage] = []
    for label, secret in secrets(settings.OKTA_HOOK_SECRETS):
        if not label or not label.replace("-", "").replace("_", "").isalnum():
            found.append(
                checks.Error(
                    "OKTA_HOOK_SECRETS holds a secret without a label.",
                    hint="Write label:secret,label:secret; labels are letters, digits, - and _.",
                    id="portal.E001",
                )
            )
        if len(secret) < SHORTEST_SECRET:
            found.append(
                checks.Warning(
                    f"The hook secret {label!r} has fewer than {SHORTEST_SECRET} characters.",
                    hint="Make one with: python3 -c 'import secrets; "
                    "print(secrets.token_urlsafe(32))'",
                    id="portal.W001",
                )
            )
    return found + _okta_address() + _okta_sign_in()


def check_production(
    app_configs: Sequence[AppConfig] | None, **_: object
) -> list[checks.CheckMessage]:
    """What `manage.py check --deploy` adds."""
    wanted = {
        "portal.E002": (settings.SECRET_KEY_IS_SET, "SECRET_KEY is not set."),
        "portal.E003": (bool(settings.OKTA_HOOK_SECRETS), "OKTA_HOOK_SECRETS is not set."),
        "portal.E004": (settings.HTTPS, "BASE_URL is not https."),
        "portal.E005": (not settings.FAILPOINTS_ALLOWED, "FAILPOINTS_ALLOWED is for tests only."),
        "portal.E011": (settings.REQUIRE_MFA, "REQUIRE_MFA is off."),
        "portal.E006": (not settings.OKTA_ALLOW_HTTP, "OKTA_ALLOW_HTTP is for a stand-in only."),
    }
    hint = "Set it as .env.example says."
    found: list[checks.CheckMessage] = [
        checks.Error(message, hint=hint, id=number)
        for number, (holds, message) in wanted.items()
        if not holds
    ]
    if getattr(settings, "SECURE_PROXY_SSL_HEADER", None) and not settings.TRUSTED_PROXY_COUNT:
        found.append(
            checks.Warning(
                "A proxy ends TLS, but TRUSTED_PROXY_COUNT is 0: all callers seem to come from it, "
                "so that wrong passwords of one keep everybody out.",
                hint="Set it to the number of proxies in front.",
                id="portal.W003",
            )
        )
    return found


def warn_of_power() -> bool:
    """Warn where the process could change the trail; whether it could."""
    with connection.cursor() as cursor:
        cursor.execute(_POWERS)
        superuser, owner = cursor.fetchone()
    if superuser or owner:
        what = "a superuser" if superuser else "the owner of the audit tables"
        log.warning(
            "DATABASE_URL names %s, who could change the audit trail. Use a role that owns "
            "nothing, and keep the owner for MIGRATION_DATABASE_URL; see docs/operations.md.",
            what,
        )
    return bool(superuser or owner)


def _okta_address() -> list[checks.CheckMessage]:
    if not settings.OKTA_ORG_URL:
        return []
    scheme = urlsplit(settings.OKTA_ORG_URL).scheme
    if scheme == "https" or settings.OKTA_ALLOW_HTTP:
        return []
    return [
        checks.Error(
            "OKTA_ORG_URL is not https, so the token would travel in the clear.",
            hint="Write https://your-org.okta.com.",
            id="portal.E008",
        )
    ]


def _okta_sign_in() -> list[checks.CheckMessage]:
    if not settings.OIDC_CLIENT_ID:
        return []
    found: list[checks.CheckMessage] = []
    if not settings.OIDC_CLIENT_SECRET.startswith("env:"):
        found.append(
            checks.Error(
                "OIDC_CLIENT_SECRET is not a reference.",
                hint="Write env:NAME, and put the secret into the variable NAME.",
                id="portal.E009",
            )
        )
    try:
        mapped = group_roles.parse(settings.OIDC_GROUP_ROLES)
    except ValueError as error:
        return [
            *found,
            checks.Error(
                f"OIDC_GROUP_ROLES holds {str(error)!r}, which is not group:role.",
                hint="Roles are admin, operator, approver and auditor; name each group once.",
                id="portal.E010",
            ),
        ]
    if not mapped:
        found.append(
            checks.Warning(
                "OIDC_GROUP_ROLES is empty, so nobody who signs in with Okta gets in.",
                hint="Write group:role,group:role.",
                id="portal.W002",
            )
        )
    return found
