"""`rules apply` keeps the policy: what needs a second person is asked for, and nothing slips by."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from audit.models import Entry
from audit.trail import Actor
from portal.rule_files import read
from provisioning.approvals.models import Approval
from provisioning.rules import drafts, publishing, versions
from provisioning.rules.models import Draft, Rule, RuleVersion
from tests.portal.commands.test_rules import write
from tests.support.factories import COMMAND, make_rule

pytestmark = pytest.mark.django_db
TOM = Actor("user", "U-TOM", "tom", "198.51.100.7")


def rules(*arguments: object, code: int = 0) -> str:
    said = io.StringIO()
    if code:
        with pytest.raises(SystemExit) as left:
            call_command("rules", *map(str, arguments), stdout=said)
        assert left.value.code == code
    else:
        call_command("rules", *map(str, arguments), stdout=said)
    return said.getvalue()


def approve(approval: Approval) -> None:
    publishing.decide(approval, verdict="approve", digest=approval.digest, reason="",
                      roles=["approver"], actor=TOM)  # fmt: skip


def test_apply_asks_for_approval_says_so_and_leaves_with_3(tmp_path: Path) -> None:
    said = rules("apply", write(tmp_path), code=3)
    approval = Approval.objects.get()
    assert said == (
        f"create   alert as v1, asked for: {approval.code}\n"
        "0 of 1 rules changed.\n"
        "1 waiting for approval by somebody else; see Approvals.\n"
    )
    assert not Rule.objects.exists()
    approve(approval)
    assert RuleVersion.objects.get().author_identity == approval.requester_identity
    assert "0 of 1 rules changed." in rules("apply", tmp_path)


def test_plan_says_what_would_wait_and_asks_for_nothing(tmp_path: Path) -> None:
    said = rules("plan", write(tmp_path))
    assert said == "create   alert as v1, after approval\n1 of 1 rules would change.\n"
    assert (Draft.objects.count(), Approval.objects.count(), Entry.objects.count()) == (0, 0, 0)


def test_applying_the_same_again_asks_once(tmp_path: Path) -> None:
    path = write(tmp_path)
    assert rules("apply", path, code=3) == rules("apply", path, code=3)
    assert (Draft.objects.count(), Approval.objects.count()) == (1, 1)


def test_applying_something_else_meanwhile_asks_anew(tmp_path: Path) -> None:
    rules("apply", write(tmp_path), code=3)
    rules("apply", write(tmp_path, subject="Goodbye"), code=3)
    states = list(Approval.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["void", "open"]


def test_what_somebody_is_writing_in_the_portal_is_not_written_over(tmp_path: Path) -> None:
    versions.apply(read(write(tmp_path)), actor=COMMAND)
    drafts.start(Rule.objects.get(), actor=TOM)
    with pytest.raises(CommandError, match=r"tom has a draft of alert .* Nothing was changed"):
        rules("apply", write(tmp_path, subject="Goodbye"))
    assert not Approval.objects.exists()


def test_a_rule_is_turned_off_at_once_and_turned_on_by_approval(tmp_path: Path) -> None:
    path = write(tmp_path)
    versions.apply(read(path), actor=COMMAND)
    versions.switch("alert", on=False, actor=COMMAND)
    assert "turn on  alert, asked for: " in rules("apply", path, code=3)
    assert not Rule.objects.get().enabled
    approve(Approval.objects.get())
    assert Rule.objects.get().enabled


def test_a_reviewed_delivery_publishes_and_the_trail_names_the_review(
    tmp_path: Path, settings: Any
) -> None:
    settings.RULES_PUBLISHER = "rules-pipeline"
    review = ("--reviewed-by", "ole", "--review-url", "https://git.acme.example/rules/7")
    assert "1 of 1 rules changed." in rules("apply", write(tmp_path), *review)
    entry = Entry.objects.get(verb="rule.created")
    assert (entry.actor_kind, entry.actor_id) == ("publisher", "rules-pipeline")
    assert entry.data["reviewed_by"] == "ole"
    assert entry.data["review"] == "https://git.acme.example/rules/7"
    assert RuleVersion.objects.get().author_identity == "publisher:rules-pipeline"


@pytest.mark.parametrize(
    ("publisher", "arguments", "says"),
    [
        ("", ("--reviewed-by", "ole", "--review-url", "https://x.example/1"), "is not set"),
        ("pipeline", ("--reviewed-by", "ole"), "Give both"),
        ("pipeline", ("--review-url", "https://x.example/1"), "Give both"),
        ("pipeline", ("--reviewed-by", "ole", "--review-url", "javascript:x"), "Give both"),
    ],
)
def test_a_review_that_cannot_count_is_refused(
    tmp_path: Path, settings: Any, publisher: str, arguments: Any, says: str
) -> None:
    settings.RULES_PUBLISHER = publisher
    with pytest.raises(CommandError, match=says):
        rules("apply", write(tmp_path), *arguments)
    assert not Rule.objects.exists()


def test_machines_read_plan_apply_and_export(tmp_path: Path) -> None:
    path = write(tmp_path)
    planned = json.loads(rules("plan", path, "--json"))
    assert (planned["changed"], planned["waiting"]) == (1, 1)
    asked = json.loads(rules("apply", path, "--json", code=3))
    approval = Approval.objects.get()
    assert asked["rules"] == [
        {"name": "alert", "action": "create", "version": 1, "risk": "low", "waits": True,
         "digest": approval.content["digest"], "approval": approval.code, "notes": []}
    ]  # fmt: skip
    assert (asked["changed"], asked["waiting"]) == (0, 1)
    make_rule("folder")
    (exported,) = json.loads(rules("export", "--json"))["rules"]
    assert (exported["name"], exported["version"], exported["enabled"]) == ("folder", 1, True)


def test_machines_read_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("name: bad\nkind: [")
    said = json.loads(rules("apply", tmp_path, "--json", code=1))
    assert said["problems"][0]["line"] == 2
