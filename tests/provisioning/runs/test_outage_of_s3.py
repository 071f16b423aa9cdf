"""Amazon S3 answers 503 to everything for a while; Slack is not concerned."""

import pytest

from provisioning.clocks import database_now
from provisioning.events.models import Event
from provisioning.notices.models import Notice
from provisioning.runs.models import Run
from provisioning.runs.troubles import Incident
from tests.provisioning.runs.outages import go_on
from tests.support.engine import assert_settled, receive, rule, suspended
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("people_are_told")
FOLDERS, MESSAGES = 40, 10


def all_is_told() -> bool:
    return len(Notice.objects.filter(state="sent")) == 2


def all_waits() -> bool:
    return (
        Run.objects.filter(state="succeeded").count() == MESSAGES
        and Run.objects.filter(parked=True).count() == FOLDERS
    )


def test_one_outage_is_one_incident_and_everything_is_done_once_and_in_order(
    world: World,
) -> None:
    """Forty folders wait while ten messages are posted; people are told twice, not forty times."""
    rule(
        "folder",
        {"action": "aws.s3.create_folder",
         "with": {"bucket": "team-folders", "key": "{{ event.target.User.id }}/"}},
    )  # fmt: skip
    rule(
        "message",
        {"action": "slack.post_message",
         "with": {"channel": "#offboarding", "text": "{{ event.target.User.id }}"}},
        on=["user.lifecycle.unsuspend"],
    )  # fmt: skip
    world.client.add_fault("s3", "*", status=503, code="SlowDown", times=0)
    receive(*(suspended(f"00u{n:02}", minute=n) for n in range(FOLDERS)))
    receive(
        *(
            suspended(f"00v{n}", minute=n, eventType="user.lifecycle.unsuspend")
            for n in range(MESSAGES)
        )
    )
    go_on(all_waits, "the folders parked, the messages posted")
    assert len(world.client.list_slack_messages("#offboarding")) == MESSAGES
    incident = Incident.objects.get()
    assert (incident.target, incident.state) == ("aws.s3", "open")
    assert Run.objects.filter(parked=True).count() == FOLDERS
    assert not world.client.list_objects()["team-folders"]

    world.client.clear_faults()
    Incident.objects.update(probe_due_at=database_now())
    go_on(all_is_told, "the recovery, told")
    assert_settled()
    assert Event.objects.filter(state="done").count() == FOLDERS + MESSAGES
    puts = [
        call["parameters"]["Key"]
        for call in world.client.list_aws_calls("s3", "PutObject")
        if call["status"] == 200
    ]
    assert puts == [f"00u{n:02}/" for n in range(FOLDERS)]
    assert len(world.client.list_slack_messages("#offboarding")) == MESSAGES

    assert Incident.objects.get().state == "closed"
    assert list(Notice.objects.order_by("id").values_list("subject", flat=True)) == [
        f"aws.s3 is out: {incident.cause}", "aws.s3 has recovered",
    ]  # fmt: skip
    assert len(world.client.list_slack_messages("#it-alerts")) == 2
    assert len(world.client.list_mails("ops@acme.example")) == 2
