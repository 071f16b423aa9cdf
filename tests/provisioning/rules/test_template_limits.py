"""No template reaches out of its data, runs long or grows large (trial inputs of attackers)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from provisioning.rules.filters import FILTERS
from provisioning.rules.templating import MAX_OUTPUT, TemplateProblem, findings, render
from tests.provisioning.rules.support import seconds

DATA: dict[str, JsonValue] = {
    "user": {"name": "Maya", "long": "a" * 60_000, "huge": "a" * 5_000_000, "nul": "a\0b",
             "half": "a\ud800", "many": ["x" * 10] * 6_000, "map": {"deep": ["a\0"]}},
    "event": {"published": "2026-11-20T09:15:02.118Z", "all": [{"k": "v" * 1_000}] * 100},
}  # fmt: skip

REFUSED_AT_SAVE = [
    "{{ ''.__class__ }}",
    "{{ user.__class__.__mro__ }}",
    "{{ user['__class__'] }}",
    "{{ self }}",
    "{{ 'a'*300000000 }}",
    "{{ 'a' | times: 300000000 }}",
    "{% for a in (1..1000000) %}{% for b in (1..1000000) %}x{% endfor %}{% endfor %}",
    "{% raw %}{{ user.name }}{% endraw %}",
    "{%- include 'x' -%}",
    "{{ (1..1000000000) }}",
    "{{ (1..1000000000) | join }}",
    "{{ 1 | date: '%1000000000d' }}",
    "{{ event.published | date: '%-100000000Y' }}",
    "{{ event.published | date: '" + "%Y" * 100 + "' }}",
    "{{ user[user.name] }}",
    "{{ user.name if user else 1 }}",
    "{{ user.name | replace }}",
    "{{ user.name | upcase: 5 }}",
    "{{ user.name | default: 'x', allow_false: true }}",
    "{{- user.name -}}",
    "{{ }}",
    "{{ user.name",
    "{{ " + "[" * 5_000 + " }}",
    "{{ " + "(" * 480 + " }}",
    "{{ " + '["' * 240 + " }}",
    "{{" + " " * 8_000,
    "{{" + " " * 8_000 + "}}",
    "{{ user.name " + "| upcase " * 20 + "}}",
    "{{ user.name }}" * 101,
    "{{ 9" + "9" * 400 + " | json }} {{ empty }}",
    "x" * 1_000_000,
    "{{ '" + "x" * 1_000_000 + "' }}",
]


@pytest.mark.parametrize("template", REFUSED_AT_SAVE, ids=lambda text: text[:40])
def test_it_is_refused_when_the_rule_is_saved_and_quickly(template: str) -> None:
    found = list(findings(template, ("with",)))
    assert len(found) == 1
    assert found[0].message.endswith(".")
    with pytest.raises(TemplateProblem):
        render(template, DATA)
    assert seconds(lambda: list(findings(template, ("with",)))) < 0.01


GROWING = [
    "{{ user.huge }}",
    "{{ user.huge | upcase }}",
    "{{ user.long }}{{ user.long }}",
    "{{ user.long | replace: 'a', 'aaaaaaaaaa' }}",
    "{{ user.name " + "| replace: 'a', 'aaaaaaaaaaaaaaaaaaaa' " * 8 + "}}",
    "{{ user.long | split: 'a' | join: 'aaaaaaaaaaaaaaaaaaaaaaaa' }}",
    "{{ user.many | join: '" + "x" * 300 + "' }}",
    "{{ user.many }}{{ user.many | json }}",
    "{{ user.many }}",
    "{{ event }}",
    "{{ event | json }}",
    "{{ user.name | slice: 0, 99999999999 }}",
    "{{ user.nul }}",
    "x{{ user.nul }}",
    "{{ user.half }}",
    "{{ user.map }}",
]


@pytest.mark.parametrize("template", GROWING, ids=lambda text: text[:40])
def test_it_is_stopped_when_it_is_rendered_and_quickly(template: str) -> None:
    assert not list(findings(template, ()))

    def rendered() -> None:
        with pytest.raises(TemplateProblem):
            render(template, DATA)

    assert seconds(rendered) < 0.01


def test_the_limit_counts_over_all_values_of_a_step() -> None:
    with pytest.raises(TemplateProblem, match="64 KB") as caught:
        render({"a": "{{ user.long }}", "b": "{{ user.long }}"}, DATA)
    assert caught.value.path == "b"


def test_filters_together_have_a_limit_of_work() -> None:
    work = "{{ user.long " + "| upcase | downcase " * 3 + "| slice: 0, 1 }}"
    assert render(work, DATA) == "a"
    with pytest.raises(TemplateProblem, match="1 MB of text"):
        render([work] * 20, DATA)


pieces = st.sampled_from(
    ["{{", "}}", "{%", "%}", "|", ":", ",", ".", "[", "]", "(", ")", "..", "'", '"', "-", " ",
     "user", "event", "user.name", "user.many", "steps", "0", "-1", "1.5", "nil", "true", "x",
     "%Y", "if", "else", *FILTERS]
)  # fmt: skip
templates = st.one_of(
    st.text(max_size=80),
    st.lists(pieces, max_size=25).map("".join),
    st.lists(pieces, max_size=25).map(lambda parts: "{{ " + " ".join(parts) + " }}"),
    st.lists(st.sampled_from(list(FILTERS)), max_size=5).map(
        lambda names: "{{ user.many " + "".join(f"| {name}: 1 " for name in names) + "}}"
    ),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=500, deadline=None)
@given(templates, st.dictionaries(st.sampled_from(["name", "many", "x"]), json_values))
def test_any_text_is_rendered_within_the_limit_or_refused_with_a_sentence(
    template: str, user: dict[str, JsonValue]
) -> None:
    list(findings(template, ()))
    try:
        result = render(template, {**DATA, "user": user})
    except TemplateProblem as problem:
        result = problem.message or None
    assert result is not None
    if isinstance(result, str):
        assert len(result.encode()) <= MAX_OUTPUT
        assert "\0" not in result or "\0" in template
