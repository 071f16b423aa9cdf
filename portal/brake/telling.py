"""A brake in words: what it stops, and what its release will do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from portal.masking import masked_text
from provisioning.runs import brake_releases
from provisioning.runs.brake_models import Brake
from provisioning.runs.braked import Waiting

MOST_RULES = 20
#: Effect -> what one step of it does, and what several do.
DOES: Mapping[str, tuple[str, str]] = {
    "grant": ("gives something", "give something"),
    "revoke": ("takes something away", "take something away"),
    "update": ("changes something", "change something"),
    "notify": ("tells somebody", "tell somebody"),
}


@dataclass(frozen=True, slots=True)
class Consequences:
    effects: Sequence[str]
    not_effects: Sequence[str]


#: A subselect that gives the brakes that are on as one JSON text, for statements that are asked
#: anyhow: every page shows them.
LINES_SQL = """
(SELECT coalesce(json_agg(json_build_object(
        'code', brake.code, 'level', brake.level, 'named', brake.target || coalesce(rule.name, ''),
        'reason', left(brake.reason, 400), 'pulled_by', brake.pulled_by,
        'pulled_at', brake.pulled_at) ORDER BY brake.id DESC)::text, '[]')
    FROM provisioning_brake AS brake LEFT JOIN provisioning_rule AS rule ON rule.id = brake.rule_id
    WHERE brake.released_at IS NULL)
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A brake that is on, as the line about it on every page tells it."""

    code: str
    what: str
    reason: str
    pulled_by: str
    pulled_at: datetime


def lines_of(text: str) -> tuple[Line, ...]:
    """What LINES_SQL gave."""
    return tuple(
        Line(
            code=one["code"],
            what=_stopped(one["level"], one["named"]),
            reason=one["reason"],
            pulled_by=one["pulled_by"],
            pulled_at=datetime.fromisoformat(one["pulled_at"]),
        )
        for one in orjson.loads(text)
    )


def what(brake: Brake) -> str:
    """Such as "Everything is stopped"."""
    return _stopped(brake.level, brake.target or (brake.rule.name if brake.rule else ""))


def _stopped(level: str, named: str) -> str:
    match level:
        case Brake.Level.ALL:
            return "Everything is stopped"
        case Brake.Level.DESTRUCTIVE:
            return "Whatever takes something away is stopped"
        case Brake.Level.RULE:
            return f"The rule {named} is stopped"
        case _:
            return f"{masked_text(named)} is stopped"


def consequences(found: Waiting, others: Sequence[Brake]) -> Consequences:
    """What the release of a brake does, given what waits and which brakes stay on."""
    if not found.runs:
        effects = ["Nothing waits for it now: no run begins by this."]
    else:
        people = _many(found.people_count, "person")
        effects = [f"{_many(found.runs, 'run')} of {people} may go on."]
        effects += [f"{name}: {_many(n, 'run')}." for name, n in found.by_rule[:MOST_RULES]]
        if len(found.by_rule) > MOST_RULES:
            effects.append(f"{len(found.by_rule) - MOST_RULES} more rules.")
        effects += [
            f"{_many(n, 'step')} that {DOES.get(effect, (effect, effect))[n != 1]}."
            for effect, n in found.by_effect
        ]
    kept = [f"{what(other)} by another brake, and stays so." for other in others]
    return Consequences(effects, ["Steps that are done are not done again.", *kept])


def _many(count: int, noun: str) -> str:
    plural = "people" if noun == "person" else f"{noun}s"
    return f"{count:,} {noun if count == 1 else plural}"


def on() -> list[Brake]:
    """Those that are on, the newest first. One query."""
    return list(Brake.objects.on().select_related("rule").order_by("-pulled_at", "-id"))


def may_be_released_alone(brake: Brake) -> bool:
    return not brake_releases.second_person_needed(brake)
