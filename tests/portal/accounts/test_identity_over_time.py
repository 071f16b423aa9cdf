"""Who began with a local account is the same person after they first signed in with Okta (S29)."""

import pytest

from portal.accounts import reviews
from portal.identity import identity_of
from portal.models import User
from portal.roles import Role
from portal.users import changes
from provisioning.approvals import requests
from provisioning.approvals.models import Approval
from tests.portal.accounts.support import person, signed_in
from tests.support.factories import COMMAND

pytestmark = pytest.mark.django_db


def as_local() -> User:
    return person("maya", Role.OPERATOR, "Maya@acme.example")


def as_okta() -> User:
    return person("maya@acme.example", Role.APPROVER, "maya@acme.example", "00u1")


def asked_by(requester: str, author: str = "") -> Approval:
    about = person("somebody-else", None)
    standing = changes.standing_of(about).plain()
    what = requests.Ask(
        kind="role",
        object_kind="user",
        object_code=about.code,
        title="Let them sign in",
        content={
            "account": {"code": about.code, "name": about.username},
            "before": standing,
            "after": standing,
        },
        risk=Approval.Risk.HIGH,
        author_identity=author,
        requester=requester,
        requester_identity=requester,
    )
    return requests.ask(what, actor=COMMAND)


@pytest.mark.parametrize("wrote", [False, True])
def test_nobody_decides_with_an_account_that_came_later(wrote: bool) -> None:
    before = identity_of(as_local())
    approval = asked_by("00u-other", before) if wrote else asked_by(before)
    later = as_okta()
    assert identity_of(later) != before
    client = signed_in(later)
    address = f"/approvals/{approval.code}/"
    shown = client.get(address).content.decode()
    assert "another approver must decide" in shown
    said = {"verdict": "reject", "digest": approval.digest, "reason": "No."}
    answer = client.post(f"{address}decide/", said)
    assert answer.status_code == 409
    approval.refresh_from_db()
    assert approval.state == Approval.State.OPEN


def test_nobody_looks_into_their_own_emergency_with_an_account_that_came_later() -> None:
    local = as_local()
    review = reviews.ask(local, actor=COMMAND)
    assert "Somebody else" in reviews.why_not(review, as_okta())
    assert reviews.why_not(review, person("noor", Role.ADMIN, "noor@acme.example")) == ""
