"""The web process has the table of actions, but never boto3, botocore or the Okta SDK."""

import subprocess
import sys

import pytest

HEAVY = ("boto3", "botocore", "okta", "aiohttp", "django.db.models")
REPORT = f"import sys; print([name for name in {HEAVY!r} if name in sys.modules])"
TABLE = "import provisioning.actions.registry, provisioning.actions.policy"
OKTA = "import provisioning.actions.okta.client"


def imported_after(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{REPORT}"], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize("code", [TABLE, OKTA])
def test_importing_the_actions_loads_no_sdk(code: str) -> None:
    assert imported_after(code) == "[]"


def test_warming_loads_them() -> None:
    code = (
        "import django.conf\n"
        "django.conf.settings.configure(AWS_REGION='us-east-1')\n"
        "from provisioning.actions.aws import client\n"
        "from provisioning.actions.okta import client as okta\n"
        "client.warm(); okta.warm()"
    )
    assert imported_after(code) == "['boto3', 'botocore', 'okta', 'aiohttp']"
