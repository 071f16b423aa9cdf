"""Only a caller with one of the known secrets gets in (S01, S02)."""

import pytest
from pytest_django import Settings

from audit.models import Entry
from provisioning.events.models import Delivery, Event
from provisioning.hook_secrets import matching_label, secrets
from tests.support.hooks import SECRET, Hook, event


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "wrong",
        SECRET[:-1],
        SECRET + "x",
        SECRET.upper(),
        "\xe9\xff not ascii",
        "x" * 10_000,
        f"{SECRET},{SECRET}",
        f"{SECRET}, other",
    ],
    ids=[
        "missing",
        "empty",
        "wrong",
        "prefix",
        "longer",
        "case",
        "not-ascii",
        "10kB",
        "twice",
        "2",
    ],
)
def test_any_other_secret_is_refused_with_401(hook: Hook, given: str | None) -> None:
    answer = hook.post(event(), HTTP_AUTHORIZATION=given)
    assert answer.status == 401
    assert Event.objects.count() == 0
    refused = Delivery.objects.get()
    assert (refused.outcome, refused.reason, refused.status) == ("refused", "bad_secret", 401)
    assert Entry.objects.filter(verb="delivery.refused", object_id=refused.code).exists()


def test_during_rotation_both_secrets_are_accepted_and_told_apart(
    hook: Hook, settings: Settings
) -> None:
    settings.OKTA_HOOK_SECRETS = f"old:{SECRET},new:another secret"
    assert hook.post(event()).status == 204
    assert hook.post(event(), HTTP_AUTHORIZATION="another secret").status == 204
    assert list(Delivery.objects.order_by("id").values_list("secret_label", flat=True)) == [
        "old",
        "new",
    ]
    entries = Entry.objects.filter(verb="delivery.accepted").order_by("id")
    assert [entry.data["secret_label"] for entry in entries] == ["old", "new"]


def test_a_retired_secret_is_refused(hook: Hook, settings: Settings) -> None:
    settings.OKTA_HOOK_SECRETS = "new:another secret"
    assert hook.post(event()).status == 401


def test_without_any_secret_set_okta_is_asked_to_come_again(hook: Hook, settings: Settings) -> None:
    settings.OKTA_HOOK_SECRETS = ""
    assert hook.post(event()).status == 503
    assert Delivery.objects.get().reason == "no_secret_set"


def test_an_empty_secret_never_matches() -> None:
    assert secrets("empty:,real:abc,") == (("real", b"abc"),)
    assert matching_label(b"", secrets("empty:,real:abc")) is None


def test_a_secret_may_hold_colons_and_a_scheme() -> None:
    known = secrets("main:Basic dXNlcjpwYXNz, second:a:b:c")
    assert matching_label(b"Basic dXNlcjpwYXNz", known) == "main"
    assert matching_label(b"a:b:c", known) == "second"


def test_secrets_in_utf8_match_what_wsgi_hands_over(hook: Hook, settings: Settings) -> None:
    settings.OKTA_HOOK_SECRETS = "main:gr\u00fc\u00dfe"
    given = "gr\u00fc\u00dfe".encode().decode("latin-1")
    assert hook.post(event(), HTTP_AUTHORIZATION=given).status == 204
