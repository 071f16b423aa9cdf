"""A planned call is checked against botocore's own description of it, offline."""

from typing import Any

import pytest

from provisioning.actions.aws.shapes import problems

ROLE = {"RoleArn": "arn:aws:iam::123456789012:role/x", "RoleSessionName": "ok"}
INVOKE = {"FunctionName": "f"}

CASES: list[tuple[str, str, dict[str, Any], str]] = [
    ("sts", "AssumeRole", {"RoleSessionName": "ok"}, "AssumeRole.RoleArn is missing."),
    (
        "sts",
        "AssumeRole",
        {**ROLE, "RoleSessionName": "x" * 65},
        "AssumeRole.RoleSessionName has 65 characters; at most 64 are allowed.",
    ),
    (
        "sts",
        "AssumeRole",
        {**ROLE, "RoleSessionName": "x"},
        "AssumeRole.RoleSessionName has 1 characters; at least 2 are needed.",
    ),
    (
        "sts",
        "AssumeRole",
        {**ROLE, "DurationSeconds": 60},
        "AssumeRole.DurationSeconds is 60; at least 900 are needed.",
    ),
    (
        "sts",
        "AssumeRole",
        {**ROLE, "DurationSeconds": "900"},
        "AssumeRole.DurationSeconds must be of type integer, not str.",
    ),
    (
        "sts",
        "AssumeRole",
        {**ROLE, "DurationSeconds": True},
        "AssumeRole.DurationSeconds must be of type integer, not bool.",
    ),
    (
        "sts",
        "AssumeRole",
        {**ROLE, "Tags": [{"Key": "k"}]},
        "AssumeRole.Tags[0].Value is missing.",
    ),
    (
        "lambda",
        "Invoke",
        {**INVOKE, "InvocationType": "Later"},
        "Invoke.InvocationType is 'Later'; allowed are Event, RequestResponse, DryRun.",
    ),
    (
        "sso-admin",
        "CreatePermissionSet",
        {"InstanceArn": "arn:aws:sso:::instance/ssoins-1234567890123456", "Name": "x" * 41},
        "CreatePermissionSet.Name has 41 characters; at most 32 are allowed.",
    ),
    (
        "identitystore",
        "GetUserId",
        {"IdentityStoreId": "d-1234567890", "AlternateIdentifier": {}},
        "GetUserId.AlternateIdentifier needs exactly one of ExternalId, UniqueAttribute; it has 0.",
    ),
]


@pytest.mark.parametrize(("service", "operation", "values", "sentence"), CASES)
def test_what_aws_would_refuse_is_said_with_both_numbers(
    service: str, operation: str, values: dict[str, Any], sentence: str
) -> None:
    assert sentence in problems(service, operation, values)


def test_a_good_call_has_no_problems() -> None:
    assert problems("sts", "AssumeRole", ROLE) == []
    assert problems("lambda", "Invoke", {**INVOKE, "Payload": b"{}"}) == []


def test_an_unknown_member_is_named_with_the_known_ones() -> None:
    (problem,) = problems("lambda", "Invoke", {**INVOKE, "Functon": "f"})
    assert problem.startswith("Invoke.Functon is not known; known are ")
    assert "FunctionName" in problem


def test_letters_of_any_alphabet_fit_unicode_patterns() -> None:
    values = {"IdentityStoreId": "d-1234567890", "UserName": "zoë.ångström"}
    assert problems("identitystore", "CreateUser", values) == []
    values["UserName"] = "has blank"
    (problem,) = problems("identitystore", "CreateUser", values)
    assert "does not fit AWS's pattern" in problem


def test_a_pattern_that_is_wrong_in_botocore_is_not_applied() -> None:
    values = {
        "Username": "maya",
        "Password": "Correct-horse-1",
        "PhoneConfig": {"PhoneType": "SOFT_PHONE"},
        "SecurityProfileIds": ["1"],
        "RoutingProfileId": "1",
        "InstanceId": "12345678-1234-1234-1234-123456789012",
    }
    assert problems("connect", "CreateUser", values) == []
