"""Held runs as the pages see them, made without a worker."""

from typing import Any

from django.test import Client

from portal.models import User
from portal.roles import Role
from provisioning.approvals import requests
from provisioning.approvals.models import Approval
from provisioning.rules.models import Rule
from provisioning.runs import asking, contents
from provisioning.runs.loading import load
from provisioning.runs.models import Run
from tests.provisioning.approvals.asking import person
from tests.support.factories import (
    client_of,
    make_event,
    make_person,
    make_profile,
    make_rule,
    make_user,
)
from tests.support.run_factories import make_run

CAREFUL = """\
name: {name}
kind: event
title: {title}
on: [user.lifecycle.create]
approval: {approval}
do:
  - id: folder
    action: aws.s3.create_folder
    with: {{bucket: team-folders, key: "marketing-{{{{ user.profile.firstName }}}}/"}}
  - id: mail
    action: email.send
    with:
      to: "{{{{ user.profile.email }}}}"
      subject: "Your folder, {{{{ user.profile.lastName }}}}"
      body: "It is {{{{ steps.folder.output.url }}}}."
"""


def careful(name: str = "careful", *, approval: str = "required") -> Rule:
    text = CAREFUL.format(name=name, title="A folder with care", approval=approval)
    return make_rule(text=text)


def asked(
    rule: Rule | None = None, *, login: str = "jane.doe@acme.example", last_name: str = "Doe"
) -> Approval:
    """One held run of a person, and the request about it as a worker would make it."""
    who = make_person(login)
    event = make_event(who)
    make_profile(event, {"lastName": last_name})
    run = make_run(
        rule or careful(), event, states=("waiting", "waiting"), state=Run.State.HELD,
        finished_at=None, started_at=None, requester="Okta, user.lifecycle.create",
        requester_identity=f"event:{event.code}",
    )  # fmt: skip
    return ask_for(run)


def ask_for(run: Run) -> Approval:
    [work] = load([run.pk])
    looks = {"folder": {"read": True, "done": False, "state": {"exists": False}}}
    content = contents.content_of(work, looks)
    what = asking._what(work, content, reason="", demand=asking._demand(work))
    approval = requests.ask(what, actor=person("worker"))
    Run.objects.filter(pk=run.pk).update(asked_at=approval.created_at)
    return approval


def approver(username: str = "") -> tuple[User, Client]:
    user = make_user(Role.APPROVER, username)
    return user, client_of(user)


def sent(approval: Approval, verdict: str = "approve", **fields: Any) -> dict[str, Any]:
    return {"verdict": verdict, "digest": approval.digest, "reason": "", **fields}


def path(approval: Approval, act: str = "") -> str:
    return f"/approvals/{approval.code}/{act}"


def state(approval: Approval) -> tuple[str, str, int]:
    """Of the approval and of its run, and how many decided."""
    approval.refresh_from_db()
    run = Run.objects.get(code=approval.object_code)
    return approval.state, run.state, approval.decisions.count()
