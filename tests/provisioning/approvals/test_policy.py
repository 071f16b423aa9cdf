"""When a second person is needed."""

import pytest
from django.db import IntegrityError, transaction

from audit.models import Entry
from provisioning.approvals import policy
from provisioning.approvals.models import Policy
from tests.provisioning.approvals.asking import person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("risk", ["low", "medium", "high"])
def test_four_eyes_is_on_by_default_for_everything(risk: str) -> None:
    assert policy.second_person_needed(risk)


def test_switched_off_it_still_holds_from_the_stated_risk_on() -> None:
    policy.change(four_eyes=False, needed_from="high", actor=person("maya"))
    needed = [policy.second_person_needed(risk) for risk in ("low", "medium", "high")]
    assert needed == [False, False, True]


def test_destructive_effects_in_bulk_can_never_be_exempt() -> None:
    assert policy.risk_of(["revoke", "notify"], bulk=True) == "high"
    with pytest.raises(ValueError, match="below medium or below high"):
        policy.change(four_eyes=False, needed_from="", actor=person("maya"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Policy.objects.create(four_eyes=False, needed_from="low")


@pytest.mark.parametrize(
    ("effects", "risk"),
    [(["notify"], "low"), (["grant", "notify"], "medium"), (["revoke"], "medium")],
)
def test_the_risk_of_one_run_follows_from_its_effects(effects: list[str], risk: str) -> None:
    assert policy.risk_of(effects) == risk


def test_switching_is_in_the_trail_with_before_and_after() -> None:
    policy.change(four_eyes=False, needed_from="medium", actor=person("maya"))
    entry = Entry.objects.get(verb="policy.changed")
    assert entry.data["four_eyes"] == {"before": True, "after": False}
