"""The tables of settings in docs/operations.md say what the code does."""

import pytest

from scripts import settings_reference


def test_the_tables_are_up_to_date() -> None:
    document = settings_reference.DOCUMENT.read_text()
    made = settings_reference.rewritten(document)
    assert made == document, "Say: python -m scripts.settings_reference"


def test_every_variable_of_the_example_file_is_in_a_table() -> None:
    tables = settings_reference.tables()
    example = (settings_reference.ROOT / ".env.example").read_text()
    for line in example.splitlines():
        if variable := settings_reference._LINE.match(line):
            assert f"| `{variable.group(1)}` |" in tables


def test_a_default_is_the_one_in_the_code() -> None:
    found = settings_reference.defaults()
    assert found["OKTA_HOOK_MAX_BYTES"] == "`5242880`"
    assert found["WEB_PORT"] == "`8000`"
    assert found["OKTA_SCOPES"] == "`okta.users.read,okta.groups.read`"


def test_a_document_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="must hold the lines"):
        settings_reference.rewritten("# Operations")
