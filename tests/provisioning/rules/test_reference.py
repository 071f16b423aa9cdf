"""The reference in docs/rules.md is made from the schemas and up to date."""

import pytest
import yaml

from provisioning.actions.registry import ACTIONS
from provisioning.rules.definitions import load_rule
from scripts.rules_reference import DOCUMENT, main, reference


def test_the_reference_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().out


def test_the_reference_names_every_action_with_its_parameters() -> None:
    made = reference(list(ACTIONS.values()))
    for action in ACTIONS.values():
        assert f"#### `{action.name}`" in made
        assert all(f"| `{name}` |" in made for name in action.params.model_fields)


def test_the_rule_in_the_guide_is_valid() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    example = text.split("```yaml\n", 1)[1].split("```", 1)[0]
    assert load_rule(example, "rules.md", actions=ACTIONS).name == "welcome-mail"
    assert yaml.safe_load(example)["name"] == "welcome-mail"
