"""The first steps of a new installation, read from what is really there."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from portal.overview.connections import okta_is_set
from portal.overview.links import link_to
from portal.overview.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Task:
    """`command` is what to type or to set where the step is still open."""

    done: bool
    title: str
    text: str
    command: str = ""
    link: str = ""
    url: str = ""


def checklist(facts: Snapshot) -> Sequence[Task]:
    return [_secret(), _hook(facts), _okta(facts), _rule(facts)]


def _secret() -> Task:
    title = "Choose the secret of the event hook"
    if settings.OKTA_HOOK_SECRETS:
        return Task(True, title, "It is set.")
    text = "Okta sends it with every call; without it every call is refused. In the environment:"
    return Task(False, title, text, "OKTA_HOOK_SECRETS=main:<a long random text>")


def _hook(facts: Snapshot) -> Task:
    title = "Register the event hook in Okta and verify it"
    if facts.verified_at:
        return Task(True, title, "Okta's challenge was answered.")
    text = (
        "In Okta, under Workflow, Event Hooks: this URL, the header Authorization with the secret."
    )
    calls = link_to("delivery-list")
    return Task(False, title, text, f"{settings.BASE_URL}/hooks/okta", "Calls so far", calls)


def _okta(facts: Snapshot) -> Task:
    title = "Let Sluice read people and groups in Okta"
    if facts.last_profile_at:
        return Task(True, title, "A profile was read.")
    if okta_is_set():
        return Task(True, title, "Address and credentials are set; the first event will use them.")
    text = "Rules that look at a person's profile need it. It only reads. In the environment:"
    return Task(False, title, text, "OKTA_ORG_URL=https://… OKTA_API_TOKEN=…")


def _rule(facts: Snapshot) -> Task:
    title = "Add the first rule"
    if facts.has_rule:
        return Task(True, title, "There is one.", link="Rules", url=link_to("rule-list"))
    text = "Write one in the portal, or load one of the two in examples/rules."
    load = "manage.py rules apply examples/rules/offboarding-alert.yaml"
    return Task(False, title, text, load, "Rules", link_to("rule-list"))
