"""From Okta's administrator to the portal's session, over the real hook (S15)."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from portal.accounts import okta_settings
from portal.models import User
from sandbox.client import SandboxClient
from tests.portal.accounts.okta_support import MAYA, Okta, browser
from tests.portal.accounts.support import is_in
from tests.support.world import World
from tests.support.worlds import session_sandbox, world

__all__ = ["session_sandbox", "world"]


def _suspend(client: SandboxClient) -> None:
    client.suspend(MAYA)


def _deactivate(client: SandboxClient) -> None:
    client.deactivate(MAYA)


def _take_out(client: SandboxClient) -> None:
    client.remove_member("sluice-admins", MAYA)


@pytest.mark.parametrize("end", [_suspend, _deactivate, _take_out])
def test_the_session_is_over_at_the_next_page(
    world: World, settings: Settings, end: Callable[[SandboxClient], None]
) -> None:
    assert okta_settings.configured()
    okta = Okta(world.sandbox, world.client)
    okta.put_in(MAYA, "sluice-admins")
    world.listen(
        "user.lifecycle.suspend", "user.lifecycle.deactivate", "group.user_membership.remove"
    )
    client, other = browser(), browser()
    okta.put_in("noor.alhashimi@acme.example", "sluice-operators")
    okta.sign_in(client, MAYA)
    okta.sign_in(other, "noor.alhashimi@acme.example")
    assert is_in(client)
    end(world.client)
    world.arrived(1)
    world.drain()
    assert not is_in(client)
    assert is_in(other)
    assert User.objects.get(username=MAYA).is_active
