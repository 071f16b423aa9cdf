"""People are told once, by Slack and mail, whatever happens to the worker that tells them."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from audit.models import Entry
from provisioning import notices
from provisioning.clocks import database_now
from provisioning.notices import sending, telling
from provisioning.notices.models import Notice
from tests.support.engine import TESTER, drain, together
from tests.support.world import World

CHANNEL = "#it-alerts"
PEOPLE = ["maya@acme.example", "ops@acme.example"]


@pytest.fixture(autouse=True)
def somebody_is_told(settings: Settings) -> None:
    settings.NOTIFY_SLACK_CHANNEL = CHANNEL
    settings.NOTIFY_EMAILS = PEOPLE
    settings.BASE_URL = "https://sluice.example.com"


def tell(key: str = "outage:aws.s3:1", text: str = "Work for it waits.") -> bool:
    return notices.tell(
        kind="incident", key=key, subject="Amazon S3 is out", text=text, path="/incidents/",
        now=database_now(),
    )  # fmt: skip


def try_again() -> None:
    Notice.objects.filter(state="waiting").update(due_at=database_now() - timedelta(seconds=1))


def test_a_notice_goes_to_slack_and_mail_with_a_link(world: World) -> None:
    assert tell(text="<!channel> work & more")
    drain()
    (message,) = world.client.list_slack_messages()
    assert "https://sluice.example.com/incidents/" in message["text"]
    assert "&lt;!channel&gt; work &amp; more" in message["text"]
    (mail,) = world.client.list_mails()
    assert mail["recipients"] == PEOPLE
    assert mail["subject"] == "Amazon S3 is out"
    assert "https://sluice.example.com/incidents/" in mail["text"]
    notice = Notice.objects.get()
    assert notice.state == "sent"
    assert mail["message_id"] == f"<notice.{notice.code}@sluice.example.com>"
    assert Entry.objects.filter(verb="notice.sent", object_id=notice.code).count() == 1


def test_the_same_key_is_told_once(world: World) -> None:
    assert [tell(), tell(), tell("another")] == [True, False, True]
    assert sorted(together(8, lambda _: tell("at once"))) == [False] * 7 + [True]
    drain()
    assert not tell()
    drain()
    assert len(world.client.list_slack_messages()) == 3
    assert len(world.client.list_mails()) == 3


def test_what_is_rolled_back_is_not_told(world: World) -> None:
    with transaction.atomic():
        tell()
        transaction.set_rollback(True)
    drain()
    assert not world.client.list_slack_messages()
    assert tell()


def test_without_settings_nothing_is_sent_and_nothing_is_wrong(
    world: World, settings: Settings
) -> None:
    settings.NOTIFY_SLACK_CHANNEL, settings.NOTIFY_EMAILS = "", []
    tell()
    drain()
    assert Notice.objects.get().state == "skipped"
    assert not world.client.list_slack_messages() + world.client.list_mails()
    assert not Entry.objects.filter(verb__startswith="notice.").exists()


def test_one_way_alone_is_enough(world: World, settings: Settings) -> None:
    settings.NOTIFY_SLACK_CHANNEL = ""
    tell()
    drain()
    notice = Notice.objects.get()
    assert (notice.state, notice.slack, notice.mail) == ("sent", "skipped", "sent")


def test_a_refusal_for_a_time_is_tried_again_by_that_way_only(world: World) -> None:
    world.client.add_fault("slack", "chat.postMessage", status=429)
    tell()
    drain()
    notice = Notice.objects.get()
    assert (notice.state, notice.slack, notice.mail) == ("waiting", "waiting", "sent")
    assert notice.due_at > database_now()
    try_again()
    drain()
    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == ("sent", 2)
    assert len(world.client.list_slack_messages()) == len(world.client.list_mails()) == 1


def test_an_answer_that_is_lost_is_not_followed_by_a_second_message(world: World) -> None:
    """The message was posted, but nobody here can know it."""
    world.client.add_fault("slack", "chat.postMessage", drop="after")
    tell()
    drain()
    try_again()
    drain()
    notice = Notice.objects.get()
    assert (notice.state, notice.slack, notice.mail) == ("failed", "unknown", "sent")
    assert notice.error.startswith("slack: ")
    assert len(world.client.list_slack_messages()) == 1
    assert Entry.objects.filter(verb="notice.failed").count() == 1


def test_a_worker_that_dies_while_it_sends_is_not_followed_by_a_second_message(
    world: World,
) -> None:
    tell()
    Notice.objects.update(
        slack="sending", fence=1, lease_until=database_now() - timedelta(seconds=1)
    )
    drain()
    notice = Notice.objects.get()
    assert (notice.state, notice.slack, notice.mail) == ("failed", "unknown", "sent")
    assert not world.client.list_slack_messages()


def test_workers_at_once_send_each_notice_once(world: World) -> None:
    for number in range(6):
        tell(f"n{number}")

    def work(_: int) -> int:
        sent = 0
        while sending.send_due(actor=TESTER):
            sent += 1
        return sent

    assert sum(together(4, work)) == 6
    assert len(world.client.list_slack_messages()) == len(world.client.list_mails()) == 6


def test_a_worker_whose_lease_was_taken_sends_nothing_more(world: World) -> None:
    tell()
    notice = Notice.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE provisioning_notice SET fence = 2")
    sending._send(notice, TESTER)
    assert not world.client.list_slack_messages() + world.client.list_mails()


def test_what_cannot_be_sent_for_a_day_is_given_up(world: World) -> None:
    world.client.add_fault("slack", "chat.postMessage", status=429, times=0)
    tell()
    drain()
    Notice.objects.update(created_at=database_now() - timedelta(hours=25))
    try_again()
    drain()
    notice = Notice.objects.get()
    assert (notice.state, notice.slack, notice.mail) == ("failed", "failed", "sent")


def test_a_channel_that_is_not_there_is_said_so(world: World, settings: Settings) -> None:
    settings.NOTIFY_SLACK_CHANNEL = "#no-such-channel"
    tell()
    drain()
    notice = Notice.objects.get()
    assert (notice.state, notice.slack) == ("failed", "failed")
    assert "#no-such-channel" in notice.error


def test_one_dated_ahead_is_told_when_its_time_has_come(world: World) -> None:
    later = database_now() + timedelta(hours=24)
    telling.tell(kind="review", key="r", subject="Overdue", text="x", path="/", now=later)
    drain()
    assert not world.client.list_mails()
    try_again()
    drain()
    assert len(world.client.list_mails()) == 1
    assert not telling.withdraw("r")


def test_and_never_if_it_was_withdrawn_before(world: World) -> None:
    later = database_now() + timedelta(hours=24)
    telling.tell(kind="review", key="r", subject="Overdue", text="x", path="/", now=later)
    assert telling.withdraw("r")
    try_again()
    drain()
    assert not world.client.list_mails()
