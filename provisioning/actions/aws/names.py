"""Names that AWS prescribes: sessions, identities, ARNs. Pure."""

import re

from django.conf import settings

from provisioning.actions.base import Context

#: What STS allows in session names and source identities, at most 64 characters.
_NOT_STS = re.compile(r"[^A-Za-z0-9_+=,.@-]+")
_STS_LENGTH = 64
_TEMPLATE = re.compile(r"\{\{.*?\}\}", re.DOTALL)


def role_session_name(context: Context) -> str:
    """`sluice-<run>`, seen in every CloudTrail event of the run."""
    return _sts(f"sluice-{context.run}")[:_STS_LENGTH]


def source_identity(context: Context) -> str:
    """`rule-<name>.run-<code>`; a long rule name is cut, the run's code never."""
    tail = _sts(f".run-{context.run}")[: _STS_LENGTH - 6]
    head = _sts(f"rule-{context.rule}")[: _STS_LENGTH - len(tail)]
    return head + tail


def _sts(text: str) -> str:
    return _NOT_STS.sub("-", text)


def has_template(text: str) -> bool:
    """Whether `{{ … }}` is still in it."""
    return _TEMPLATE.search(text) is not None


def partition(region: str) -> str:
    """The partition a region belongs to: `aws`, `aws-cn` or `aws-us-gov`."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def bucket_arn(bucket: str) -> str:
    return f"arn:{partition(str(settings.AWS_REGION))}:s3:::{pattern(bucket)}"


def object_arn(bucket: str, key: str) -> str:
    return f"{bucket_arn(bucket)}/{pattern(key)}"


def function_arn(function: str) -> str:
    """The ARN for a policy. The account is the role's; `*` when no role is configured."""
    if function.startswith("arn:"):
        return pattern(function)
    region = str(settings.AWS_REGION)
    role = str(settings.AWS_ROLE_ARN).split(":")
    account = role[4] if len(role) > 5 else "*"
    if ":function:" in function:
        account, function = function.split(":function:", 1)
    return f"arn:{partition(region)}:lambda:{region}:{account}:function:{pattern(function)}"


def pattern(text: str) -> str:
    """Text for a policy's Resource or Condition: templates become `*`, wildcards are literal."""
    parts = _TEMPLATE.split(text)
    return "*".join(re.sub(r"[*?$]", r"${\g<0>}", part) for part in parts)
