"""The checksum of a plan is the same, whoever makes it: here, or the database from its items."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.plans.checksums import checksum_now, checksum_of
from provisioning.plans.models import Plan, PlanItem
from provisioning.plans.options import Options
from tests.support.factories import NOW

pytestmark = pytest.mark.django_db

#: What PostgreSQL keeps as text.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)


def plan_with(keys: list[str]) -> Plan:
    options = Options().stored()
    plan = Plan.objects.create(
        kind="undo", title="T", checksum="", options=options, item_count=len(keys),
        requester="M", requester_identity="m", created_at=NOW,
    )  # fmt: skip
    positions = list(range(len(keys), 0, -1))  # not as they are stored
    PlanItem.objects.bulk_create(
        PlanItem(plan=plan, position=position, key=keys[position - 1]) for position in positions
    )
    return plan


@pytest.mark.parametrize("count", [0, 1, 200])
def test_it_is_over_all_keys_in_their_order(count: int) -> None:
    keys = [f"K{n * 7919 % 1009:04}" for n in range(count)]
    plan = plan_with(keys)
    assert checksum_now(plan) == checksum_of(keys, plan.options)
    if count > 1:
        assert checksum_now(plan) != checksum_of(sorted(keys), plan.options)


@settings(max_examples=40)
@given(st.lists(TEXTS, max_size=5, unique=True))
def test_it_is_the_same_for_any_text(keys: list[str]) -> None:
    plan = plan_with(keys)
    assert checksum_now(plan) == checksum_of(keys, plan.options)


@pytest.mark.parametrize(("name", "value"), [("from", "start"), ("rate", 2.5), ("classes", ["a"])])
def test_other_options_have_another(name: str, value: object) -> None:
    plan = plan_with(["A"])
    before = checksum_now(plan)
    plan.options = Options().stored() | {name: value}
    assert checksum_now(plan) == checksum_of(["A"], plan.options) != before
