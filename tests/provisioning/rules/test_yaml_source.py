"""YAML is read as plain data, every value with its position."""

import pytest
from pydantic import JsonValue

from provisioning.rules.problems import DefinitionErrors
from provisioning.rules.yaml_source import Position, read


def problem(text: str) -> str:
    with pytest.raises(DefinitionErrors) as caught:
        read(text, "f.yaml")
    return str(caught.value.problems[0])


def test_every_value_has_its_line_and_column() -> None:
    source = read("name: x\ndo:\n  - action: email.send\n    with: {to: a}\n", "f.yaml")
    assert source.position(("name",)) == Position(1, 7)
    assert source.position(("do", 0, "with", "to")) == Position(4, 16)


def test_a_path_that_is_not_there_is_placed_at_its_parent() -> None:
    source = read("a:\n  b: 1\n", "f.yaml")
    assert source.position(("a", "c", "d")) == source.position(("a",))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"), ("NO", "NO"), ("on", "on"), ("true", True), ("False", False),
        ("null", None), ("~", None), ("12", 12), ("-3", -3), ("0042", "0042"), ("0x1F", "0x1F"),
        ("1_000", "1_000"), ("1.5", 1.5), ("1e3", 1000.0), (".inf", ".inf"), ('"12"', "12"),
        ("2026-11-20", "2026-11-20"), ("12:30:00", "12:30:00"), ("9007199254740991", 2**53 - 1),
    ],
)  # fmt: skip
def test_scalars_follow_yaml_1_2_and_dates_stay_text(text: str, value: JsonValue) -> None:
    data = read(f"a: {text}", "f.yaml").data
    assert data == {"a": value}
    assert isinstance(data, dict)
    assert type(data["a"]) is type(value)


def test_the_key_on_is_a_key() -> None:
    assert read("on: [a]", "f.yaml").data == {"on": ["a"]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x 1\nb: *x", "f.yaml:1:4: a: Anchors"),
        ("a: !!python/object/apply:os.system [id]", "f.yaml:1:4: a: YAML tags"),
        ("a: ! b", "YAML tags"),
        ("a: 1\nb: 2\na: 3", "f.yaml:3:1: a: The key `a` is there twice."),
        ("a: 1\n---\nb: 2", "f.yaml:2:1: A file holds one rule"),
        ("<<: {a: 1}", "Merge keys"),
        ("? [a]\n: 1", "A key must be plain text."),
        ("a: [1, 2", "f.yaml:1:9: Not valid YAML"),
        ("a: 'x\n", "Not valid YAML"),
        ("a: \x07", "character that YAML does not allow"),
        ('a: "\\0"', "NUL"),
        ('a: "\\ud800"', "half a surrogate pair"),
        ("a: 9007199254740992", "f.yaml:1:4: a: This number is too large"),
        ("a: 1e999", "too large"),
        ("[" * 100, "nested deeper than 32 levels"),
        ("a: [" + "1," * 6_000 + "]", "more than 5000 values"),
        ("a: " + "x" * (256 * 1024), "larger than 256 KB"),
    ],
)
def test_what_is_not_plain_data_is_refused_with_its_place(text: str, said: str) -> None:
    assert said in problem(text)


def test_an_alias_bomb_is_refused_before_it_grows() -> None:
    bomb = "a0: &a0 [x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
    )
    assert "Anchors" in problem(bomb)


def test_all_refused_things_of_a_file_are_reported() -> None:
    with pytest.raises(DefinitionErrors) as caught:
        read("a: &x 1\nb: !t 2\na: 3", "f.yaml")
    assert [found.line for found in caught.value.problems] == [1, 2, 3]
