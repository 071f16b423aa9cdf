"""Names for STS and for policies."""

import pytest
from pytest_django import Settings

from provisioning.actions.aws import names
from tests.provisioning.actions.conftest import new_context


def test_a_long_rule_name_is_cut_but_the_run_code_is_whole() -> None:
    name = names.source_identity(new_context(rule="r" * 200, run="abc123def456"))
    assert name == "rule-" + "r" * 42 + ".run-abc123def456"
    assert len(name) == 64


def test_characters_sts_refuses_become_hyphens() -> None:
    name = names.source_identity(new_context(rule="Größe & Ärger", run="r1"))
    assert name == "rule-Gr-e-rger.run-r1"
    assert names.role_session_name(new_context(run="a b/c")) == "sluice-a-b-c"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("make", "arn:aws:lambda:us-east-1:210987654321:function:make"),
        ("make:live", "arn:aws:lambda:us-east-1:210987654321:function:make:live"),
        ("123456789012:function:make", "arn:aws:lambda:us-east-1:123456789012:function:make"),
        (
            "arn:aws:lambda:eu-west-1:1:function:make",
            "arn:aws:lambda:eu-west-1:1:function:make",
        ),
        ("{{ x }}-make", "arn:aws:lambda:us-east-1:210987654321:function:*-make"),
    ],
)
def test_a_function_is_named_by_its_arn(settings: Settings, given: str, expected: str) -> None:
    settings.AWS_ROLE_ARN = "arn:aws:iam::210987654321:role/sluice"
    assert names.function_arn(given) == expected


def test_wildcards_in_a_key_are_literal_in_a_policy() -> None:
    assert names.object_arn("b", "what?*$/") == "arn:aws:s3:::b/what${?}${*}${$}/"


def test_other_partitions_are_known(settings: Settings) -> None:
    settings.AWS_REGION = "us-gov-west-1"
    assert names.bucket_arn("b") == "arn:aws-us-gov:s3:::b"
    assert names.partition("cn-north-1") == "aws-cn"
