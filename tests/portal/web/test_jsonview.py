"""JSON as a tree and code in colours: bounded, escaped, secrets never shown."""

from typing import Any

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from audit.redaction import MASK, redact
from portal import jsonview
from portal.jsonview import Node

HOSTILE = "<img src=x onerror=alert(1)>"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
)


def draw(value: Any, raw_url: str = "/raw") -> str:
    context = {"tree": jsonview.tree(value), "title": "Payload", "raw_url": raw_url}
    return render_to_string("components/_json.html", context)


def depth(node: Node) -> int:
    return 1 + max((depth(child) for child in node.children), default=0)


def count(node: Node) -> int:
    return 1 + sum(count(child) for child in node.children)


def test_only_the_first_level_is_open() -> None:
    root = jsonview.tree({"actor": {"id": "00u1"}})
    assert root.open
    assert not root.children[0].open
    assert draw({"actor": {"id": "00u1"}}).count("<details open>") == 1


def test_a_level_shows_200_keys_and_says_how_many_are_left_out() -> None:
    root = jsonview.tree({str(n): n for n in range(1_500)})
    assert len(root.children) == 201
    assert root.children[-1] == Node("", "more", "1,300 more")
    assert '1,300 more, <a href="/raw">' in draw({str(n): n for n in range(1_500)})


def test_a_huge_value_makes_a_bounded_tree() -> None:
    wide = {str(n): {str(m): m for m in range(199)} for n in range(199)}
    assert count(jsonview.tree(wide)) < 2 * jsonview.NODES


def test_a_deep_value_is_cut_off() -> None:
    value: Any = "end"
    for _ in range(5_000):
        value = [value]
    assert depth(jsonview.tree(value)) <= jsonview.DEEPEST + 2


def test_keys_and_values_from_outside_are_escaped() -> None:
    html = draw({HOSTILE: HOSTILE, "list": [HOSTILE]})
    assert "<img" not in html
    assert html.count("&lt;img") == 3


def test_a_masked_secret_is_drawn_as_one_and_its_value_is_nowhere() -> None:
    html = draw(redact({"password": "hunter2hunter2"}))
    assert f'<span class="json-secret">{MASK}</span>' in html
    assert "hunter2" not in html


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [(None, "null", "null"), (True, "bool", "true"), (1, "number", "1"), ("a", "string", "a")],
)
def test_each_kind_of_value_is_told_apart(value: object, kind: str, text: str) -> None:
    (leaf,) = jsonview.tree([value]).children
    assert (leaf.kind, leaf.text) == (kind, text)


@given(JSON)
def test_any_json_can_be_drawn(value: Any) -> None:
    assert "<details" in draw(value)


@given(st.text())
def test_the_pieces_of_coloured_code_are_the_text(text: str) -> None:
    lines = jsonview.code(text, "yaml").lines
    drawn = "\n".join("".join(piece.text for piece in line) for line in lines)
    assert drawn == text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


def test_keys_strings_and_numbers_have_their_own_colours() -> None:
    pieces = [piece for line in jsonview.json_code({"a": "b", "c": 1}).lines for piece in line]
    assert {piece.css for piece in pieces} == {"", "c-key", "c-string", "c-number"}


def test_code_from_outside_is_escaped() -> None:
    code = jsonview.json_code({"name": HOSTILE})
    html = render_to_string("components/_code.html", {"code": code, "title": "Input"})
    assert "<img" not in html
