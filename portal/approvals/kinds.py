"""The one table of what can be decided: how its effect is drawn, and who decides it.

A kind that is not in it is drawn as a tree, and nobody can decide it here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Unpack

from audit import trail
from portal import jsonview
from portal.approvals import held_runs, lookup_changes, plans, roles_given, rule_changes
from portal.masking import masked, masked_text
from portal.users import changes
from provisioning.approvals.models import Approval
from provisioning.approvals.requests import CannotDecide, Decided, Said
from provisioning.plans import deciding
from provisioning.rules import lookups, publishing
from provisioning.runs import holding

Context = Mapping[str, Any]


class Decide(Protocol):
    """The use case that takes the decision, in one transaction. Raises CannotDecide."""

    def __call__(
        self, approval: Approval, *, actor: trail.Actor, **said: Unpack[Said]
    ) -> Decided: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """`template` draws what `effect` gives, above everything else; `line` says it in one line.

    What `can_be_changed` may be sent back to its author.
    """

    name: str
    plural: str
    template: str
    effect: Callable[[Approval], Context]
    line: Callable[[Approval], str]
    decide: Decide
    can_be_changed: Callable[[Approval], bool] = lambda _: False


def _as_tree(approval: Approval) -> Context:
    return {"tree": jsonview.tree(masked(approval.content))}


def _title(approval: Approval) -> str:
    return masked_text(approval.title)


def _nobody(approval: Approval, *, actor: trail.Actor, **said: Unpack[Said]) -> Decided:
    del actor, said
    raise CannotDecide(f"This version does not know how to decide on a {approval.kind}.")


KINDS: Mapping[str, Kind] = {
    "run": Kind(
        "Held run", "Held runs", "approvals/_run.html", held_runs.effect, held_runs.line,
        holding.decide,
    ),
    "role": Kind(
        "Change of roles", "Changes of roles", "approvals/_role.html", roles_given.effect,
        roles_given.line, changes.decide,
    ),
    "plan": Kind(
        "Plan", "Plans", "approvals/_plan.html", plans.effect, plans.line, deciding.decide,
    ),
    publishing.KIND: Kind(
        "Rule", "Rules", "approvals/_rule.html", rule_changes.effect, rule_changes.line,
        publishing.decide, publishing.can_be_changed,
    ),
    lookups.KIND: Kind(
        "Lookup table", "Lookup tables", "approvals/_lookup.html", lookup_changes.effect,
        lookup_changes.line, lookups.decide, lambda _: True,
    ),
}  # fmt: skip


def kind_of(approval: Approval) -> Kind:
    known = KINDS.get(approval.kind)
    if known is not None:
        return known
    name = approval.kind.replace("_", " ").capitalize()
    return Kind(name, f"{name}s", "approvals/_tree.html", _as_tree, _title, _nobody)
