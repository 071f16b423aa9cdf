"""How many people a rule covers, beside its limit on a share of them."""

from dataclasses import dataclass
from datetime import datetime

from portal import times
from portal.builder.panels import Panel
from provisioning.rules import coverage
from provisioning.rules.definitions import Definition
from provisioning.rules.limits import Limits
from provisioning.rules.models import Rule, RuleVersion


@dataclass(frozen=True, slots=True)
class Share:
    """`people` and `most` are None while they are not counted."""

    percent: int
    people: int | None = None
    most: int | None = None
    at: datetime | None = None


def share_of(version: RuleVersion, definition: Definition) -> Share | None:
    """The limit on a share with what it comes to now; None where there is no such limit."""
    limits = definition.limits
    if not isinstance(limits, Limits) or not limits.percent:
        return None
    counted = coverage.counted_for(version.pk)
    if counted is None:
        return Share(limits.percent)
    most = coverage.most_of(counted.people, limits.percent)
    return Share(limits.percent, counted.people, most, counted.at)


def explain(limits: Panel, rule: Rule | None) -> None:
    """Say beside the field of the share how many people the version in force covers."""
    shown = limits.controls() if limits.spoken and rule else ()
    field = next((one for one in shown if one.name == "limits.share.text"), None)
    version = rule.current if field and rule else None
    counted = coverage.counted_for(version.pk) if version else None
    if field and version and counted:
        people = f"{counted.people:,} {'person' if counted.people == 1 else 'people'}"
        known = f"Version {version.number} covers {people}, counted {times.stamp(counted.at)}."
        field.help = f"{field.help} {known}"
