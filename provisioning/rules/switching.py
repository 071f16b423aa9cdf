"""Turning a rule on, which may need a second person; turning off never does (`versions.switch`)."""

from typing import Any

from django.db import transaction

from audit import trail
from provisioning.approvals import requests
from provisioning.approvals.models import Approval
from provisioning.rules import risks, versions
from provisioning.rules.definitions import load_definition
from provisioning.rules.drafts import DraftRefused
from provisioning.rules.models import Rule
from provisioning.rules.publishing import KIND

#: What an approval is about besides a draft: turning a rule on, by its name.
SWITCH_KIND = "rule-switch"


@transaction.atomic
def switch_on(name: str, *, reason: str, actor: trail.Actor) -> Approval | None:
    """Turn a rule on, or ask somebody else to where the policy wants that; the request, if so.

    Raises DraftRefused. Turning off is at once and for everybody: `versions.switch`.
    """
    # Locked before the rule, as whoever decides on it does.
    list(Approval.objects.open().about(SWITCH_KIND, name).select_for_update())
    rule = Rule.objects.select_for_update(of=("self",)).select_related("current").get(name=name)
    if rule.current is None or rule.enabled:
        raise DraftRefused(f"The rule {name} is on already.")
    definition = load_definition(rule.current.definition)
    if not risks.needs_somebody_else(definition):
        versions.switch(name, on=True, actor=actor, said={"four_eyes": False, "reason": reason})
        return None
    version = rule.current
    content: dict[str, Any] = {
        "rule": name,
        "base": {"version": version.number, "digest": version.digest},
        "version": version.number,
        "digest": version.digest,
        "definition": definition.canonical(),
        "on": {"before": False, "after": True},
        "effects": risks.effects_of(definition),
        "risk": risks.risk_of(definition).value,
    }
    what = requests.Ask(
        kind=KIND,
        object_kind=SWITCH_KIND,
        object_code=name,
        title=f"Turn on {name}",
        content=content,
        risk=content["risk"],
        author_identity=version.author_identity,
        reason=reason.strip(),
    )
    return requests.ask(what, actor=actor)
