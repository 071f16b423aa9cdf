"""A draft as its pages tell it: what it changes, what is wrong, what may be done now."""

from typing import Any

from django.http import HttpRequest

from portal import diffing, rule_changes
from portal.masking import masked, masked_text
from portal.roles import Permission, may, who_may
from provisioning.approvals.models import Approval, Decision
from provisioning.rules import backtests, reachability, risks, testcases
from provisioning.rules.definitions import Definition, load_definition, to_yaml
from provisioning.rules.drafts import OBJECT_KIND
from provisioning.rules.models import Draft
from provisioning.rules.trial_models import RuleTest


def roles(request: HttpRequest) -> dict[str, Any]:
    writes = may(request.user, Permission.EDIT_RULES)
    return {"may_edit": writes, "who_edits": "" if writes else who_may(Permission.EDIT_RULES)}


def shared(request: HttpRequest, draft: Draft, tab: str) -> dict[str, Any]:
    """What every page of a draft needs."""
    return {
        **roles(request),
        "draft": draft,
        "rule": draft.rule,
        "tab": tab,
        "going": draft.state in Draft.UNFINISHED,
        "outdated": outdated(draft),
        **asked(OBJECT_KIND, draft.code),
    }


def definition_of(draft: Draft) -> Definition | None:
    """What the draft says, to be held against events; None while something is wrong with it."""
    return load_definition(draft.definition) if draft.digest else None


def open_approval(draft: Draft) -> Approval | None:
    return Approval.objects.open().about(OBJECT_KIND, draft.code).first()


def asked(kind: str, code: str) -> dict[str, Any]:
    """The open request, or who sent the last one back."""
    last = Approval.objects.about(kind, code).order_by("-pk").first()
    if last is None:
        return {"approval": None}
    return {"approval": last if last.state == Approval.State.OPEN else None,
            "sent_back": _sent_back(last)}  # fmt: skip


def _sent_back(approval: Approval) -> Decision | None:
    """Who asked for which changes, where that ended this request."""
    if approval.state != Approval.State.CHANGES:
        return None
    return approval.decisions.filter(verdict=Decision.Verdict.CHANGES).first()


def outdated(draft: Draft) -> int:
    """The version in force where it is another than the one the draft is based on, else 0."""
    current = draft.rule.current if draft.rule else None
    return current.number if current and current.pk != draft.base_id else 0


def changes(draft: Draft) -> dict[str, Any]:
    """Against the version it is based on: in sentences where it can be read, and by line."""
    definition = definition_of(draft)
    before = load_definition(masked(draft.base.definition)) if draft.base else None
    said = []
    if definition is not None and before is not None:
        after = load_definition(masked(definition.canonical()))
        said = [masked_text(one) for one in rule_changes.sentences(before, after)]
    old = to_yaml(before) if before else ""
    lines = diffing.lines(old, masked_text(draft.source)) if draft.base else []
    when = draft.definition.get("when") if isinstance(draft.definition, dict) else None
    doubts = [masked_text(one) for one in reachability.notes(when)]
    return {"sentences": said, "lines": lines, "doubts": doubts}


def standing(draft: Draft) -> dict[str, Any]:
    """What is in the way of publishing, and whether somebody else has to agree."""
    definition = definition_of(draft)
    results = testcases.run_tests(definition) if definition else []
    return {
        "results": results,
        "tests": len(results) if definition else _count(draft),
        "failing": sum(not result.passed for result in results),
        "asks": definition is not None and risks.needs_somebody_else(definition),
        "risk": risks.risk_of(definition).label if definition else "",
        "backtest": backtests.latest(draft),
    }


def _count(draft: Draft) -> int:
    return RuleTest.objects.filter(rule_name=draft.name).count()
