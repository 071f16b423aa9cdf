"""Names, values, their number and their order survive exactly, hostile ones too."""

import logging
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.test import Client

from audit.models import Entry
from portal.kept.showing import label_of
from portal.roles import Role
from tests.portal.accounts.support import person, signed_in
from tests.portal.kept.support import WORDS, action_on, come_back, hidden_on, late, of
from tests.support.factories import HOSTILE

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
PAIRS = [
    ("run", "B"), ("run", "A"), ("run", "B"), ("", "nameless"), ("which", ""),
    ("umlaut", "Ünïcödé 🦆"), ("s.1.w.body.text", "One\r\ntwo\r\n\r\n  three  "),
    ("a\"b", "'\"&<>`="),
    ("csrfmiddlewaretoken", "never"),
]  # fmt: skip


def shown(client: Client, path: str, body: str) -> str:
    late(client, path, body, content_type=FORM)
    return client.get(come_back(client)).content.decode()


def test_every_value_in_its_order() -> None:
    user = person(role=Role.OPERATOR)
    client = signed_in(user)
    path = "/runs/replay/?since=24h&q=a%26b"
    page = shown(client, path, urlencode(PAIRS))
    asked = QueryDict(urlencode(PAIRS), mutable=True)
    del asked["csrfmiddlewaretoken"]
    assert action_on(page) == path
    found = hidden_on(page)
    again = QueryDict(urlencode(found))
    assert list(again.lists()) == list(asked.lists())
    assert of(user).sent.fields == list(asked.lists())


def test_hostile_text_is_shown_as_text() -> None:
    client = signed_in(person())
    fields = [("reason", HOSTILE), (HOSTILE, "x"), ("long", f"</textarea>{HOSTILE}" * 9)]
    page = shown(client, f"/policy/?{urlencode({'q': HOSTILE})}", urlencode(fields))
    assert "<img" not in page
    assert page.count("</textarea>") == 1
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_what_is_long_stands_in_a_box_that_cannot_be_changed() -> None:
    page = shown(signed_in(person()), "/policy/", urlencode({"reason": "\nOne\nTwo"}))
    box = page[page.index("<textarea") : page.index("</textarea>")]
    assert "readonly" in box
    assert box.endswith(">\n\nOne\nTwo")


def test_no_word_of_it_gets_into_logs_the_trail_or_addresses(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    user = person()
    client = signed_in(user)
    with caplog.at_level(logging.DEBUG):
        answer = late(client)
        path = come_back(client)
        page = client.get(path)
        late(signed_in(user))
        client.post(f"/kept/{of(user).code}/discard/")
    assert WORDS in page.content.decode()
    out, err = capfd.readouterr()
    said = [record.getMessage() for record in caplog.records if record.name != "django.db.backends"]
    entries = [str(row) for row in Entry.objects.with_personal().values()]
    for text in (answer["Location"], path, out, err, *said, *entries):
        assert "Freyja" not in text


def test_the_page_is_under_the_policy_and_kept_by_nobody() -> None:
    client = signed_in(person())
    late(client)
    answer = client.get(come_back(client))
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("four_eyes", "Four eyes"), ("op", "Button"), ("on.2", "Event type 2"),
        ("c.1.2.value", "Condition 1.2: value"), ("s.1.w.to.texts", "Step 1: to texts"),
        ("s.2.action", "Step 2: action"), ("x[]", "x[]"), ("", ""),
    ],
)  # fmt: skip
def test_fields_have_names_for_people(name: str, label: str) -> None:
    assert label_of(name) == label
