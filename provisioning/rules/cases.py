"""What has to hold for conditions to hold, taken apart case by case. Pure.

A tree of `all`, `any` and `not` comes down to single conditions that have to hold, or must not, and
to choices of which one part has to. What is not written to the end asks for nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue, ValidationError

from provisioning.rules.contradictions import conflict
from provisioning.rules.operators import OPERATORS
from provisioning.rules.problems import Path
from provisioning.rules.tree import Check

#: Conditions held against each other before the search gives up and calls nothing unreachable.
MOST_WORK = 20_000
#: Choices that are searched through in all their combinations.
MOST_CHOICES = 20
_OPPOSITES = {one.opposite_of: op for op, one in OPERATORS.items() if one.opposite_of}


@dataclass(frozen=True, slots=True)
class Wish:
    """A condition that has to hold or, where `refused`, must not."""

    check: Check
    at: Path
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the conditions that has to hold or, where `negated`, must not."""

    node: JsonValue
    place: Path
    negated: bool = False


#: One of these has to hold.
Choice = Sequence[Part]
#: Conditions that exclude each other.
Conflict = tuple[Wish, ...]
Case = Mapping[str, tuple[Wish, ...]]


class TooMuch(Exception):  # noqa: N818 - reads as what it is
    """The conditions are too entangled to be searched through."""


def take_apart(part: Part) -> tuple[list[Wish], list[Choice]]:
    """What has to hold for this part to hold."""
    node, place = part.node, part.place
    if not isinstance(node, dict):
        return [], []
    if "field" in node:
        wish = _wish(node, part)
        return ([wish] if wish else []), []
    if len(node) != 1:
        return [], []
    (key, inside), = node.items()  # fmt: skip
    if key == "not":
        return take_apart(Part(inside, (*place, "not"), not part.negated))
    if key not in ("all", "any") or not isinstance(inside, list):
        return [], []
    parts = [Part(one, (*place, key, at), part.negated) for at, one in enumerate(inside)]
    if len(parts) > 1 and (key == "any") != part.negated:
        return [], [parts]
    wishes: list[Wish] = []
    choices: list[Choice] = []
    for one in parts:
        more, split = take_apart(one)
        wishes += more
        choices += split
    return wishes, choices


def _wish(node: dict[str, JsonValue], part: Part) -> Wish | None:
    try:
        check = Check.model_validate(node)
    except ValidationError:
        return None
    if not part.negated:
        return Wish(check, part.place)
    opposite = OPERATORS[check.op].opposite_of or _OPPOSITES.get(check.op)
    if opposite is None:
        return Wish(check, part.place, refused=True)
    return Wish(check.model_copy(update={"op": opposite}), part.place)


@dataclass(slots=True)
class Search:
    """Raises TooMuch once it has worked too long."""

    left: int = MOST_WORK
    known: dict[tuple[str | int, ...], tuple[list[Wish], list[Choice]]] = field(
        default_factory=dict
    )

    def apart(self, part: Part) -> tuple[list[Wish], list[Choice]]:
        if part.place not in self.known:
            self.known[part.place] = take_apart(part)
        return self.known[part.place]

    def adding(self, case: Case, wishes: Sequence[Wish]) -> tuple[Case, Conflict | None]:
        """The case with these too, and what of it excludes each other, if anything does."""
        grown = dict(case)
        for wish in wishes:
            before = grown.get(wish.check.field, ())
            grown[wish.check.field] = together = (*before, wish)
            if self._excluded(together):
                return grown, self._smallest(before, wish)
        return grown, None

    def _excluded(self, wishes: Sequence[Wish]) -> bool:
        self.left -= len(wishes)
        if self.left < 0:
            raise TooMuch
        needed = [one.check for one in wishes if not one.refused]
        return conflict(needed, [one.check for one in wishes if one.refused])

    def _smallest(self, before: Sequence[Wish], wish: Wish) -> Conflict:
        if self._excluded([wish]):
            return (wish,)
        pairs = ((one, wish) for one in before)
        return next((pair for pair in pairs if self._excluded(pair)), (*before, wish))

    def closed(
        self, case: Case, parts: Sequence[Part], choices: Sequence[Choice]
    ) -> list[Conflict] | None:
        """Why all this never holds together, a conflict for each case; None where it may."""
        for part in parts:
            wishes, more = self.apart(part)
            choices = [*more, *choices]
            case, found = self.adding(case, wishes)
            if found:
                return [found]
        alone = (self._split(case, choice, ()) for choice in choices)
        if why := next((one for one in alone if one is not None), None):
            return why
        if not 1 < len(choices) <= MOST_CHOICES:
            return None
        return self._split(case, choices[0], choices[1:])

    def _split(self, case: Case, choice: Choice, rest: Sequence[Choice]) -> list[Conflict] | None:
        found: list[Conflict] = []
        for branch in choice:
            why = self.closed(case, [branch], rest)
            if why is None:
                return None
            found += why
        return found
