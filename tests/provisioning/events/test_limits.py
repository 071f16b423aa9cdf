"""Bodies that are too large, too deep, of the wrong kind or no JSON get a counted 4xx (S04–S06)."""

import json
import time

import pytest
from pytest_django import Settings

from provisioning.events.models import Delivery, Event, RefusalCount
from provisioning.events.walking import depth_at_most
from tests.support.hooks import Hook, envelope, event


def refused(hook: Hook, reason: str) -> None:
    assert Event.objects.count() == 0
    assert Delivery.objects.get().reason == reason
    assert RefusalCount.objects.get().reason == reason


def test_one_byte_over_the_limit_is_413(hook: Hook, settings: Settings) -> None:
    body = envelope(event())
    settings.OKTA_HOOK_MAX_BYTES = len(body)
    assert hook.call(body=body).status == 204
    settings.OKTA_HOOK_MAX_BYTES = len(body) - 1
    assert hook.call(body=body).status == 413
    assert Delivery.objects.latest("id").reason == "too_large"


def test_a_body_without_length_is_read_to_the_limit(hook: Hook, settings: Settings) -> None:
    body = envelope(event())
    assert hook.call(body=body, CONTENT_LENGTH=None).status == 204
    settings.OKTA_HOOK_MAX_BYTES = len(body) - 1
    assert hook.call(body=body, CONTENT_LENGTH=None).status == 413


def test_a_body_cut_short_is_400(hook: Hook) -> None:
    body = envelope(event())
    assert hook.call(body=body, CONTENT_LENGTH=str(len(body) + 1)).status == 400
    refused(hook, "cut_short")


@pytest.mark.parametrize("length", ["-1", "abc", "1e3"])
def test_a_length_that_is_no_number_is_400(hook: Hook, length: str) -> None:
    assert hook.call(body=envelope(event()), CONTENT_LENGTH=length).status == 400
    refused(hook, "content_length")


def test_a_compressed_body_is_415(hook: Hook) -> None:
    answer = hook.call(body=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    assert answer.status == 415
    refused(hook, "content_encoding")


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "", None])
def test_another_content_type_is_415(hook: Hook, kind: str | None) -> None:
    assert hook.post(event(), CONTENT_TYPE=kind).status == 415
    refused(hook, "content_type")


def test_a_charset_behind_the_content_type_is_fine(hook: Hook) -> None:
    assert hook.post(event(), CONTENT_TYPE="application/json; charset=UTF-8").status == 204


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "HEAD"])
def test_another_method_is_405(hook: Hook, method: str) -> None:
    answer = hook.call(method)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, POST")
    refused(hook, "method")


def nested(depth: int) -> bytes:
    """A body whose brackets nest `depth` deep, the outermost object counted."""
    inner = "[" * (depth - 1) + "]" * (depth - 1)
    return f'{{"data":{{"events":[]}},"x":{inner}}}'.encode()


def test_sixty_four_levels_are_fine_and_sixty_five_are_400(hook: Hook) -> None:
    assert hook.call(body=nested(64)).status == 204
    assert hook.call(body=nested(65)).status == 400
    assert Delivery.objects.latest("id").reason == "too_deep"


@pytest.mark.parametrize("depth", [2_000, 100_000])
def test_any_depth_is_refused_quickly(hook: Hook, depth: int) -> None:
    started = time.monotonic()
    assert hook.call(body=nested(depth)).status == 400
    assert time.monotonic() - started < 5
    refused(hook, "too_deep")


def test_brackets_inside_texts_do_not_count() -> None:
    text = json.dumps({"a": '[[[["{{{' + "[" * 500, "b": [1]}).encode()
    assert depth_at_most(text, 2)
    assert not depth_at_most(text, 1)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"data":{"events":[NaN]}}', "not_json"),
        (b'{"data":{"events":[]', "not_json"),
        (b'{"data":{"events":[]}} x', "not_json"),
        (b"", "not_json"),
        (b"\xef\xbb\xbf" + b'{"data":{"events":[]}}', "not_json"),
        ('{"data":{"events":[]}}'.encode("utf-16"), "not_utf8"),
        (b'{"data":{"events":["\xff"]}}', "not_utf8"),
        (b"[]", "not_json"),
        (b'"text"', "not_json"),
        (b"{}", "no_events"),
        (b'{"data":[]}', "no_events"),
        (b'{"data":{"events":{}}}', "no_events"),
        (b'{"data":null}', "no_events"),
        (b'{"data":{"events":[01]}}', "not_json"),
        (b'{"data":{"events":["\x01"]}}', "not_json"),
    ],
)
def test_what_is_no_hook_call_is_400_with_its_reason(hook: Hook, body: bytes, reason: str) -> None:
    assert hook.call(body=body).status == 400
    refused(hook, reason)


def test_ten_thousand_keys_are_fine(hook: Hook) -> None:
    assert hook.post(event() | {f"k{n}": n for n in range(10_000)}).status == 204
    assert Event.objects.get().state == "received"


def test_refusals_are_all_counted_and_a_bounded_number_kept(
    hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provisioning.events.refusals.KEPT_PER_HOUR", 3)
    for _ in range(8):
        assert hook.post(event(), HTTP_AUTHORIZATION="wrong").status == 401
    assert sum(RefusalCount.objects.values_list("count", flat=True)) == 8
    assert Delivery.objects.count() <= 6  # three an hour, and the hour may turn meanwhile
