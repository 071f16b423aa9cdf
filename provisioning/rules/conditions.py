"""Whether a rule's conditions hold for some facts, and what every one of them saw. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NotRequired, TypedDict

from pydantic import JsonValue

from provisioning.rules.bounds import shown
from provisioning.rules.describing import check_text, value_text
from provisioning.rules.fields import Facts, lookup
from provisioning.rules.operators import HOLDS, OPERATORS, same
from provisioning.rules.patterns import search
from provisioning.rules.tree import AllOf, AnyOf, Check, Condition, Negation


class Trace(TypedDict):
    """One node of the truth table; JSON as it stands.

    `kind` is all, any, not, check or always. `decided`: the result of the whole follows from
    this node. A check has `field`, `op`, `wanted`, `saw`, and a `note` where one helps; a change
    also has `before`. Values are cut at 500 characters.
    """

    path: str
    kind: str
    result: bool
    decided: bool
    children: "list[Trace]"
    field: NotRequired[str]
    op: NotRequired[str]
    wanted: NotRequired[JsonValue]
    saw: NotRequired[JsonValue]
    before: NotRequired[JsonValue]
    note: NotRequired[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`matches` holds the named groups of patterns that held, for `match.*` in templates."""

    matched: bool
    trace: Trace
    matches: Mapping[str, str] = field(default_factory=dict)

    @property
    def why_not(self) -> str:
        """The first condition that decided against, as a sentence; empty if all is well."""
        if self.matched:
            return ""
        return next((_reason(check) for check in checks(self.trace) if check["decided"]), "")


def evaluate(tree: Condition | None, facts: Facts) -> Verdict:
    """Every condition is looked at, so that the truth table is always whole. Never raises."""
    if tree is None:
        always: Trace = {
            "path": "when",
            "kind": "always",
            "result": True,
            "decided": True,
            "children": [],
        }
        return Verdict(True, always)
    evaluation = _Evaluation(facts, facts.names())
    trace = evaluation.node(tree, "when", negated=False)
    _mark_decided(trace, True)
    return Verdict(trace["result"], trace, evaluation.matches)


def holds(check: Check, facts: Facts) -> bool:
    """One condition alone, as `evaluate` looks at it, without a trace."""
    return _Evaluation(facts, facts.names()).look(check, negated=True).holds


def checks(trace: Trace) -> Iterator[Trace]:
    """The conditions of a trace, in the order in which they are written."""
    if trace["kind"] == "check":
        yield trace
    for child in trace["children"]:
        yield from checks(child)


def _reason(check: Trace) -> str:
    text = check_text(check["field"], check["op"], check["wanted"])
    if check["result"]:
        return f"{text}, which must not hold"
    saw = "it has no value" if check["saw"] is None else f"it is {value_text(check['saw'])}"
    note = f" ({check['note']})" if check.get("note", "no value") != "no value" else ""
    return f"{text}: not so, {saw}{note}"


def _mark_decided(trace: Trace, decided: bool) -> None:
    """A child decided if its parent did and it has the result that settles the parent."""
    trace["decided"] = decided
    for child in trace["children"]:
        settles = trace["kind"] == "not" or child["result"] == trace["result"]
        _mark_decided(child, decided and settles)


@dataclass(slots=True)
class _Seen:
    """What one check found."""

    holds: bool
    saw: JsonValue
    note: str = ""
    before: JsonValue = None


@dataclass(slots=True)
class _Evaluation:
    facts: Facts
    names: Mapping[str, JsonValue]
    matches: dict[str, str] = field(default_factory=dict)

    def node(self, node: Condition, path: str, *, negated: bool) -> Trace:
        match node:
            case AllOf():
                children = self._parts(node, f"{path}.all", negated)
                result = all(child["result"] for child in children)
                return _trace(path, "all", result, children)
            case AnyOf():
                children = self._parts(node, f"{path}.any", negated)
                result = any(child["result"] for child in children)
                return _trace(path, "any", result, children)
            case Negation():
                child = self.node(node.part, f"{path}.not", negated=not negated)
                return _trace(path, "not", not child["result"], [child])
            case Check():
                return self._check(node, path, negated)

    def _parts(self, node: AllOf | AnyOf, path: str, negated: bool) -> list[Trace]:
        return [
            self.node(part, f"{path}[{index}]", negated=negated)
            for index, part in enumerate(node.parts)
        ]

    def _check(self, check: Check, path: str, negated: bool) -> Trace:
        seen = self.look(check, negated)
        trace = _trace(path, "check", seen.holds, [])
        trace["field"], trace["op"] = check.field, check.op
        trace["wanted"], trace["saw"] = shown(check.value), shown(seen.saw)
        if OPERATORS[check.op].about_change:
            trace["before"] = shown(seen.before)
        if seen.note:
            trace["note"] = seen.note
        return trace

    def look(self, check: Check, negated: bool) -> _Seen:
        saw = lookup(self.names, check.path)
        if OPERATORS[check.op].about_change:
            return self._change(check, saw)
        if check.op == "member_of":
            return self._member(check, saw)
        if check.op == "matches":
            return self._pattern(check, saw, negated)
        opposite = OPERATORS[check.op].opposite_of
        holds = HOLDS[opposite or check.op](saw, check.value, check.ignore_case)
        return _Seen(holds != (opposite is not None), saw, self._absence(check, saw))

    def _absence(self, check: Check, saw: JsonValue) -> str:
        if saw is not None:
            return ""
        root = check.path[0]
        return "no value" if root in self.names else f"{root} is not known"

    def _pattern(self, check: Check, saw: JsonValue, negated: bool) -> _Seen:
        if not isinstance(saw, str):
            return _Seen(False, saw, self._absence(check, saw) or "not a text")
        found = search(str(check.value), saw, check.ignore_case)
        if found and not negated:
            self.matches.update({k: v for k, v in found.items() if k not in self.matches})
        return _Seen(found is not None, saw)

    def _member(self, check: Check, saw: JsonValue) -> _Seen:
        wanted = check.value if isinstance(check.value, list) else [check.value]
        holds = any(
            same(known, name, check.ignore_case)
            for group in self.facts.groups or ()
            for known in (group.name, group.id)
            for name in wanted
        )
        return _Seen(holds, saw, self._absence(check, saw))

    def _change(self, check: Check, saw: JsonValue) -> _Seen:
        if self.facts.previous is None:
            return self._change_by_event(check, saw)
        before = lookup(self.names, ("previous", *check.path[1:]))
        holds = not same(saw, before)
        if check.op == "changed_from":
            holds = holds and _equal(before, check)
        if check.op == "changed_to":
            holds = holds and _equal(saw, check)
        return _Seen(holds, saw, before=before)

    def _change_by_event(self, check: Check, saw: JsonValue) -> _Seen:
        """The value before is not known: the event may still say that the attribute changed."""
        note = "value before is not known"
        if check.op == "changed_from":
            return _Seen(False, saw, note)
        if self.facts.person_is_new:
            holds, note = saw is not None, f"{note}; the person is new"
        else:
            holds = check.path[-1] in (self.facts.changed_attributes or ())
            lists = "lists" if holds else "does not list"
            note = f"{note}; the event {lists} {check.path[-1]} as changed"
        if check.op == "changed_to":
            holds = holds and _equal(saw, check)
        return _Seen(holds, saw, note)


def _equal(value: JsonValue, check: Check) -> bool:
    return HOLDS["equals"](value, check.value, check.ignore_case)


def _trace(path: str, kind: str, result: bool, children: list[Trace]) -> Trace:
    return {"path": path, "kind": kind, "result": result, "decided": False, "children": children}
