"""What a demo's data needs: its first rules, a sign-in, and the hook at the fake Okta."""

import io
import json
import os
import sys
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from audit.trail import Actor
from portal.demo.environment import APPROVER, AUTHOR, USER, first_secret
from portal.models import User
from portal.rule_files import read
from provisioning.rules import versions
from provisioning.rules.models import Rule
from sandbox.client import SandboxClient

RULES = Path("examples/rules")
#: Nobody has to agree to what the demo begins with; the trail names who made it.
SEEDER = Actor("demo", "demo", "demo", "demo")
HOOK = "Sluice"
EVENT_TYPES = [
    "user.lifecycle.create",
    "user.lifecycle.activate",
    "user.lifecycle.suspend",
    "user.lifecycle.unsuspend",
    "user.lifecycle.deactivate",
    "user.account.update_profile",
    "group.user_membership.add",
    "group.user_membership.remove",
]


#: Who signs in to Sluice with Okta, and with which role.
PORTAL_GROUPS = {
    "sluice-admins": "ada.admin@acme.example",
    "sluice-operators": "siobhan.oneill@acme.example",
    "sluice-approvers": "noor.alhashimi@acme.example",
    "sluice-auditors": "grace.whitfield@acme.example",
}


def set_up() -> None:
    """Make what is missing; once more changes nothing but the hook's address."""
    load_rules()
    create_sign_in()
    sandbox = SandboxClient(json.loads(os.environ["SLUICE_DEMO_SANDBOX"])["control_url"])
    create_portal_groups(sandbox)
    register_hook(sandbox)


def create_portal_groups(sandbox: SandboxClient) -> None:
    """A group in the fake Okta for each role, with one person in it. Kept ones stay as they are."""
    known = {group["profile"]["name"] for group in sandbox.list_groups()}
    for name, login in PORTAL_GROUPS.items():
        if name not in known:
            sandbox.create_group(name, "May use Sluice")
            sandbox.add_member(name, login)


def load_rules() -> None:
    """The example rules, at the first start; whoever edits them later is not undone."""
    there = set(Rule.objects.values_list("name", flat=True))
    missing = [one for one in read(RULES) if one.name not in there]
    versions.apply(missing, actor=SEEDER)
    print(f"{len(missing)} rules loaded from {RULES}")  # noqa: T201  # shown by the demo


def create_sign_in() -> None:
    """The account named in the greeting, with the password kept in the data folder, and two people
    with the same one who may decide."""
    for username, role in ((USER, "admin"), (AUTHOR, "approver"), (APPROVER, "approver")):
        if not User.objects.filter(username=username).exists():
            _create(username, role)


def _create(username: str, role: str) -> None:
    typed, sys.stdin = sys.stdin, io.StringIO(os.environ["SLUICE_DEMO_PASSWORD"] + "\n")
    try:
        call_command("create_account", username, role=role, password_stdin=True)
    finally:
        sys.stdin = typed


def register_hook(sandbox: SandboxClient) -> None:
    """One verified hook that leads to this portal, in the place of former ones."""
    url = settings.BASE_URL.replace("//localhost", "//127.0.0.1") + "/hooks/okta"
    for hook in sandbox.list_hooks():
        if hook["name"] == HOOK:
            sandbox.delete_hook(hook["id"])
    secret = first_secret(settings.OKTA_HOOK_SECRETS)
    made = sandbox.register_hook(url, secret, EVENT_TYPES, name=HOOK)
    sandbox.verify_hook(made["id"])
    print(f"The fake Okta has verified the hook {url}")  # noqa: T201  # shown by the demo
