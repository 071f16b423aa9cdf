"""The scenario of a rule that wants somebody to agree before anything is called."""

from portal.demo import checks
from portal.demo.environment import AUTHOR
from portal.demo.stage import Seen, Stage
from provisioning.approvals.models import Approval
from provisioning.runs.models import Run
from sandbox.web import Json

RULE = "legal-s3-folder"
SOURCE = f"""\
name: {RULE}
kind: event
title: A folder for people in Legal
on: [user.account.update_profile]
when: {{field: user.profile.department, op: equals, value: Legal}}
approval: required
do:
  - id: folder
    action: aws.s3.create_folder
    with: {{bucket: {checks.BUCKET}, key: "legal-{{{{ user.profile.lastName }}}}/"}}
"""


def held_run(stage: Stage) -> None:
    """Two people move to Legal: one's folder is approved by somebody else, the other's refused."""
    # Written by one of those who may decide, so that their own word does not count.
    stage.write_rule(SOURCE, stage.person(AUTHOR))
    nadia = stage.hire("Nadia", "Karim", "Sales")
    stage.sandbox.update_user(nadia["id"], department="Legal")
    stage.expect("her move to Legal makes one run, and it is held",
                 lambda: checks.states(stage.runs(nadia, RULE), [Run.State.HELD]))  # fmt: skip
    stage.expect("somebody is asked, with what would be called", lambda: _asked(stage, nadia))
    stage.expect("no folder is made", lambda: _folder(stage, nadia, made=False), timeout=0)
    approval = _open(stage, nadia)
    stage.expect("who wrote the rule cannot approve it", lambda: _own(stage, approval), timeout=0)
    stage.decide(approval, "approve", "She starts on Monday.")
    stage.expect("approved by somebody else, it succeeds",
                 lambda: checks.states(stage.runs(nadia, RULE), [Run.State.SUCCEEDED]))  # fmt: skip
    stage.expect("her folder is in the bucket", lambda: _folder(stage, nadia, made=True))

    oscar = stage.hire("Oscar", "Lund", "Sales")
    stage.sandbox.update_user(oscar["id"], department="Legal")
    stage.expect("a second one is held too", lambda: _asked(stage, oscar))
    stage.decide(_open(stage, oscar), "reject", "He stays in Sales.")
    stage.expect("rejected, it ends",
                 lambda: checks.states(stage.runs(oscar, RULE), [Run.State.REJECTED]))  # fmt: skip
    stage.expect("nothing was called for it", lambda: _never_called(stage, oscar), timeout=0)


def _open(stage: Stage, user: Json) -> Approval:
    [run] = stage.runs(user, RULE)
    return Approval.objects.open().about("run", run.code).get()


def _asked(stage: Stage, user: Json) -> Seen:
    codes = [run.code for run in stage.runs(user, RULE)]
    found = Approval.objects.open().filter(object_code__in=codes).first()
    if found is None:
        return Seen(False, "no request yet")
    step = found.content["steps"][0]
    return Seen(step["parameters"]["key"] == _key(user), f"{found.title}: {step['says']}")


def _own(stage: Stage, approval: Approval) -> Seen:
    page = stage.portal(AUTHOR).read(f"/approvals/{approval.code}/")
    said = "You wrote this rule; another approver must decide."
    holds = said in page and 'name="verdict"' not in page
    return Seen(holds, said if holds else "the page lets them")


def _key(user: Json) -> str:
    return f"legal-{user['profile']['lastName']}/"


def _folder(stage: Stage, user: Json, *, made: bool) -> Seen:
    keys = [found["key"] for found in stage.sandbox.list_objects().get(checks.BUCKET, [])]
    there = _key(user) in keys
    return Seen(there is made, f"{_key(user)} {'is' if there else 'is not'} among {len(keys)}")


def _never_called(stage: Stage, user: Json) -> Seen:
    [run] = stage.runs(user, RULE)
    folder = _folder(stage, user, made=False)
    return Seen(folder.holds and run.attempts == 0, f"{run.attempts} attempts, {folder.text}")
