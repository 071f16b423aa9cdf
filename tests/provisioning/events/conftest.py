from collections.abc import Iterator

import pytest
from pytest_django import Settings

from provisioning.webhooks import Endpoint
from tests.conftest import LiveDatabase
from tests.support.hooks import SECRET, Hook


@pytest.fixture
def hook(live_db: LiveDatabase, settings: Settings) -> Iterator[Hook]:
    """An endpoint of its own, on a database of its own."""
    settings.OKTA_HOOK_SECRETS = f"main:{SECRET}"
    hook = Hook(Endpoint())
    yield hook
    hook.settle()
