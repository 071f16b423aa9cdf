"""Patterns of users run on RE2 only: no pattern and no text takes long."""

import ast
from pathlib import Path

import pytest

import provisioning.rules
from provisioning.rules.patterns import BadPattern, compiled, group_names, search
from tests.provisioning.rules.support import seconds


def test_a_pattern_that_explodes_elsewhere_takes_no_time() -> None:
    text = "a" * 5_000 + "b"
    assert search("(a+)+$", text, ignore_case=False) is None
    assert seconds(lambda: search("(a+)+$", text, ignore_case=False)) < 0.01


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("a(?=b)", "look-around is not available"),
        ("(?<!a)b", "look-around is not available"),
        (r"(a)\1", "back-references are not available"),
        ("(a", "missing ): (a"),
        ("a{2000}", "{2000}"),
        ("((a{100}){100}){100}", "cannot be used"),
        ("a" * 10_000, "longer than 1000 characters"),
        ("\ud800", "surrogate"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_explained(pattern: str, said: str) -> None:
    with pytest.raises(BadPattern, match=r"^The pattern") as caught:
        compiled(pattern)
    assert said in str(caught.value)

    def refused() -> None:
        with pytest.raises(BadPattern):
            compiled(pattern)

    assert seconds(refused) < 0.01


def test_hostile_text_does_not_raise() -> None:
    assert search("(?P<all>.*)", "a\ud800\0b", ignore_case=False) == {"all": "a?\0b"}
    assert search("a", "a" * 100_000, ignore_case=False) is None


def test_group_names_are_known_without_a_text() -> None:
    assert set(group_names(r"(?P<a>x)|(?P<b>y)|(z)")) == {"a", "b"}


def test_the_rule_package_imports_no_other_engine_for_patterns() -> None:
    imported = set()
    for file in Path(provisioning.rules.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.partition(".")[0])
    assert "re2" in imported
    assert imported & {"re", "regex", "sre_compile", "jinja2"} == set()
