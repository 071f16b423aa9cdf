"""Which folder keys and bucket names are refused, and with which words."""

import pytest

from provisioning.actions.aws.keys import bucket_problems, folder_key, key_problems


@pytest.mark.parametrize(
    "key",
    [
        "marketing-Maya Lindqvist/",
        "marketing-Zoë Ångström",
        "部門/山田 太郎/",
        "o'brien-(tmp)*!._/",
        "maya+test@example.com/",
        "e\u0301/",
        "x" * 899,
    ],
)
def test_ordinary_keys_are_accepted(key: str) -> None:
    assert list(key_problems(key)) == []


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("", "is empty"),
        ("/", "is empty"),
        ("/a", "an empty part"),
        ("a//b", "an empty part"),
        ("a/../b", "the part '..'"),
        ("./a", "the part '.'"),
        ("..", "the part '..'"),
        ("a\\b", "REVERSE SOLIDUS"),
        ("a<script>", "LESS-THAN SIGN"),
        ("a\x00b", "a control character"),
        ("a\nb", "U+000A"),
        ("a\u202eb", "RIGHT-TO-LEFT OVERRIDE"),
        ("a\u00a0b", "NO-BREAK SPACE"),
        ("a\u200bb", "ZERO WIDTH SPACE"),
        ("a\ud800b", "U+D800"),
        ("a {{ user.profile.firstName }}", "still holds a template"),
        ("a{b", "LEFT CURLY BRACKET"),
        ("a  b", "two blanks in a row"),
        ("marketing- /", "a blank at the edge"),
        ("x" * 901, "has 902 bytes; at most 900 are allowed"),
        ("é" * 450, "has 901 bytes; at most 900 are allowed"),
    ],
)
def test_a_key_that_would_do_harm_is_refused_with_its_reason(key: str, words: str) -> None:
    assert words in " ".join(key_problems(key))


def test_two_ways_to_write_a_name_give_one_folder() -> None:
    assert folder_key("Ame\u0301lie") == folder_key("Am\u00e9lie/") == "Am\u00e9lie/"


@pytest.mark.parametrize(
    "bucket", ["ab", "A-bucket", "a..b", "192.168.1.1", "-a-", "a_b", "x" * 64]
)
def test_a_bucket_name_s3_would_refuse_is_found(bucket: str) -> None:
    assert list(bucket_problems(bucket))


@pytest.mark.parametrize("bucket", ["abc", "team-folders", "a.b-c.9"])
def test_a_good_bucket_name_is_accepted(bucket: str) -> None:
    assert not list(bucket_problems(bucket))
