"""Templates are filled from facts, and say what is missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, JsonValue

from provisioning.rules.templating import TemplateProblem, html_keys, literal, names, render

DATA: dict[str, JsonValue] = {
    "user": {
        "status": "ACTIVE",
        "profile": {
            "firstName": "Zoë",
            "lastName": "Groß-Łuk",
            "manager": None,
            "empty": "",
            "level": 3,
            "active": True,
            "tags": ["a", "b", "c"],
            "custom name": "x",
        },
    },
    "event": {"published": "2026-11-20T09:15:02.118Z"},
    "steps": {"folder": {"output": {"key": "f/", "nested": {"list": [1, 2]}}}},
}


def filled(text: str) -> JsonValue:
    return render(text, DATA)


@pytest.mark.parametrize(
    ("template", "result"),
    [
        ("plain { } }} text", "plain { } }} text"),
        ("marketing-{{ user.profile.firstName }}/", "marketing-Zoë/"),
        ("{{user.status}}{{ user.status }}", "ACTIVEACTIVE"),
        ("{{ user.profile['custom name'] }}", "x"),
        ("{{ user.profile.tags[1] }}", "b"),
        ("{{ user.profile.tags[-1] }}", "c"),
        ("{{ user.profile.level }}", 3),
        ("{{ user.profile.active }}", True),
        ("{{ user.profile.tags }}", ["a", "b", "c"]),
        ("{{ steps.folder.output.nested }}", {"list": [1, 2]}),
        ("level {{ user.profile.level }} {{ user.profile.active }}", "level 3 true"),
        ('{{ "{{" }} and {{ 5 }}', "{{ and 5"),
        ("{{ user.status | downcase | replace: 'ac', 'AC' }}", "ACtive"),
        ("{{ user.profile.firstName | upcase }}", "ZOË"),
        ("{{ ' a ' | strip }}", "a"),
        ("{{ user.profile.lastName | ascii }}", "Gross-Luk"),
        ("{{ 'Иван 張' | ascii }}", "____ _"),
        ("{{ user.status | slice: 0, 3 }}{{ user.status | slice: -2, 9 }}", "ACTVE"),
        ("{{ user.profile.tags | slice: 1, 2 | join: '+' }}", "b+c"),
        ("{{ 'a.b.c' | split: '.' | last }}", "c"),
        ("{{ user.profile.tags | first }}", "a"),
        ("{{ user.profile.manager | default: 'nobody' }}", "nobody"),
        ("{{ user.profile.none.such | default: user.status }}", "ACTIVE"),
        ("{{ user.profile.manager | default: user.x | default: 1 }}", 1),
        ("{{ user.profile.empty | default: 'e' }}", "e"),
        ("{{ user.profile.empty }}!", "!"),
        ("{{ event.published | date: '%d.%m.%Y %H:%M:%S' }}", "20.11.2026 09:15:02"),
        ("{{ '2026-11-20T00:30:00+02:00' | date: '%Y-%m-%d %z' }}", "2026-11-19 +0000"),
        ("{{ 'abcdef' | truncate: 4 }}", "abc…"),
        ("{{ 'abcdef' | truncate: 4, '' }}", "abcd"),
        ("{{ 'abc' | truncate: 4 }}", "abc"),
        ("{{ user.profile.tags | json }}", '["a", "b", "c"]'),
    ],
)
def test_a_template_gives_this(template: str, result: JsonValue) -> None:
    rendered = filled(template)
    assert rendered == result
    assert type(rendered) is type(result)


def test_values_are_filled_at_any_depth_and_keys_are_not() -> None:
    value: JsonValue = {"{{ user.status }}": [{"a": "{{ user.status }}"}, 5, None]}
    assert render(value, DATA) == {"{{ user.status }}": [{"a": "ACTIVE"}, 5, None]}


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ user.profile.manager }}", "user.profile.manager has no value"),
        ("x {{ user.profile.manager }}", "user.profile.manager has no value"),
        ("{{ user.nothing.here | upcase }}", "user.nothing.here has no value"),
        ("{{ user.status | default: user.x | replace: user.x }}", "user.x has no value"),
        ("{{ user.profile.tags[9] }}", "user.profile.tags[9] has no value"),
        ("{{ app.name }}", "app.name has no value"),
        ("{{ nil }}", "the expression has no value"),
        ("{{ user.profile.empty | split: ',' | last | default: nil }}", "no value"),
        ("a {{ user.profile.tags }}", "A list cannot be part of a text"),
        ("a {{ user.profile }}", "A map cannot be part of a text"),
        ("{{ user.profile | upcase }}", "Filter `upcase`: A map cannot"),
        ("{{ user.status | first }}", "Filter `first`: `first` needs a list."),
        ("{{ user.status | date: '%Y' }}", "`date` needs a date in ISO 8601"),
    ],
)
def test_what_cannot_be_filled_is_said_with_its_path(template: str, said: str) -> None:
    with pytest.raises(TemplateProblem) as caught:
        render({"to": [template]}, DATA, ("do", 1, "with"))
    assert said in caught.value.message
    assert caught.value.path == "do[1].with.to[0]"
    assert str(caught.value).endswith("(path do[1].with.to[0])")


def test_text_of_people_is_never_read_as_a_template() -> None:
    hostile: dict[str, JsonValue] = {"user": {"name": "{{ user.secret }}", "secret": "s"}}
    assert render("{{ user.name }} {{ user.name | upcase }}", hostile) == (
        "{{ user.secret }} {{ USER.SECRET }}"
    )


def test_names_are_the_dotted_references_used() -> None:
    value: JsonValue = ["{{ user.profile.email | default: actor.id }}", {"a": "{{ run.code }}"}, 5]
    assert names(value) == {"user.profile.email", "actor.id", "run.code"}


class Page(BaseModel):
    title: str
    html: str = Field(json_schema_extra={"rendered_as": "html"})


def test_what_is_filled_into_html_is_escaped_and_what_the_rule_says_is_not() -> None:
    hostile: dict[str, JsonValue] = {"user": {"name": "<script>\"&'"}}
    value: JsonValue = {"title": "<b>{{ user.name }}</b>", "html": "<b>{{ user.name }}</b>"}
    assert render(value, hostile, html=html_keys(Page)) == {
        "title": "<b><script>\"&'</b>",
        "html": "<b>&lt;script&gt;&quot;&amp;&#x27;</b>",
    }
    assert render({"html": "{{ user.name }}"}, hostile, html=html_keys(Page)) == {
        "html": "&lt;script&gt;&quot;&amp;&#x27;"
    }


@given(st.text(alphabet='{}%a" \n'))
def test_a_literal_gives_exactly_the_text_it_was_made_of(text: str) -> None:
    """What came from outside once must not be a template when it is used again."""
    assert render(literal({"key": [text]}), {"run": {"code": "x"}}) == {"key": [text]}
