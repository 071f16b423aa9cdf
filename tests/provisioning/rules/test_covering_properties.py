"""The share of a rule is sound: nobody is matched whom the count would leave out."""

from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from provisioning.rules.conditions import evaluate
from provisioning.rules.covering import covers
from provisioning.rules.fields import Facts, Record, facts_of
from tests.provisioning.rules.test_condition_properties import (
    CONDITION,
    all_facts,
    events,
    groups,
    trees,
    users,
)

#: Few values, so that conditions hold about as often as not.
words = st.sampled_from(["Legal", "Sales", "legal", ""])
PROFILE = ["user.profile.department", "user.profile.office", "user.id"]
OTHERS = ["user.status", "user.lastUpdated", "event.outcome.result", "actor.id"]
ONE_WORD = ["equals", "not_equals", "contains", "not_contains"]


def close_trees(fields: list[str], *, changes: bool) -> st.SearchStrategy[dict[str, Any]]:
    person = [one for one in fields if one.startswith("user.")]
    kinds: list[st.SearchStrategy[dict[str, Any]]] = [
        st.fixed_dictionaries({"field": st.sampled_from(fields), "value": words,
                               "op": st.sampled_from(ONE_WORD)}),
        st.fixed_dictionaries({"field": st.sampled_from(fields),
                               "op": st.sampled_from(["exists", "missing"])}),
    ]  # fmt: skip
    if changes:
        field = st.sampled_from(person)
        kinds += [
            st.fixed_dictionaries({"field": field, "op": st.just("changed")}),
            st.fixed_dictionaries({"field": field, "value": words,
                                   "op": st.sampled_from(["changed_from", "changed_to"])}),
        ]  # fmt: skip
    return st.recursive(
        st.one_of(kinds),
        lambda inner: st.one_of(
            st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
            st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
            st.fixed_dictionaries({"not": inner}),
        ),
        max_leaves=6,
    )


profiles = st.fixed_dictionaries({}, optional={"department": words, "office": words})
close_users = st.fixed_dictionaries(
    {"profile": profiles}, optional={"id": words, "status": words, "lastUpdated": words}
)
close_facts = st.builds(
    lambda happened, user, previous, member, is_new: facts_of(
        happened, user=user, previous=previous, groups=member, person_is_new=is_new
    ),
    events, close_users, close_users | st.none(), groups, st.booleans(),
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(trees, all_facts, users)
def test_whoever_is_matched_is_covered_however_hostile_the_facts(
    tree: dict[str, Any], facts: Facts, other: Record | None
) -> None:
    condition = CONDITION.validate_python(tree)
    if facts.user is None:  # nobody of that id: matching has no profile to speak of
        return
    # The status that is known may be another than the one at the event.
    kept = {**facts.user, "status": (other or {}).get("status")}
    assert covers(condition, kept) or not evaluate(condition, facts).matched


@settings(max_examples=600, deadline=None)
@given(close_trees(PROFILE + OTHERS, changes=True), close_facts, words)
def test_whoever_is_matched_is_covered(tree: dict[str, Any], facts: Facts, status: str) -> None:
    condition = CONDITION.validate_python(tree)
    matched = evaluate(condition, facts).matched
    covered = covers(condition, {**(facts.user or {}), "status": status, "lastUpdated": status})
    event(f"matched {matched}, covered {covered}")
    assert covered or not matched


@settings(max_examples=300, deadline=None)
@given(close_trees(PROFILE, changes=False), close_users, events)
def test_where_only_the_profile_counts_covered_is_who_is_matched(
    tree: dict[str, Any], user: dict[str, Any], happened: dict[str, Any]
) -> None:
    condition = CONDITION.validate_python(tree)
    assert covers(condition, user) is evaluate(condition, facts_of(happened, user=user)).matched
