"""Lookup tables in the portal: files in and out, and somebody else who agrees."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from portal.roles import Role
from provisioning.approvals.models import Approval, Policy
from provisioning.rules import lookups
from provisioning.rules.lookup_models import LookupTable, LookupVersion
from tests.support.factories import HOSTILE, client_of, make_user
from tests.support.list_checks import html_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return client_of(make_user(Role.OPERATOR, "maya"))


@pytest.fixture
def tom() -> Client:
    return client_of(make_user(Role.APPROVER, "tom"))


def upload(client: Client, text: str, path: str = "/lookups/new/", **values: str) -> str:
    file = SimpleUploadedFile("t.csv", text.encode(), content_type="text/csv")
    sent = {"file": file, "reason": "", **values}
    return client.post(path, sent, follow=True).content.decode()


@pytest.fixture
def table(client: Client) -> LookupTable:
    policy = Policy.objects.create(four_eyes=False)
    upload(client, f"key,value\nSales,sales-files\nDesign,{HOSTILE}\n", name="buckets")
    policy.delete()
    return LookupTable.objects.get()


def test_a_file_is_asked_for_and_approved_on_its_page(client: Client, tom: Client) -> None:
    assert "Asked for." in upload(client, "key,value\nSales,=sum\n", name="buckets")
    approval = Approval.objects.get()
    html = html_of(tom, f"/approvals/{approval.code}/")
    assert "Entries that change" in html
    sent = {"verdict": "approve", "digest": approval.digest, "reason": ""}
    tom.post(f"/approvals/{approval.code}/decide/", sent)
    version = lookups.current("buckets")
    assert version is not None
    assert version.entries == {"Sales": "=sum"}


def test_the_page_shows_entries_as_text_and_versions_with_what_they_changed(
    client: Client, table: LookupTable
) -> None:
    html = html_of(client, "/lookups/buckets/")
    assert HOSTILE not in html
    assert "sales-files" in html
    assert "buckets" in html_of(client, "/lookups/")
    assert "sales-files" in html_of(client, "/lookups/buckets/versions/1/")
    assert client.get("/lookups/buckets/versions/9/").status_code == 404


def test_what_is_exported_is_imported_without_a_change(client: Client, table: LookupTable) -> None:
    answer = client.get("/lookups/buckets/export/")
    assert 'filename="buckets-v1.csv"' in answer["Content-Disposition"]
    seen = LookupVersion.objects.get().digest
    html = upload(client, answer.content.decode(), "/lookups/buckets/", seen=seen)
    assert "Nothing would change" in html


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        ("key;value\n", "buckets", "Line 1: the columns are"),
        ("key,value\na,b\n", "A B", "cannot be a table&#x27;s name"),
        ("key,value\na,b\n", "new", "cannot be a table&#x27;s name"),
        ("key,value\n", "buckets", "The table has no entries."),
    ],
)
def test_a_file_that_cannot_be_used_says_why(
    client: Client, text: str, name: str, says: str
) -> None:
    assert says in upload(client, text, name=name)
    assert not LookupTable.objects.exists()
    assert not Approval.objects.exists()


def test_what_was_published_since_the_page_was_opened_is_not_written_over(
    client: Client, table: LookupTable
) -> None:
    html = upload(client, "key,value\na,b\n", "/lookups/buckets/", seen="0" * 64)
    assert "Another version came out after you opened the table" in html


def test_others_read_and_change_nothing(client: Client, table: LookupTable) -> None:
    other = client_of(make_user(Role.AUDITOR))
    assert "Import CSV" not in html_of(other, "/lookups/buckets/")
    assert other.get("/lookups/buckets/export/").status_code == 200
    assert other.post("/lookups/buckets/", {}).status_code == 403
    assert other.post("/lookups/new/", {}).status_code == 403


def test_a_new_table_has_a_page_from_the_moment_it_is_asked_for(
    client: Client, tom: Client
) -> None:
    upload(client, "key,value\nSales,sales-files\n", name="buckets")
    html = html_of(client, "/lookups/buckets/")
    assert "It waits for somebody else to approve it" in html
    assert "sales-files" in html
    assert "/lookups/buckets/" in html_of(client, "/lookups/")


def test_its_author_finds_a_new_table_that_was_sent_back_and_asks_again(
    client: Client, tom: Client
) -> None:
    upload(client, "key,value\nSales,sales-files\n", name="buckets")
    approval = Approval.objects.get()
    sent = {"verdict": "changes", "digest": approval.digest, "reason": f"Name teams {HOSTILE}"}
    tom.post(f"/approvals/{approval.code}/decide/", sent)
    html = html_of(client, "/lookups/buckets/")
    assert "tom asked for changes" in html
    assert HOSTILE not in html
    assert "Sent back" in html_of(client, "/lookups/")
    assert "Asked for." in upload(client, "key,value\nSales,other\n", "/lookups/buckets/")
    again = Approval.objects.open().get()
    sent = {"verdict": "approve", "digest": again.digest, "reason": ""}
    tom.post(f"/approvals/{again.code}/decide/", sent)
    assert "Import CSV" in html_of(client, "/lookups/buckets/")
    assert "Asked for" not in html_of(client, "/lookups/")


def test_a_table_that_was_refused_or_never_asked_for_has_no_page(
    client: Client, tom: Client
) -> None:
    upload(client, "key,value\nSales,sales-files\n", name="buckets")
    approval = Approval.objects.get()
    sent = {"verdict": "reject", "digest": approval.digest, "reason": "no"}
    tom.post(f"/approvals/{approval.code}/decide/", sent)
    for name in ("buckets", "nothing"):
        assert client.get(f"/lookups/{name}/").status_code == 404
