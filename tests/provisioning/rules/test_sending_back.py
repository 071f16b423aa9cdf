"""Who may approve a change may send it back to its author instead, saying what has to change."""

import pytest
from django.db import IntegrityError, transaction

from audit.models import Entry
from provisioning.approvals.models import Approval, Decision
from provisioning.approvals.requests import CannotDecide
from provisioning.clocks import database_now
from provisioning.notices.models import Notice
from provisioning.rules import lookups, publishing, switching, versions
from provisioning.rules.models import RuleVersion
from tests.provisioning.approvals.asking import approve, asked
from tests.provisioning.rules.test_lookups import proposed
from tests.provisioning.rules.test_publishing import MAYA, OLE, TOM, decide, edited
from tests.support.factories import COMMAND, make_rule

pytestmark = pytest.mark.django_db
WHY = "Leave contractors out."


def test_a_change_that_is_sent_back_is_a_draft_again_and_its_author_is_told() -> None:
    draft = edited(make_rule("folder"))
    approval = publishing.ask(draft, reason="", actor=MAYA)

    sent_back = decide(approval, verdict="changes", reason=f" {WHY} ")

    assert (sent_back.state, sent_back.ended_because) == ("changes", WHY)
    draft.refresh_from_db()
    assert draft.state == draft.State.OPEN
    assert RuleVersion.objects.count() == 1
    entry = Entry.objects.get(verb="approval.changes_asked")
    assert (entry.object_id, entry.data["reason"]) == (approval.code, WHY)
    notice = Notice.objects.get()
    assert notice.text == f"tom asks maya to change this: {WHY}"
    assert notice.path == f"/approvals/{approval.code}/"


def test_asking_anew_is_another_request_that_somebody_has_to_approve() -> None:
    draft = edited(make_rule("folder"))
    first = decide(publishing.ask(draft, reason="", actor=MAYA), verdict="changes", reason=WHY)

    with pytest.raises(CannotDecide, match="sent back already"):
        decide(first)
    again = publishing.ask(draft, reason="", actor=MAYA)

    assert again.pk != first.pk
    assert decide(again).state == Approval.State.APPROVED


def test_it_needs_a_reason() -> None:
    approval = publishing.ask(edited(make_rule("folder")), reason="", actor=MAYA)

    with pytest.raises(CannotDecide, match="Say what has to change"):
        decide(approval, verdict="changes", reason="  ")


def test_nobody_sends_back_their_own() -> None:
    """S26."""
    approval = publishing.ask(edited(make_rule("folder")), reason="", actor=OLE)

    for who in (MAYA, OLE):
        with pytest.raises(CannotDecide):
            decide(approval, who, verdict="changes", reason=WHY)


def test_a_change_of_a_lookup_table_is_sent_back_the_same_way() -> None:
    approval = proposed({"a": "b"})

    done = lookups.decide(approval, verdict="changes", digest=approval.digest, reason=WHY,
                          roles=["approver"], actor=TOM).approval  # fmt: skip

    assert done.state == Approval.State.CHANGES
    assert lookups.current("team_buckets") is None
    assert Notice.objects.get().subject.startswith("Changes asked for: Version 1 of the table")
    assert proposed({"a": "c"}).state == Approval.State.OPEN


def test_turning_on_and_what_no_author_can_change_are_not_sent_back() -> None:
    make_rule("folder")
    versions.switch("folder", on=False, actor=COMMAND)
    turning_on = switching.switch_on("folder", reason="", actor=MAYA)
    assert turning_on is not None

    with pytest.raises(CannotDecide, match="Approve or reject it"):
        decide(turning_on, verdict="changes", reason=WHY)
    with pytest.raises(CannotDecide, match="Approve or reject it"):
        approve(asked(), verdict="changes", reason=WHY)
    assert not Decision.objects.exists()


def _insert(approval: Approval, reason: str, identity: str = "okta:tom") -> Decision:
    with transaction.atomic():
        return Decision.objects.create(
            approval=approval, decider="x", decider_identity=identity, verdict="changes",
            reason=reason, digest=approval.digest, created_at=database_now(),
        )  # fmt: skip


def test_the_database_refuses_it_where_the_service_would() -> None:
    rule = publishing.ask(edited(make_rule("folder")), reason="", actor=MAYA)

    with pytest.raises(IntegrityError, match="asked for or wrote"):
        _insert(rule, WHY, MAYA.identity)
    with pytest.raises(IntegrityError, match="says what has to change"):
        _insert(rule, " ")
    with pytest.raises(IntegrityError, match="nothing of a run can be changed"):
        _insert(asked(), WHY)
    with pytest.raises(IntegrityError, match="nobody has asked for changes"), transaction.atomic():
        Approval.objects.filter(pk=rule.pk).update(state="changes", ended_at=database_now())
