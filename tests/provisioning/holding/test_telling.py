"""People are told of what waits: when it is asked, at half of its time, when it expired, daily."""

from datetime import datetime, timedelta

import pytest

from provisioning import recovery, reminding
from provisioning.approvals.models import Approval
from provisioning.clocks import database_now
from provisioning.notices.models import Notice
from tests.provisioning.approvals.asking import asked

pytestmark = pytest.mark.django_db


def keys() -> list[str]:
    found = Notice.objects.order_by("pk").values_list("key", flat=True)
    return [key.rpartition(":")[2] for key in found]


def tick(now: datetime) -> None:
    recovery.expire(now)
    reminding.tell_waiting(now)


def test_once_when_asked_once_at_half_of_the_time_and_once_when_expired() -> None:
    approval = asked()
    start = database_now()
    for after in (0, 1, 47, 49, 50, 95, 97, 98):
        tick(start + timedelta(hours=after))
    assert keys() == ["asked", "reminder", "expired"]
    notice = Notice.objects.order_by("pk")[0]
    assert notice.path == f"/approvals/{approval.code}/"
    assert notice.subject == "Approval needed: One folder for Ana"
    approval.refresh_from_db()
    assert (approval.state, approval.told_at is None) == ("expired", False)


def test_what_was_decided_is_not_reminded_of() -> None:
    asked()
    Approval.objects.update(state="rejected", ended_at=database_now())
    tick(database_now() + timedelta(hours=60))
    assert keys() == []


def test_the_day_s_list_is_told_once_a_day_and_only_if_something_waits() -> None:
    morning = (database_now() + timedelta(days=1)).replace(hour=6, minute=50)
    reminding.tell_daily(morning + timedelta(hours=1))
    assert keys() == []
    asked()
    for after in (0, 15, 30, 24 * 60 + 15):
        reminding.tell_daily(morning + timedelta(minutes=after))
    assert Notice.objects.filter(key__startswith="approvals:").count() == 2
    assert "One folder for Ana" in Notice.objects.order_by("pk")[0].text
