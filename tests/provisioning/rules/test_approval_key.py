"""What a rule demands, and that rules which demand nothing are what they were."""

import json
from typing import Any

import pytest

from provisioning.actions.registry import ACTIONS
from provisioning.rules.approval import Demand
from provisioning.rules.definitions import Definition, load_rule, to_yaml
from provisioning.rules.schema import demands_approval

STEP = {"action": "email.send", "with": {"to": "a@example.com", "subject": "s", "body": "b"}}


def load(step: dict[str, Any] | None = None, **fields: Any) -> Definition:
    said = {"name": "one", "kind": "event", "on": ["user.lifecycle.create"],
            "do": [STEP | (step or {})], **fields}  # fmt: skip
    return load_rule(json.dumps(said), "r.yaml", actions=ACTIONS)


def test_a_rule_that_says_nothing_keeps_its_digest() -> None:
    """The digest that this definition had before approvals existed."""
    rule = load({"approval": "none"}, approval="none")
    assert "approval" not in json.dumps(rule.canonical())
    assert rule.digest() == load().digest()
    assert (rule.demand, demands_approval(rule.canonical())) == (None, False)


def test_required_is_the_default_mapping_and_has_its_digest() -> None:
    short, long = load(approval="required"), load(approval={"needed": 1, "expires": "4d"})
    assert short.digest() == long.digest()
    assert short.canonical()["approval"] == long.canonical()["approval"] == "required"
    assert short.demand == long.demand == Demand()
    assert short.demand.expires_in.days == 4


def test_a_mapping_says_how_many_and_until_when() -> None:
    rule = load(approval={"needed": 2, "roles": ["approver"], "expires": "12h"})
    assert rule.canonical()["approval"] == {"needed": 2, "expires": "12h"}
    assert rule.demand is not None
    assert (rule.demand.needed, rule.demand.expires_in.total_seconds()) == (2, 12 * 3600)


@pytest.mark.parametrize("rule_says", ["none", {"needed": 2}])
def test_a_step_can_demand_it_for_the_whole_run(rule_says: Any) -> None:
    rule = load({"approval": "required"}, approval=rule_says)
    assert rule.demand is not None
    assert rule.demand.needed == (2 if isinstance(rule_says, dict) else 1)
    assert demands_approval(rule.canonical())


@pytest.mark.parametrize("said", ["none", "required", {"needed": 3}, {"expires": "1h"}])
def test_what_is_written_reads_the_same(said: Any) -> None:
    rule = load(approval=said)
    again = load_rule(to_yaml(rule), "r.yaml", actions=ACTIONS)
    assert again == rule
    assert demands_approval(rule.canonical()) == (rule.demand is not None)
