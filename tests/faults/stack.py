"""The product as real processes beside a sandbox, and the values that no fault may change."""

import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

from audit.models import Entry
from provisioning.clocks import database_now
from provisioning.events.models import Event
from provisioning.recovery import sweep
from provisioning.runs.models import Run, Step
from provisioning.status import Balance, balance
from sandbox.server import Sandbox
from tests.support import engine, hooks
from tests.support.processes import Child, Processes
from tests.support.world import eventually

LEASE_SECONDS = 2
BUCKET = "team-folders"
WHO = "{{ event.target.User.id }}"
FOLDER = {"action": "aws.s3.create_folder", "with": {"bucket": BUCKET, "key": f"{WHO}/"}}
MAIL = {
    "action": "email.send",
    "with": {"to": f"{WHO}@acme.example", "subject": "Your folder", "body": "It is there."},
}


@dataclass
class Stack:
    """A sandbox, processes and what was sent to them."""

    sandbox: Sandbox
    processes: Processes
    sent: list[dict[str, Any]] = field(default_factory=list)

    def rule(self) -> None:
        """For each person a folder, which can be read back, and then a mail, which cannot."""
        engine.rule("folder-and-mail", FOLDER, MAIL)

    def events(self, people: int = 5) -> list[dict[str, Any]]:
        """One event for each person, and a second one for the first."""
        made = [engine.suspended(f"00u{number}", minute=number) for number in range(people)]
        made.append(engine.suspended("00u0", minute=people))
        self.sent += made
        return made

    def work(self, failpoint: str = "") -> Child:
        environ = {"FAILPOINT": failpoint} if failpoint else {}
        return self.processes.work(environ=environ)

    def web(self, failpoint: str = "") -> tuple[Child, str]:
        environ = {"FAILPOINT": failpoint} if failpoint else {}
        child, url = self.processes.web(environ=environ)
        return child, f"{url}/hooks/okta"

    def drained(self, timeout: float = 30) -> None:
        """Wait until nothing is open any more, telling the workers as the clock does."""

        def done() -> bool:
            sweep(database_now())
            counted = balance()
            return counted.in_flight == 0 and counted.accepted == len(self.uuids())

        try:
            eventually(done, "everything settled", timeout)
        except AssertionError:
            events = list(Event.objects.open().values("code", "state", "error", "lost_claims"))
            runs = list(Run.objects.filter(state__in=Run.OPEN_STATES).values("code", "state"))
            output = "\n".join(child.output for child in self.processes.children)
            raise AssertionError(f"not drained: {balance()} {events} {runs}\n{output}") from None

    def uuids(self) -> set[str]:
        return {event["uuid"] for event in self.sent}

    def check(self, *, unknown: int = 0) -> None:
        """The values that have to be 0; at most `unknown` steps may wait for a person, each of
        them a mail whose sending was interrupted."""
        stored = set(Event.objects.values_list("uuid", flat=True))
        assert self.uuids() - stored == set(), "lost"
        assert stored - self.uuids() == set(), "phantom events"
        counted = balance()
        assert counted.holds
        assert counted.in_flight == 0, "stuck"
        puts, mails = self._puts(), self._mails()
        assert {key: n for key, n in puts.items() if n > 1} == {}, "duplicated folders"
        assert {key: n for key, n in mails.items() if n > 1} == {}, "duplicated mails"
        people = {event["target"][0]["id"] for event in self.sent}
        assert set(puts) <= {f"{person}/" for person in people}, "phantom folders"
        assert len(mails) <= len(self.sent), "phantom mails"
        in_doubt = Step.objects.filter(state="unknown")
        assert in_doubt.count() <= unknown, list(in_doubt.values("action", "error"))
        assert set(in_doubt.values_list("action", flat=True)) <= {"email.send"}
        assert not Step.objects.filter(state="failed").exists()
        # Whatever was not in doubt has had its effect.
        assert set(puts) == {f"{person}/" for person in people}
        assert len(mails) >= len(self.sent) - in_doubt.count()
        self._check_logged(mails)

    def _check_logged(self, mails: Counter[str]) -> None:
        assert engine.unlogged() == []
        for message_id in mails:
            step = message_id.strip("<>").partition("@")[0]
            said = set(Entry.objects.filter(object_id=step).values_list("verb", flat=True))
            assert "step.intended" in said, f"unlogged: {message_id} {said}"
            assert said & {"step.done", "step.failed"}, f"unlogged: {message_id} {said}"

    def mails(self) -> list[dict[str, Any]]:
        return list(self.sandbox.mail.dump())

    def _puts(self) -> Counter[str]:
        """Key -> how often a folder was really made there."""
        calls = self.sandbox.aws.journal.entries("s3", "PutObject")
        return Counter(call["parameters"]["Key"] for call in calls if call["status"] == 200)

    def _mails(self) -> Counter[str]:
        return Counter(mail["message_id"] for mail in self.mails())


def post(url: str, *events: dict[str, Any]) -> int:
    """Deliver as Okta does; the status, 0 where no answer came."""
    request = urllib.request.Request(  # noqa: S310 - loopback
        url,
        hooks.envelope(*events),
        {"Authorization": hooks.SECRET, "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


@contextmanager
def balance_watched() -> Iterator[list[Balance]]:
    """Sample the balance all the while; every sample has to hold (R44)."""
    samples: list[Balance] = []
    done = threading.Event()

    def sample() -> None:
        while not done.wait(0.1):
            samples.append(balance())
        connections.close_all()

    watcher = threading.Thread(target=sample)
    watcher.start()
    try:
        yield samples
    finally:
        done.set()
        watcher.join()
    assert samples
    assert all(one.holds for one in samples), [one for one in samples if not one.holds]
