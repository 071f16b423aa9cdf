"""A run that a brake holds names it: on its page, in the list, and as soon as it is pulled."""

import pytest
from django.test import Client

from portal.roles import Role
from provisioning.rules.models import Rule
from provisioning.runs.brake_models import Brake
from provisioning.runs.models import Run
from tests.provisioning.runs.braking import pulled, released
from tests.support.factories import HOSTILE, client_of, make_rule, make_user
from tests.support.list_checks import html_of, queries_of
from tests.support.run_factories import make_run

pytestmark = pytest.mark.django_db
TITLE = "Stopped by the emergency brake"


@pytest.fixture
def client() -> Client:
    return client_of(make_user(Role.OPERATOR))


@pytest.fixture
def rule() -> Rule:
    """Its runs make a folder in S3 and then send a mail."""
    return make_rule("joiner")


@pytest.fixture
def run(rule: Rule) -> Run:
    return make_run(rule, states=("waiting", "waiting"), state=Run.State.PENDING)


def answer_of(client: Client, run: Run) -> str:
    html = html_of(client, f"/runs/{run.code}/")
    return " ".join(html.partition('id="run-answer"')[2].partition("</section>")[0].split())


def test_the_page_says_which_brake_who_pulled_it_why_and_since_when(
    client: Client, run: Run
) -> None:
    brake = pulled("all", reason=f"Bad import {HOSTILE}")
    answer = answer_of(client, run)
    assert TITLE in answer
    assert f"Everything is stopped by Maya since {brake.pulled_at:%Y-%m-%d %H:%M}" in answer
    assert "Bad import &lt;img" in answer
    assert "goes on by itself once it is released" in answer
    assert f'href="/brake/{brake.code}/"' in answer


@pytest.mark.parametrize(
    ("level", "fields", "said"),
    [
        ("rule", {}, "The rule joiner is stopped"),
        ("target", {"target": "aws.s3"}, "aws.s3 is stopped"),
    ],
)
def test_a_narrow_brake_is_named_where_it_covers_the_next_step(
    client: Client, rule: Rule, run: Run, level: str, fields: dict[str, str], said: str
) -> None:
    brake = pulled(level, **({"rule": rule} if level == "rule" else fields))
    assert said in answer_of(client, run)
    html = html_of(client, "/runs/")
    assert f'stopped: <a class="quiet-link" href="/brake/{brake.code}/">{said}</a>' in html


@pytest.mark.parametrize(
    ("level", "fields"), [("destructive", {}), ("target", {"target": "email"})]
)
def test_a_brake_that_does_not_hold_it_is_not_named(
    client: Client, run: Run, level: str, fields: dict[str, str]
) -> None:
    """The mail is its second step: the folder before it may still be made."""
    pulled(level, **fields)
    assert TITLE not in html_of(client, f"/runs/{run.code}/")
    assert "stopped: " not in html_of(client, "/runs/")


def test_a_run_that_has_ended_or_acts_right_now_is_not_stopped(client: Client, rule: Rule) -> None:
    runs = [make_run(rule), make_run(rule, states=("running", "waiting"))]
    pulled("all")
    for run in runs:
        assert TITLE not in html_of(client, f"/runs/{run.code}/")
    assert "stopped: " not in html_of(client, "/runs/")


def test_of_several_brakes_all_are_named(client: Client, run: Run) -> None:
    codes = [pulled("all").code, pulled("target", target="aws.s3").code]
    answer = answer_of(client, run)
    assert "once all of them are released" in answer
    assert all(f"/brake/{code}/" in answer for code in codes)


def test_pulling_and_releasing_change_the_page_that_is_open(client: Client, run: Run) -> None:
    """A poll that knows the page gets it anew, and 304 while nothing changes."""
    path = f"/runs/{run.code}/"

    def poll(tag: str) -> tuple[int, str]:
        answer = client.get(path, headers={"HX-Request": "true", "HX-PTag": tag})
        return answer.status_code, answer.headers.get("HX-PTag", tag)

    before = client.get(path).headers["HX-PTag"]
    brake = pulled("target", target="aws.s3")
    status, during = poll(before)
    assert (status, during != before) == (200, True)
    assert poll(during)[0] == 304
    other = pulled("target", target="slack")
    assert poll(during)[0] == 200
    for one in (brake, other):
        released(Brake.objects.get(pk=one.pk))
    run.refresh_from_db()
    assert poll(during)[0] == 200
    assert TITLE not in html_of(client, path)


def test_the_list_asks_nothing_more_while_no_brake_is_on(client: Client, run: Run) -> None:
    without = len(queries_of(client, "/runs/"))
    pulled("all")
    assert len(queries_of(client, "/runs/")) == without + 2
