"""Where a scenario plays: the sandbox to act in, the portal to use, Sluice's state to look at."""

import json
import os
import secrets
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from audit.trail import Actor
from portal.demo.environment import APPROVER, USER
from portal.demo.portal_session import PortalSession
from portal.identity import identity_of
from portal.models import User
from provisioning.actions.registry import ACTIONS
from provisioning.approvals.models import Approval
from provisioning.events.models import Event
from provisioning.rules import versions
from provisioning.rules.definitions import load_rule
from provisioning.runs.models import Run
from sandbox.client import SandboxClient
from sandbox.web import Json

#: Letters that do not come apart into a plain one and an accent.
PLAIN = {ord("Ł"): "L", ord("ł"): "l"}
COMMAND = Actor("command", "demo", "demo", "demo")
SETTLED = (
    Event.State.DONE, Event.State.NO_MATCH, Event.State.FAILED, Event.State.QUARANTINED,
    Event.State.HELD,
)  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """Whether an expectation holds, and what was found."""

    holds: bool
    text: str


class ExpectationFailedError(Exception):
    """An expectation did not hold in time; its line is written already."""


class Stage:
    """One scenario's view of the running demo."""

    def __init__(self, scenario: str) -> None:
        self.scenario = scenario
        self.sandbox = SandboxClient(json.loads(os.environ["SLUICE_DEMO_SANDBOX"])["control_url"])

    def expect(self, sentence: str, check: Callable[[], Seen], timeout: float = 30) -> None:
        """Wait until the check holds and write the line that says so.

        Raises ExpectationFailedError when the time is up.
        """
        deadline = time.monotonic() + timeout
        seen = check()
        while not seen.holds and time.monotonic() < deadline:
            time.sleep(0.1)
            seen = check()
        self.report(seen.holds, sentence, seen.text)
        if not seen.holds:
            raise ExpectationFailedError(sentence)

    def report(self, holds: bool, sentence: str, seen: str) -> None:
        """One line: verdict, scenario, expectation, what was seen."""
        line = f"{'PASS' if holds else 'FAIL'}  {self.scenario}  {sentence}  |  seen: {seen}"
        print(" ".join(line.split("\n")), flush=True)  # noqa: T201  # the scenario's result

    def hire(self, first: str, last: str, department: str) -> Json:
        """A new person in Okta, whom Sluice has met when this returns."""
        user = self.enter(first, last, department)
        self.met(user)
        return user

    def enter(self, first: str, last: str, department: str) -> Json:
        """A new person in Okta.

        The name is new each time, so that a scenario can play again on the same data.
        """
        mark = secrets.token_hex(3)
        plain = unicodedata.normalize("NFKD", f"{first}.{last}").translate(PLAIN)
        login = f"{plain.encode('ascii', 'ignore').decode()}.{mark}@acme.example".lower()
        last = f"{last} {mark.upper()}"
        return self.sandbox.create_user(
            {
                "login": login,
                "email": login,
                "firstName": first,
                "lastName": last,
                "displayName": f"{first} {last}",
                "department": department,
            }
        )

    def met(self, user: Json) -> None:
        """Wait until Sluice has met this new person."""
        profile = user["profile"]
        self.expect(
            f"Sluice has met {profile['displayName']} in {profile['department']}",
            lambda: self.settled(user, "user.lifecycle.create", 1),
        )

    def settled(self, user: Json, event_type: str, count: int) -> Seen:
        """Holds when `count` events of a type about a person are dealt with."""
        events = Event.objects.filter(person_id=user["id"], event_type=event_type)
        states = list(events.order_by("id").values_list("state", flat=True))
        done = len(states) == count and all(state in SETTLED for state in states)
        return Seen(done, f"{event_type}: {', '.join(states) or 'no event yet'}")

    def runs(self, user: Json, rule: str) -> list[Run]:
        """This person's runs of a rule, the newest first."""
        found = Run.objects.filter(person_id=user["id"], rule__name=rule).select_related("group")
        return list(found.order_by("-id"))

    def portal(self, username: str = USER) -> PortalSession:
        """A signed-in person in the portal."""
        session = PortalSession(settings.BASE_URL.replace("//localhost", "//127.0.0.1"))
        session.sign_in(username, os.environ["SLUICE_DEMO_PASSWORD"])
        return session

    def person(self, username: str) -> Actor:
        """Who somebody with an account is, to the use cases that they call."""
        user = User.objects.get(username=username)
        return Actor("user", user.code, user.username, "demo", person=identity_of(user))

    def write_rule(self, source: str, author: Actor = COMMAND) -> None:
        """Put a rule in force."""
        versions.apply([load_rule(source, "demo.yaml", actions=ACTIONS)], actor=author)

    def decide(self, approval: Approval, verdict: str = "approve", reason: str = "Looked.") -> None:
        """What somebody else says to a request, on its page."""
        path = f"/approvals/{approval.code}/"
        self.portal(APPROVER).press(path, f"{path}decide/", verdict=verdict, reason=reason)
