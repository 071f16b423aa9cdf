"""What is wrong with a draft, and what is doubtful, stands where it is."""

from html import unescape

import pytest
from django.test import Client

from provisioning.rules.models import Rule
from tests.portal.pages.rules.builder.support import draft_of, post
from tests.support.factories import (
    HOSTILE,
    make_event,
    make_person,
    make_profile,
)
from tests.support.list_checks import html_of

pytestmark = pytest.mark.django_db


def test_conditions_that_exclude_each_other_are_told(client: Client, rule: Rule) -> None:
    response = post(client, "save", {"c.1.2.kind": "all", "c.1.2.2.field": "user.profile.country",
                                     "c.1.2.2.op": "equals", "c.1.2.2.value": "DK"})  # fmt: skip

    html = unescape(html_of(client, response.headers["Location"]))
    assert (
        "“Country is one of SE, NO” (when.all[1].all[0]) and “Country is DK” (when.all[1].all[1]) "
        "never hold together."
    ) in html
    assert "This rule can never match" in html


def test_a_field_that_nothing_has_is_doubted(client: Client, rule: Rule) -> None:
    make_profile(make_event(make_person()))
    response = post(client, "save", {"c.1.1.field": "user.profile.departmnt"})

    html = unescape(html_of(client, response.headers["Location"]))
    assert "No profile read so far has departmnt." in html
    assert "Did you mean `department`?" in html


def test_limits_of_aws_are_told_before_anything_runs(client: Client, rule: Rule) -> None:
    response = post(client, "save", {"s.1.w.key.text": "a/", "s.1.w.bucket.text": "Not_A_Bucket!"})

    assert draft_of().problems
    html = html_of(client, response.headers["Location"])
    assert 'class="notice tone-bad"' in html
    assert "bucket" in html


def test_hostile_text_is_only_text(client: Client, rule: Rule) -> None:
    response = post(client, "save", {"title": HOSTILE, "c.1.1.value": HOSTILE, "on.1": HOSTILE})

    html = html_of(client, response.headers["Location"])
    assert HOSTILE not in html
    assert HOSTILE in unescape(html)


def test_a_part_of_at_least_one_that_can_never_hold_is_told(client: Client, rule: Rule) -> None:
    response = post(client, "save", {"c.1.2.2.field": "user.profile.department",
                                     "c.1.2.2.op": "equals", "c.1.2.2.value": "Sales"})  # fmt: skip

    html = unescape(html_of(client, response.headers["Location"]))
    note = html[html.index("This part of “at least one of these” can never hold") :]
    assert note.startswith(
        "This part of “at least one of these” can never hold: “Department is Marketing” "
        "(when.all[0]) and “Department is Sales” (when.all[1].any[1]) never hold together."
    )
    assert "This rule can never match" not in html
