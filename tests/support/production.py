"""`python -m tests.support.production COMMAND`: manage.py with the settings of a real deployment.

The names resolve nowhere: neither `check --deploy` nor `makemigrations --check` connects.
"""

import os
import secrets
import sys
import tempfile

SETTINGS = {
    "ALLOWED_HOSTS": "sluice.example.com",
    "BASE_URL": "https://sluice.example.com",
    "DATABASE_URL": "postgresql://sluice_app:x@127.0.0.1:1/sluice?sslmode=verify-full",
    "DEBUG": "false",
    "EMAIL_URL": "smtp+tls://sluice:x@mail.example.com:587",
    "MIGRATION_DATABASE_URL": "postgresql://sluice_owner:x@127.0.0.1:1/sluice?sslmode=verify-full",
    "OKTA_API_TOKEN": "x",
    "OKTA_ORG_URL": "https://acme.okta.com",
    "REQUIRE_MFA": "true",
    "TRUSTED_PROXY_COUNT": "1",
    "REDIS_URL": "rediss://:x@redis.example.com:6379/0",
}


def main() -> None:
    """Become `manage.py COMMAND`, with no setting from this machine's own files."""
    environ = os.environ | SETTINGS
    environ["SECRET_KEY"] = secrets.token_urlsafe(64)
    environ["OKTA_HOOK_SECRETS"] = f"main:{secrets.token_urlsafe(32)}"
    environ["SLUICE_DATA"] = tempfile.gettempdir() + "/sluice-no-data"
    environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    quiet = ["-W", "ignore::RuntimeWarning"]  # the database that cannot be reached
    os.execve(sys.executable, [sys.executable, *quiet, "manage.py", *sys.argv[1:]], environ)  # noqa: S606


if __name__ == "__main__":
    main()
