"""Whatever is posted, the builder reads it as some definition or says what it cannot read."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal.builder.form import form
from portal.builder.operations import on_list, on_tree, parse
from portal.builder.parts import posted_parts
from provisioning.actions.registry import ACTIONS
from provisioning.rules.checking import check

_numbers = st.sampled_from(["1", "1.1", "1.2", "1.1.1", "1.999", "0", "2", "1.1." * 9 + "1", "x"])
_names = st.one_of(
    st.builds("c.{}.{}".format, _numbers, st.sampled_from(["kind", "field", "op", "value", "raw"])),
    st.builds("s.{}.{}".format, st.sampled_from(["1", "2", "0", "999", "1000"]), st.sampled_from([
        "action", "id", "raw", "with", "w.to.text", "w.to.yaml", "w.x.number",
        "w.success.has.lines",
        "w.success.yaml", "w._rest.yaml", "w..text", "w.text", "w.a.b.c.d.flag",
        "w.success._rest.yaml",
    ])),
    st.builds("on.{}".format, st.integers(0, 1200)),
    st.sampled_from(["title", "description", "rest", "off", "op", "seen", "s.1.approval"]),
    st.sampled_from(["approval", "limits"]),
    st.builds("{}.{}".format, st.sampled_from(["approval", "limits"]), st.sampled_from([
        "needed.number", "roles.lines", "runs.number", "runs.yaml", "_rest.yaml", "", "a.b.text",
    ])),
    st.text(max_size=12),
)  # fmt: skip
_texts = st.one_of(
    st.text(max_size=30),
    st.sampled_from([
        "{{ user.id", "a: [", "a: &x 1", "[1, 2]", "{a: {b: 1}}", "\x00", '"\\ud800"', "1e999",
        "9" * 50,
        "all", "none", "not", "email.send", "aws.lambda.invoke", "user.profile.x", "when: 5", "in",
        "on: [1]", "do: [1, {a: b}]", "[" * 200, "<img src=x onerror=alert(1)>", '"', ",", '","',
        "required", "mapping", "none", "elsewhere", "approval: required\nlimits: 5",
        "enabled: 5", "name: other", "{kind: membership}", "-", "!!python/object:os.system x",
    ]),
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.dictionaries(_names, _texts, max_size=14), st.text(max_size=20))
@example({"rest": "do: 5\non: {}\nwhen: 7"}, "remove:1")
def test_no_post_breaks_the_builder(posted: dict[str, str], operation: str) -> None:
    parts = posted_parts(posted, "a-rule")
    shown = form(parts, ACTIONS)
    assert shown.fields()
    word, number = parse(operation)
    parts.tree = on_tree(parts.tree, word, number).tree
    on_list(parts.steps, word, number)
    if parts.problems:
        assert all(parts.problems.values())
        return
    definition = parts.definition()
    assert definition["name"] == "a-rule"
    check(definition, ACTIONS)


def test_a_text_that_is_no_yaml_is_told_by_its_field() -> None:
    parts = posted_parts(
        {"c.1.kind": "all", "c.1.1.raw": "a: [", "s.1.action": "aws.lambda.invoke",
         "s.1.w.payload.yaml": "name: {{ user.id }}", "rest": "- a"}, "a-rule",
    )  # fmt: skip
    assert set(parts.problems) == {"c.1.1.raw", "s.1.w.payload.yaml", "rest"}
    assert "Write a text with {{ }} in quotes." in parts.problems["s.1.w.payload.yaml"]
