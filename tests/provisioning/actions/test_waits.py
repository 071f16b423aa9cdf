"""A wait that a target names is honoured as far as it can be meant, whatever it says."""

import pytest
from slack_sdk.errors import SlackApiError

from provisioning.actions.aws.errors import Call, from_answer
from provisioning.actions.base import LONGEST_WAIT, Transient
from provisioning.actions.slack_errors import from_answer as from_slack
from provisioning.runs import backoff

ABSURD = ("9" * 30, "9" * 400)


def waited(error: object) -> float:
    assert isinstance(error, Transient)
    return backoff.delay(1, error.retry_after, roll=0).total_seconds()


@pytest.mark.parametrize("named", ABSURD)
def test_no_answer_of_aws_makes_a_run_wait_for_years(named: str) -> None:
    """Mutation: unbounded, the run keeps its lane for ever, or its worker fails at the sum."""
    meta = {"HTTPStatusCode": 429, "HTTPHeaders": {"retry-after": named}}
    answer = {"Error": {"Code": "TooManyRequestsException"}, "ResponseMetadata": meta}
    assert waited(from_answer(answer, Call("call it", repeatable=True))) == LONGEST_WAIT


@pytest.mark.parametrize("named", ABSURD)
def test_no_answer_of_slack_makes_a_run_wait_for_years(named: str) -> None:
    class Answer(dict[str, str]):
        status_code = 429
        headers = {"Retry-After": named}

    refused = Answer(error="ratelimited")
    error = SlackApiError("no", refused)  # type: ignore[no-untyped-call]  # Slack's
    assert waited(from_slack(error, "#it")) == LONGEST_WAIT


@pytest.mark.parametrize("seconds", [float("nan"), -5.0, None])
def test_what_is_no_wait_is_left_out(seconds: float | None) -> None:
    assert Transient("busy", "It is busy.").after(seconds).retry_after is None
