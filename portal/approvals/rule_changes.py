"""A rule as its approval shows it: whom it would newly reach, what it changes, what was tested."""

from collections.abc import Mapping
from typing import Any

from portal import diffing, rule_backtests, rule_reading
from portal import rule_changes as reading
from portal.masking import masked, masked_text
from provisioning.approvals.models import Approval
from provisioning.rules.definitions import Definition, load_definition, to_yaml
from provisioning.rules.models import Backtest, RuleVersion
from provisioning.rules.publishing import SWITCH_KIND


def effect(approval: Approval) -> Mapping[str, Any]:
    """Two queries: the version it is based on, and the backtest it was asked for with."""
    content = masked(approval.content)
    after = load_definition(content["definition"])
    before = _before(approval)
    return {
        "rule": content["rule"],
        "version": content["version"],
        "base": content["base"],
        "is_switch": approval.object_kind == SWITCH_KIND,
        "turns": _turns(content["on"]),
        "author": content.get("author", ""),
        "effects": content["effects"],
        "sentences": [masked_text(one) for one in reading.sentences(before, after)]
        if before
        else [],
        "lines": diffing.lines(to_yaml(before) if before else "", to_yaml(after)),
        "conditions": rule_reading.conditions(after.when),
        "on": after.on,
        "steps": rule_reading.step_texts(after.do),
        "tests": content.get("tests", []),
        "backtest": content.get("backtest"),
        **_found(content),
    }


def line(approval: Approval) -> str:
    """How many it would newly reach where that was looked at, else how much it changes."""
    content = approval.content
    backtest = content.get("backtest")
    if backtest:
        counts = backtest["counts"]
        return f"{counts['new']:,} new and {counts['gone']:,} no longer, in what came before."
    if approval.object_kind == SWITCH_KIND:
        return f"Version {content['version']} goes on from then."
    number = len(content.get("diff", ()))
    return f"{number} difference{'' if number == 1 else 's'}; not held against past events."


def _before(approval: Approval) -> Definition | None:
    base = approval.content["base"]
    if base is None:
        return None
    rows = RuleVersion.objects.filter(rule__name=approval.content["rule"], number=base["version"])
    version = rows.filter(digest=base["digest"]).first()
    return rule_reading.definition_of(version) if version else None


def _turns(on: Mapping[str, Any]) -> str:
    """`on` or `off` where the rule's state would change; a new rule that is on is turned on."""
    if on["before"] == on["after"] or (on["before"] is None and not on["after"]):
        return ""
    return "on" if on["after"] else "off"


def _found(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The lists of the backtest; its counts stand in what is approved, bound by its hash."""
    asked = content.get("backtest")
    found = Backtest.objects.filter(code=asked["backtest"]).first() if asked else None
    return {"found": rule_backtests.told(found) if found else None}
