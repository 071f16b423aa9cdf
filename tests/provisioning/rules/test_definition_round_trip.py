"""A rule survives being written as YAML, and its digest says whether it is the same."""

import hashlib
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.rules.definitions import Definition, load_definition, to_yaml
from provisioning.rules.yaml_source import read
from tests.provisioning.rules.support import MINIMAL, load

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
plain = texts.filter(lambda text: "{{" not in text and "{%" not in text)
scalars = st.one_of(
    plain,
    st.booleans(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
)
values = st.recursive(
    st.none() | scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(plain, inner, max_size=4),
    max_leaves=12,
)
words = plain.filter(bool)


def _check(op: str, value: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    fields = st.sampled_from(["user.profile.department", "event.outcome.result", "actor.id"])
    return st.fixed_dictionaries({"field": fields, "op": st.just(op), "value": value})


checks = st.one_of(
    _check("equals", scalars),
    _check("in", st.lists(scalars, min_size=1, max_size=3)),
    _check("starts_with", words),
    st.just({"field": "user.status", "op": "changed"}),
    st.just({"field": "groups", "op": "member_of", "value": ["a", "b"], "ignore_case": True}),
)
conditions = st.recursive(
    checks,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=6,
)
times = st.builds("{}{}".format, st.integers(1, 30), st.sampled_from(["h", "d"]))
counts = st.integers(0, 1_000_000) | st.just("none")
approvals = st.sampled_from(["none", "required"]) | st.fixed_dictionaries(
    {}, optional={"needed": st.integers(1, 5), "expires": times, "roles": st.just(["approver"])}
)
limits = st.just("none") | st.fixed_dictionaries(
    {},
    optional={
        "per": st.builds("{}{}".format, st.integers(1, 7), st.sampled_from(["m", "h", "d"])),
        **dict.fromkeys(["runs", "grant", "revoke", "update", "notify"], counts),
        "share": st.builds("{}%".format, st.integers(1, 100)),
    },
)
rules = st.fixed_dictionaries(
    {
        "name": st.from_regex(r"\A[a-z0-9][a-z0-9-]{1,62}\Z"),
        "kind": st.just("event"),
        "on": st.just(["user.lifecycle.create", "user.account.update_profile"]),
        "do": st.lists(
            st.fixed_dictionaries(
                {"action": st.just("x.y"), "with": st.dictionaries(plain, values, max_size=3)},
                optional={"approval": st.sampled_from(["none", "required"])},
            ),
            min_size=1,
            max_size=3,
        ),
    },
    optional={
        "title": plain, "description": plain, "enabled": st.booleans(), "when": conditions,
        "approval": approvals, "limits": limits,
    },
)  # fmt: skip


def _with_ids(rule: dict[str, Any]) -> dict[str, Any]:
    steps = [{"id": f"s{number}", **step} for number, step in enumerate(rule["do"])]
    return {**rule, "do": steps}


@settings(max_examples=150, deadline=None)
@given(rules)
def test_yaml_of_a_rule_is_read_as_the_same_rule(rule: dict[str, Any]) -> None:
    definition = load_definition(_with_ids(rule))
    text = to_yaml(definition)
    again = load_definition(read(text, "again.yaml").data)
    assert again == definition, text
    assert again.digest() == definition.digest()


def test_canonical_data_is_plain_json_and_loads_again() -> None:
    definition = load(MINIMAL)
    assert load_definition(json.loads(json.dumps(definition.canonical()))) == definition


def test_what_is_said_by_default_does_not_change_the_digest() -> None:
    said = MINIMAL + "enabled: true\napproval: none\n"
    assert load(said).digest() == load(MINIMAL).digest()


def test_order_of_keys_and_comments_do_not_change_the_digest() -> None:
    lines = MINIMAL.splitlines()
    turned = "\n".join([lines[2], "# a comment", lines[1], lines[0], *lines[3:]])
    assert load(turned).digest() == load(MINIMAL).digest()


def test_another_value_changes_the_digest() -> None:
    assert load(MINIMAL.replace("someone", "nobody")).digest() != load(MINIMAL).digest()


def test_the_key_on_is_written_without_quotes() -> None:
    assert "\non:\n  - user.lifecycle.create\n" in to_yaml(load(MINIMAL))


def test_the_digest_is_sha_256_over_rfc_8785() -> None:
    canonical = (
        b'{"do":[{"action":"email.send","id":"email_send","with":{"to":"someone@example.com"}}],'
        b'"kind":"event","name":"a-rule","on":["user.lifecycle.create"]}'
    )
    assert load(MINIMAL).digest() == hashlib.sha256(canonical).hexdigest()


def test_a_rule_knows_what_has_to_be_read_of_the_person() -> None:
    template = MINIMAL.replace("someone@example.com", "'{{ user.profile.email }}'")
    before = MINIMAL + "when: {field: previous.status, op: exists}\n"
    groups = MINIMAL + "when: {not: {field: groups, op: member_of, value: g}}\n"
    named = MINIMAL.replace("someone@example.com", "\"{{ groups | join: ',' }}\"")
    needs = [(r.needs_user, r.needs_groups) for r in map(load, (MINIMAL, template, before))]
    assert needs == [(False, False), (True, False), (True, False)]
    assert load(MINIMAL) == asked_before(load(MINIMAL))
    assert load(groups).needs_groups
    assert load(named).needs_groups


def asked_before(rule: Definition) -> Definition:
    """Having been asked must not make a rule another one."""
    assert not rule.needs_user
    return rule
