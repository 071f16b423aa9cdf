"""Foreign text is made fit to keep."""

import pytest

from provisioning.actions import text


@pytest.mark.parametrize(
    "secret",
    [
        "AKIAABCDEFGHIJKLMNOP",
        "ASIAABCDEFGHIJKLMNOP",
        "xoxb-123456789012-abcdefghijkl",
        "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_known_forms_of_credentials_are_hidden(secret: str) -> None:
    assert text.redacted(f"before {secret} after") == "before [hidden] after"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Authorization: SSWS 00abcdefgh", "Authorization: SSWS [hidden]"),
        ("Authorization: Bearer abc.def.ghi", "Authorization: Bearer [hidden]"),
        ('{"password": "hunter22"}', '{"password": "[hidden]"}'),
        ("aws_secret_access_key=abc/def+ghi", "aws_secret_access_key=[hidden]"),
        ("SLACK_TOKEN='abcd1234'", "SLACK_TOKEN='[hidden]'"),
        ("the user asked for the folder", "the user asked for the folder"),
    ],
)
def test_what_follows_a_telling_word_is_hidden(given: str, expected: str) -> None:
    assert text.redacted(given) == expected


def test_long_text_says_how_much_is_left_out() -> None:
    assert text.bounded("x" * 12, 10) == "xxxxxxxxxx … (2 more characters)"


def test_text_is_storable_all_the_way_down() -> None:
    assert text.storable({"a\x00": ["\ud800", 1, None, True]}) == {
        "a\ufffd": ["\ufffd", 1, None, True]
    }
