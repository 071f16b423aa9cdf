"""A rule shown in the builder and posted back unchanged is the same rule."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.builder import notation
from portal.builder.form import form_of
from portal.builder.parts import definition_of
from provisioning.actions.registry import ACTIONS
from provisioning.rules.definitions import load_definition
from provisioning.rules.operators import Needs
from provisioning.rules.yaml_source import read
from tests.provisioning.rules.support import ROOT
from tests.provisioning.rules.test_definition_round_trip import (
    _with_ids,
    conditions,
    plain,
    rules,
    scalars,
    texts,
    values,
)


def posted_back(definition: dict[str, Any]) -> dict[str, Any]:
    """As a browser sends it: the ends of lines are CR LF."""
    fields = form_of(definition, ACTIONS).fields()
    sent = {name: value.replace("\n", "\r\n") for name, value in fields.items()}
    return definition_of(sent, definition["name"])


def exactly(one: object) -> str:
    return json.dumps(one, sort_keys=True)


@settings(max_examples=200, deadline=None)
@given(rules)
def test_any_rule_comes_back_the_same(rule: dict[str, Any]) -> None:
    definition = load_definition(_with_ids(rule)).canonical()
    again = posted_back(definition)
    assert exactly(again) == exactly(definition)
    assert load_definition(again).digest() == load_definition(definition).digest()


_known = st.fixed_dictionaries(
    {},
    optional={
        "function": texts, "payload": values, "invocation": plain | st.just("Event"),
        "timeout": scalars, "success": values | st.fixed_dictionaries(
            {}, optional={"status_code_below": scalars, "has": st.lists(texts, max_size=3)}),
        "check": st.none() | st.fixed_dictionaries(
            {"s3_object": st.dictionaries(st.sampled_from(["bucket", "key", "x"]), texts)}),
        "unknown": values,
    },
)  # fmt: skip
_mail = st.fixed_dictionaries(
    {},
    optional={"to": texts | st.lists(texts, max_size=3), "subject": values, "body": texts,
              "html": st.none() | texts},
)  # fmt: skip
_slack = st.fixed_dictionaries(
    {}, optional={"mentions_and_links": values, "blocks": st.lists(values, max_size=2)}
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["aws.lambda.invoke", "email.send", "slack.post_message"]), st.data())
def test_any_parameters_come_back_the_same(action: str, data: st.DataObject) -> None:
    strategy = {"aws.lambda.invoke": _known, "email.send": _mail}.get(action, _slack)
    given = data.draw(strategy)
    step = {"id": "s", "action": action, **({"with": given} if given else {})}
    definition = {"name": "a-rule", "kind": "event", "on": ["a.b"], "do": [step]}
    assert exactly(posted_back(definition)) == exactly(definition)


_junk = st.recursive(
    values,
    lambda inner: st.dictionaries(
        st.sampled_from(["all", "any", "not", "field", "op", "value", "ignore_case"]),
        inner,
        max_size=3,
    ),
    max_leaves=8,
)


_words = st.sampled_from(["none", "required", "mapping", "elsewhere", "maybe", " none", "", {}])
_half = st.dictionaries(
    st.sampled_from(["needed", "roles", "expires", "per", "runs", "share", "_rest", "a.b", "x"]),
    values | st.sampled_from(["none", "4d", ["approver"], [], "1h\n", " 20%"]),
    max_size=3,
)
_said = _words | _half | values
_steps = values | st.fixed_dictionaries({"action": st.just("email.send"), "approval": _said})


@settings(max_examples=500, deadline=None)
@given(_junk | conditions, st.lists(_steps, min_size=1, max_size=3), values, _said, _said)
def test_a_draft_that_is_no_rule_yet_loses_nothing(
    when: Any, steps: Any, title: Any, approval: Any, limits: Any
) -> None:
    definition = {"name": "a-rule", "kind": "event", "title": title, "when": when, "do": steps,
                  "approval": approval, "limits": limits}  # fmt: skip
    again = posted_back(definition)
    assert exactly(_normal(again)) == exactly(_normal(definition))


def _normal(data: Any) -> Any:
    """Without what says nothing: empty conditions, and a condition's defaults."""
    if isinstance(data, list):
        return [_normal(one) for one in data]
    if not isinstance(data, dict):
        return data
    empty: list[Any] = [None, {"all": []}, {"any": []}, {"not": {"all": []}}, {"not": {"any": []}}]
    silent: dict[str, list[Any]] = {"value": [None], "ignore_case": [False], "when": empty}
    kept = {key: _normal(one) for key, one in data.items()}
    return {
        key: one
        for key, one in kept.items()
        if not any(exactly(one) == exactly(none) for none in silent.get(key, []))
    }


@settings(max_examples=500, deadline=None)
@given(scalars | texts)
def test_a_value_in_one_line_is_read_as_the_same_value(value: Any) -> None:
    assert exactly(notation.read(notation.written(value, Needs.SCALAR), Needs.SCALAR)) == exactly(
        value
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(scalars | texts, max_size=4), st.lists(texts, max_size=3))
def test_a_list_in_one_line_is_read_as_the_same_list(listed: Any, names: Any) -> None:
    for value, needs in ((listed, Needs.SCALARS), (names, Needs.NAMES)):
        assert exactly(notation.read(notation.written(value, needs), needs)) == exactly(value)


def test_the_examples_come_back_the_same() -> None:

    for path in sorted((ROOT / "examples" / "rules").glob("*.yaml")):
        definition = load_definition(read(path.read_text(), path.name).data).canonical()
        assert exactly(posted_back(definition)) == exactly(definition)
