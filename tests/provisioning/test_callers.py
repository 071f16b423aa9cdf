"""The caller's address is what our own proxies saw, never what the caller claims."""

from pytest_django import Settings

from provisioning.callers import caller_address

CLAIMED = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "6.6.6.6, 203.0.113.7, 10.0.0.9"}


def test_without_proxies_of_ours_the_header_is_not_believed(settings: Settings) -> None:
    settings.TRUSTED_PROXY_COUNT = 0
    assert caller_address(CLAIMED) == "10.0.0.1"


def test_behind_proxies_the_address_that_the_outermost_saw_counts(settings: Settings) -> None:
    settings.TRUSTED_PROXY_COUNT = 2
    assert caller_address(CLAIMED) == "203.0.113.7"


def test_fewer_hops_than_proxies_are_not_believed(settings: Settings) -> None:
    settings.TRUSTED_PROXY_COUNT = 4
    assert caller_address(CLAIMED) == "10.0.0.1"


def test_an_address_nobody_knows_is_called_unknown(settings: Settings) -> None:
    settings.TRUSTED_PROXY_COUNT = 0
    assert caller_address({}) == "unknown"
