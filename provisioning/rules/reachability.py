"""Conditions that can never hold together, found without any data. Pure.

What is called unreachable never matches, whatever the facts; nothing is said of what only seems
unlikely, or takes too long to find. Conditions that are not written to the end are passed over.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from pydantic import JsonValue

from provisioning.rules.cases import Case, Choice, Conflict, Part, Search, TooMuch, Wish
from provisioning.rules.describing import check_text
from provisioning.rules.problems import Path, path_text

NEVER = "This rule can never match: its conditions exclude each other."
_ROOT: Path = ("when",)
_MOST_SAID = 3


@dataclass(frozen=True, slots=True)
class Unreachable:
    """`place` never holds while all that is around it, up to `within`, does; where the two are
    one, it never holds at all. `at` is the condition to look at."""

    place: Path
    within: Path
    at: Path
    sentence: str


def unreachable(when: JsonValue) -> list[Unreachable]:
    """Every part of `when` that never holds where it stands."""
    found: list[Unreachable] = []
    search = Search()
    try:
        found += _visit(search, Part(when, _ROOT), {}, ())
        why = None if found else search.closed({}, [Part(when, _ROOT)], ())
    except TooMuch:
        return found
    if why:
        found.append(Unreachable(_ROOT, _ROOT, why[0][-1].at, _why(why)))
    return found


def never_matches(when: JsonValue) -> bool:
    """Whether the conditions as a whole can hold for no event at all."""
    try:
        return bool(Search().closed({}, [Part(when, _ROOT)], ()))
    except TooMuch:
        return False


def notes(when: JsonValue) -> list[str]:
    """The same as sentences, each with its place, as a text without a page needs it."""
    said = [f"{path_text(one.at)}: {one.sentence}" for one in unreachable(when)]
    return [*said, NEVER] if never_matches(when) else said


def _visit(
    search: Search, part: Part, case: Case, around: Sequence[Choice]
) -> Iterator[Unreachable]:
    """`case` and `around` are what has to hold beside the part."""
    wishes, own = search.apart(part)
    case, found = search.adding(case, wishes)
    if found:
        place = _around(found)
        yield Unreachable(place, place, found[-1].at, _why([found]))
        case, around = {}, ()
    for at, choice in enumerate(own):
        others = [*own[:at], *own[at + 1 :], *around]
        if search.closed(case, [], others):
            continue  # the choice is not to blame
        for branch in choice:
            why = search.closed(case, [branch], others)
            if not why:
                yield from _visit(search, branch, case, others)
            elif not branch.negated:
                yield _branch(branch, why)


def _branch(branch: Part, why: Sequence[Conflict]) -> Unreachable:
    size = len(branch.place)
    inside = [wish.at for wish in why[0] if wish.at[:size] == branch.place]
    within = _around([wish for one in why for wish in one], branch.place)
    at = (inside or [branch.place])[-1]
    named = "" if at == branch.place else f" ({path_text(branch.place)})"
    said = f"This part of “at least one of these”{named} can never hold: {_why(why)}"
    return Unreachable(branch.place, within, at, said)


def _around(wishes: Sequence[Wish], *places: Path) -> Path:
    """The innermost part around all of these that has to hold: not one under a `not`."""
    every = zip(*(wish.at for wish in wishes), *places, strict=False)
    shared = [steps[0] for steps in takewhile(lambda steps: len(set(steps)) == 1, every)]
    if shared.count("not") % 2:
        del shared[len(shared) - 1 - shared[::-1].index("not") :]
    while shared[-1] in ("all", "any"):
        shared.pop()
    return tuple(shared)


def _why(conflicts: Sequence[Conflict]) -> str:
    said = list(dict.fromkeys(map(_said, conflicts)))
    more = "; and so on" if len(said) > _MOST_SAID else ""
    return "; ".join(said[:_MOST_SAID]) + f"{more}."


def _said(conflict: Conflict) -> str:
    texts = [f"{_condition(one)} ({path_text(one.at)})" for one in conflict]
    if len(texts) == 1:
        return f"{texts[0]} never holds"
    listed = " and ".join(texts) if len(texts) == 2 else ", ".join(texts)
    return f"{listed} never hold together"


def _condition(wish: Wish) -> str:
    check = wish.check
    text = check_text(check.field, check.op, check.value, check.ignore_case)
    return f"not “{text}”" if wish.refused else f"“{text}”"
