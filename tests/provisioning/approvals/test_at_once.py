"""Many people decide in the same moment."""

import threading

from django.db import connection

from audit.models import Entry
from provisioning.approvals.models import Approval, Decision
from provisioning.approvals.requests import CannotDecide
from tests.conftest import LiveDatabase
from tests.provisioning.approvals.asking import approve, asked


def test_fifty_decisions_at_once_have_one_outcome(live_db: LiveDatabase) -> None:
    """S28."""
    approval = asked()
    outcomes: list[str] = []
    start = threading.Barrier(50)

    def decide(number: int) -> None:
        start.wait()
        verdict = "approve" if number % 2 else "reject"
        try:
            approve(approval, f"approver{number}", verdict=verdict, reason="Because.")
            outcomes.append(verdict)
        except CannotDecide:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    approval.refresh_from_db()
    state = {"approve": "approved", "reject": "rejected"}
    assert [state[verdict] for verdict in outcomes] == [approval.state]
    assert Decision.objects.count() == 1
    said = Entry.objects.filter(object_id=approval.code).exclude(verb="approval.requested")
    assert said.count() == 1
    assert Approval.objects.count() == 1
