"""The IAM policy of a rule's steps."""

from provisioning.actions import registry
from provisioning.actions.policy import policy_for

FOLDER = registry.get("aws.s3.create_folder")
INVOKE = registry.get("aws.lambda.invoke")


def test_templates_in_a_rule_become_wildcards() -> None:
    key = "marketing-{{ user.profile.firstName }} {{ user.profile.lastName }}/"
    params = FOLDER.params(bucket="team-folders", key=key)
    assert policy_for([(FOLDER, params)]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject"],
                "Resource": ["arn:aws:s3:::team-folders/marketing-* */"],
            },
            {
                "Effect": "Allow",
                "Action": ["s3:ListBucket"],
                "Resource": ["arn:aws:s3:::team-folders"],
                "Condition": {"StringLike": {"s3:prefix": "marketing-* */"}},
            },
        ],
    }


def test_statements_with_the_same_actions_are_put_together() -> None:
    steps = [(INVOKE, INVOKE.params(function=name)) for name in ("b", "a", "b")]
    (statement,) = policy_for(steps)["Statement"]
    assert [arn.rpartition(":")[2] for arn in statement["Resource"]] == ["a", "b"]


def test_a_rule_that_does_not_call_aws_needs_nothing() -> None:
    mail = registry.get("email.send")
    params = mail.params(to="a@example.com", subject="s", body="b")
    assert policy_for([(mail, params)])["Statement"] == []
