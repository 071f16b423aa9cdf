"""What alarms people in the browser tests' story: a brake, the account for emergencies, outages."""

from datetime import timedelta

from django.utils import timezone

from audit.trail import Actor
from portal.accounts import reviews
from portal.models import User
from provisioning.rules.models import Rule
from provisioning.runs import brake_releases
from provisioning.runs import brakes as emergency_brakes
from provisioning.runs.troubles import Incident
from tests.browser.stack import TOMAS


def brakes() -> None:
    """One rule that is off anyhow is stopped, so that every page says so; a target was."""
    rule = Rule.objects.get(name="contractor-farewell")
    emergency_brakes.pull(
        level="rule", rule=rule, reason="Contracts are being checked", actor=TOMAS
    )
    pulled = emergency_brakes.pull(
        level="target", target="slack", reason="Slack is away", actor=TOMAS
    )
    brake_releases.release(pulled, reason="Slack is back", actor=TOMAS)


def emergencies() -> None:
    """The account for emergencies was used twice; somebody has looked into the first time."""
    account = User.objects.create_user("emergency-1", break_glass=True)
    actor = Actor("user", account.code, account.username, "203.0.113.9")
    grace = User.objects.get(username="grace")
    looked = Actor("user", grace.code, grace.username, "203.0.113.7")
    reviews.close(
        reviews.ask(account, actor=actor), grace, note="Okta was away for an hour.", actor=looked
    )
    reviews.ask(account, actor=actor)


def outage() -> None:
    """One target is out that no rule calls, so that nothing else waits; another was."""
    now = timezone.now()
    Incident.objects.create(
        target="aws.connect", cause="ServiceUnavailable", opened_at=now - timedelta(hours=2),
        probes=3, probe_due_at=now + timedelta(days=1),
    )  # fmt: skip
    Incident.objects.create(
        target="smtp", cause="smtp_421", state=Incident.State.CLOSED, released=12, probes=2,
        opened_at=now - timedelta(hours=9), probe_due_at=now - timedelta(hours=8),
        draining_at=now - timedelta(hours=8), closed_at=now - timedelta(hours=8),
    )  # fmt: skip
