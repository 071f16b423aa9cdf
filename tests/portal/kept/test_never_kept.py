"""What may hold a secret, or did not come from a page of ours, is never kept."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from portal.kept.addresses import BUTTON, KEPT, NOT_KEPT
from portal.models import KeptForm, User
from portal.roles import POLICIES
from tests.portal.accounts.support import person, signed_in
from tests.portal.kept.support import POLICY, age_of_session, late
from tests.portal.test_access import address, patterns

pytestmark = pytest.mark.django_db

PATHS = {str(pattern.name): address(pattern) for pattern in patterns()}


def test_of_every_address_that_takes_a_form_it_is_said_whether_it_is_kept() -> None:
    taking = {name for name, methods in POLICIES.items() if "POST" in methods}
    assert taking == KEPT.keys() | NOT_KEPT.keys()
    assert not KEPT.keys() & NOT_KEPT.keys()
    assert all([*KEPT.values(), *NOT_KEPT.values()])


def test_nothing_of_signing_in_accounts_and_tokens_may_be_kept() -> None:
    secret = {name for name, path in PATHS.items()
              if path.startswith(("/sign-in/", "/sign-out/", "/account/", "/tokens/"))}  # fmt: skip
    assert not secret & KEPT.keys()
    assert not {name for name in secret if NOT_KEPT.get(name) == BUTTON} - {"sign-out"}


def test_every_address_does_as_it_is_said() -> None:
    user, kept = person(), set()
    for name in KEPT.keys() | NOT_KEPT.keys():
        late(signed_in(user), PATHS[name], {"note": "n", "password": "p", "code": "1", "name": "x"})
        gone, _ = KeptForm.objects.all().delete()
        kept |= {name} if gone else set()
    assert kept == KEPT.keys()


def _sent(client: Client, sent: object = None, **headers: str) -> bool:
    """With Django's check of the token, which its test client leaves out."""
    age_of_session(client)
    answer = client.post("/policy/", POLICY if sent is None else sent, headers=headers)
    assert answer["Location"].startswith("/sign-in/")
    return KeptForm.objects.exists()


def _browser() -> tuple[Client, str]:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person())
    client.get("/policy/")
    return client, client.cookies["csrf"].value


def test_a_form_with_its_token_is_kept_without_the_token() -> None:
    client, token = _browser()
    assert _sent(client, {**POLICY, "csrfmiddlewaretoken": token})
    page = client.get("/sign-in/").content.decode()
    assert "is kept" in page


def test_a_form_without_or_with_another_token_is_not() -> None:
    client, token = _browser()
    assert not _sent(client)
    assert not _sent(client, {**POLICY, "csrfmiddlewaretoken": token[::-1]})
    assert "is kept" not in client.get("/sign-in/").content.decode()


def test_a_form_of_another_site_is_not() -> None:
    client, token = _browser()
    form = {**POLICY, "csrfmiddlewaretoken": token}
    assert not _sent(client, form, origin="https://evil.test")


def test_up_to_256_kb_are_kept_and_no_more() -> None:
    client = signed_in(person())
    late(client, sent={"reason": "x" * 257 * 1024})
    assert not KeptForm.objects.exists()
    late(client, sent={"reason": "x" * 255 * 1024})
    assert KeptForm.objects.exists()


def test_what_django_itself_would_refuse_to_read_is_answered_as_ever() -> None:
    client = signed_in(person())
    assert late(client, sent={"reason": "x" * 3 * 1024 * 1024}).status_code == 302
    many = {f"field-{number}": "" for number in range(1_100)}
    assert late(client, sent=many).status_code == 302
    broken = client.post("/policy/", b"\x00", content_type="multipart/form-data; boundary=")
    assert broken.status_code == 302
    odd = "application/x-www-form-urlencoded; charset=utf-16"
    assert client.post("/policy/", b"a=b", content_type=odd).status_code == 302
    assert not KeptForm.objects.exists()


def test_a_form_without_fields_is_not() -> None:
    late(signed_in(person()), sent={"csrfmiddlewaretoken": "x"})
    assert not KeptForm.objects.exists()


def test_of_a_file_only_its_name_is_kept_and_it_is_asked_for_again() -> None:
    user = person()
    client = signed_in(user)
    file = SimpleUploadedFile("teams.csv", b"key,value\nmarked,content\n")
    late(client, "/lookups/new/", {"name": "team_buckets", "reason": "More.", "file": file})
    client.force_login(user)
    page = client.get("/sign-in/", follow=True).content.decode()
    assert '<input class="form-control" type="file" id="file-1" name="file"' in page
    assert "It was teams.csv. Files are not kept." in page
    assert 'enctype="multipart/form-data"' in page
    assert "marked" not in page


def test_whoever_was_signed_in_is_told_by_the_session_alone() -> None:
    user = person()
    client = Client()
    client.cookies["session"] = "x" * 32
    late(client, sent={**POLICY, "user": str(User.objects.get(pk=user.pk).pk)})
    assert not KeptForm.objects.exists()
