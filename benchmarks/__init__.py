"""Measurements against a baseline that runs in turn with them. Never tests, never part of them.

Django is set up here, before any module of this package is imported, and points nowhere until
`benchmarks.servers` has started servers of its own.
"""

import os
import tempfile
from pathlib import Path

import django

SECRET = "a secret that only benchmarks know"

os.environ |= {
    "DJANGO_SETTINGS_MODULE": "portal.settings",
    # The data folder of a demo that runs on this machine must not be read.
    "SLUICE_DATA": str(Path(tempfile.gettempdir()) / "sluice-benchmarks-read-no-demo"),
    "DATABASE_URL": "postgresql://sluice_app@127.0.0.1:1/none",
    "MIGRATION_DATABASE_URL": "postgresql://sluice_owner@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "OKTA_HOOK_SECRETS": f"benchmark:{SECRET}",
    "OKTA_ORG_URL": "",
    "LOG_LEVEL": "ERROR",
    # What is measured is a burst of one rule, far above any limit.
    "DEFAULT_LIMIT_RUNS": "0",
}
django.setup()
