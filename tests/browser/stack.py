"""A site with everything around it: the sandbox as a process, its hook, and a worker's drain."""

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from typing import Any

from django.db import connections
from django.utils import timezone

from audit.trail import Actor
from provisioning import jobs
from provisioning.actions.registry import ACTIONS
from provisioning.events.models import Event
from provisioning.rules import versions
from provisioning.rules.definitions import load_rule
from provisioning.runs.models import Run
from sandbox.client import SandboxClient
from tests.browser.site import Site
from tests.support.cluster import Cluster
from tests.support.hooks import SECRET
from tests.support.processes import Processes
from tests.support.world import EXAMPLES

MAYA = Actor("command", "maya", "Maya Lindqvist", "command line")
TOMAS = Actor("command", "tomas", "Tomás Herrera", "command line")
EVENT_TYPES = (
    "user.account.update_profile",
    "user.lifecycle.activate",
    "user.lifecycle.create",
    "user.lifecycle.deactivate",
    "user.lifecycle.suspend",
    "user.lifecycle.unsuspend",
    "user.mfa.factor.reset_all",
    "user.account.privilege.grant",
    "group.user_membership.add",
)

#: What Okta says beside an event of this type.
_SAID = {
    "group.user_membership.add": "Add user to group membership",
    "user.account.privilege.grant": "Grant user privilege",
    "user.lifecycle.activate": "Activate Okta user",
    "user.lifecycle.suspend": "Suspend Okta user",
    "user.mfa.factor.reset_all": "Reset all factors for user",
}


class Stack(Site):
    """`client` acts in the fake Okta, AWS, Slack and mail server; `drain` does what is due."""

    def __init__(
        self,
        cluster: Cluster,
        *,
        redis_url: str,
        allowed: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._outside = Processes({})
        sandbox = self._outside.start([sys.executable, "-m", "sandbox"])
        found = json.loads(sandbox.wait_for(r'(\{"okta_url".*\})')[1])
        environ = {**found["environ"], "OKTA_HOOK_SECRETS": f"main:{SECRET}"}
        super().__init__(
            cluster,
            redis_url=redis_url,
            environ=environ,
            settings=_settings(environ),
            allowed=allowed,
        )
        self.client = SandboxClient(found["control_url"])
        self.hook_id = ""

    def start(self) -> None:
        super().start()
        hook = self.client.register_hook(self.hook_url, SECRET, list(EVENT_TYPES))
        self.hook_id = str(hook["id"])
        assert self.client.verify_hook(self.hook_id)["verificationStatus"] == "VERIFIED"

    def stop(self) -> None:
        super().stop()
        self._outside.end()

    @property
    def hook_url(self) -> str:
        return f"{self.url}/hooks/okta"

    def call_hook(self, body: bytes, **headers: str) -> int:
        """Call the endpoint as somebody who may be wrong about it; the status answered."""
        given = {"Authorization": SECRET, "Content-Type": "application/json"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.hook_url, body, given)  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code

    def drain(self) -> None:
        """Wait until everything Okta has sent is here, then do what a woken worker does.

        In a thread of its own: the client for Okta runs an event loop, and so does playwright.
        """
        assert self.client.settle(20)
        with ThreadPoolExecutor(1) as thread:
            thread.submit(_drain).result()

    def make_due(self) -> None:
        """Let what waits for another try be due now."""
        past = timezone.now() - timedelta(seconds=1)
        Event.objects.filter(state=Event.State.RECEIVED).update(due_at=past)
        Run.objects.filter(state=Run.State.RETRYING).update(due_at=past)

    @contextmanager
    def working(self) -> Iterator[None]:
        """`inside`, and everything done at the end of the block."""
        with self.inside():
            yield
            self.drain()

    def apply(self, *texts: str, actor: Actor = MAYA) -> None:
        """Load rules from YAML texts, or make new versions of them."""
        rules = [load_rule(text, "rule.yaml", actions=ACTIONS) for text in texts]
        versions.apply(rules, actor=actor)

    def person(self, login: str) -> dict[str, Any]:
        return self.client.find_user(f"{login}@acme.example")

    def hire(self, first: str, last: str, **profile: str) -> dict[str, Any]:
        login = profile.pop("login", f"{first}.{last}".lower().replace(" ", "."))
        address = f"{login}@acme.example"
        named = {"firstName": first, "lastName": last, "displayName": f"{first} {last}"}
        return self.client.create_user({"login": address, "email": address, **named, **profile})


def example(name: str) -> str:
    return (EXAMPLES / f"{name}.yaml").read_text()


def log_event(kind: str, login: str, name: str, number: int, **more: Any) -> dict[str, Any]:
    """An event of the System Log about a person Sluice need not ask Okta about."""
    admin = {"id": "00uadmin1a2B3c4D5e6f", "type": "User", "alternateId": "ada.admin@acme.example"}
    target = {"id": f"00u{number:017}", "type": "User", "alternateId": login, "displayName": name}
    at = timezone.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "uuid": f"00000000-0000-4000-8000-{number:012}",
        "published": at,
        "eventType": kind,
        "severity": "INFO",
        "displayMessage": _SAID.get(kind, "Told by a test"),
        "actor": {**admin, "displayName": "Ada Admin"},
        "outcome": {"result": "SUCCESS", "reason": None},
        "target": [target],
        **more,
    }


def envelope(events: Sequence[Mapping[str, Any]]) -> bytes:
    """A hook call with these events."""
    body = {"eventType": "com.okta.event_hook", "eventTypeVersion": "1.0", "data": {}}
    body |= {"cloudEventsVersion": "0.1", "source": "https://acme.example/api/v1/eventHooks/who1"}
    return json.dumps({**body, "data": {"events": list(events)}}).encode()


def _drain() -> None:
    try:
        jobs.drain_for(60)
    finally:
        connections.close_all()


def _settings(environ: Mapping[str, str]) -> dict[str, Any]:
    """What a process started with these variables would have as settings."""
    values: dict[str, Any] = dict(environ)
    host, _, port = str(values.pop("EMAIL_URL")).removeprefix("smtp://").partition(":")
    return {
        **values,
        "OKTA_ALLOW_HTTP": True,
        "EMAIL_HOST": host,
        "EMAIL_PORT": int(port),
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    }
