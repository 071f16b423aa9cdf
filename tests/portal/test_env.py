"""Settings are read as `.env.example` says: a line without a value keeps the default."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.env import Env


def test_an_empty_variable_keeps_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Among others that second factors are demanded."""
    for value in ("", "  "):
        monkeypatch.setenv("SLUICE_TEST", value)
        env = Env()
        assert env.bool("SLUICE_TEST", default=True) is True
        assert env.int("SLUICE_TEST", default=15) == 15
        assert env.list("SLUICE_TEST", default=["a"]) == ["a"]
        assert env.str("SLUICE_TEST", default="a") == "a"
        assert env.email_url("SLUICE_TEST", default="smtp://127.0.0.1:25")["EMAIL_PORT"] == 25


@pytest.mark.parametrize("value", ["ture", "enabled", "2", "none"])
def test_a_word_that_is_neither_true_nor_false_is_not_taken_for_false(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("SLUICE_TEST", value)
    with pytest.raises(ImproperlyConfigured, match=f"SLUICE_TEST={value} is neither"):
        Env().bool("SLUICE_TEST", default=True)


@pytest.mark.parametrize(
    ("value", "holds"),
    [("True", True), (" on ", True), ("1", True), ("False", False), ("0", False)],
)
def test_true_and_false_are_read(monkeypatch: pytest.MonkeyPatch, value: str, holds: bool) -> None:
    monkeypatch.setenv("SLUICE_TEST", value)
    assert Env().bool("SLUICE_TEST", default=not holds) is holds


def test_a_number_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICE_TEST", "eight")
    with pytest.raises(ImproperlyConfigured, match="SLUICE_TEST=eight cannot be read"):
        Env().int("SLUICE_TEST", default=8)
