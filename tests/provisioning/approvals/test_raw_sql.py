"""What the application's database role cannot do to approvals, whatever SQL it writes."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from provisioning.approvals.models import Approval, Decision
from tests.provisioning.approvals.asking import approve, asked

pytestmark = pytest.mark.django_db


def refused(sql: str, *values: Any) -> str:
    """The database's words; fails if the statement went through."""
    with (
        pytest.raises(IntegrityError) as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, values)
    return str(caught.value)


def insert_decision(approval: Approval, identity: str, digest: str = "") -> str:
    return refused(
        "INSERT INTO provisioning_decision (code, approval_id, decider, decider_identity, verdict,"
        " reason, digest, created_at) VALUES ('X', %s, 'x', %s, 'approve', '', %s, now())",
        approval.pk, identity, digest or approval.digest,
    )  # fmt: skip


def test_a_decision_by_the_requester() -> None:
    """S26."""
    assert "asked for or wrote" in insert_decision(asked("maya"), "okta:maya")


def test_a_decision_by_the_author_of_the_rule_version() -> None:
    """S26."""
    approval = asked("maya", author_identity="okta:ana")
    assert "asked for or wrote" in insert_decision(approval, "okta:ana")


def test_a_decision_about_other_content() -> None:
    """S27."""
    assert "other content" in insert_decision(asked(), "okta:tom", digest="0" * 64)


def test_a_decision_without_a_person() -> None:
    approval = asked("maya", author_identity="okta:ana")
    assert "decision_has_a_decider" in insert_decision(approval, "")


def test_a_state_that_nobody_decided() -> None:
    """S22."""
    approval = asked()
    said = refused(
        "UPDATE provisioning_approval SET state = 'approved', ended_at = now() WHERE id = %s",
        approval.pk,
    )
    assert "0 of 1 people have agreed" in said


def test_a_request_that_begins_approved() -> None:
    approval = asked()
    fields = [f.attname for f in Approval._meta.concrete_fields if not f.primary_key]
    names = ", ".join(fields)
    values = names.replace(" state", " 'approved'").replace("ended_at", "now()")
    values = values.replace("code,", "'OTHER',", 1)
    said = refused(
        f"INSERT INTO provisioning_approval ({names}) SELECT {values} "  # noqa: S608
        "FROM provisioning_approval WHERE id = %s",
        approval.pk,
    )
    assert "begins open" in said


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("requester_identity", "okta:somebody"),
        ("author_identity", "okta:somebody"),
        ("digest", "0" * 64),
        ("content", "{}"),
        ("needed", 2),
        ("roles", "[]"),
    ],
)
def test_another_request_in_the_place_of_the_first(column: str, value: str | int) -> None:
    """S27: nobody decides about what was put there afterwards."""
    approval = asked()
    said = refused(
        f"UPDATE provisioning_approval SET {column} = %s WHERE id = %s",  # noqa: S608
        value, approval.pk,
    )  # fmt: skip
    assert "never changes" in said


def test_an_outcome_that_is_taken_back() -> None:
    approval = approve(asked())
    said = refused("UPDATE provisioning_approval SET state = 'rejected' WHERE id = %s", approval.pk)
    assert "that is final" in said


@pytest.mark.parametrize("sql", ["UPDATE provisioning_decision SET verdict = 'reject'",
                                 "DELETE FROM provisioning_decision"])  # fmt: skip
def test_a_decision_that_is_changed_or_removed(sql: str) -> None:
    approve(asked())
    assert "never changes" in refused(sql)
    assert Decision.objects.get().verdict == "approve"
