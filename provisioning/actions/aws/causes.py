"""The table: each known error of AWS, its class, and what to tell a person. Pure.

`{target}`, `{bucket}` and `{doing}` are filled by the caller. Codes are those of
`Error.Code` in the answer; names without an answer are botocore's exception classes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from provisioning.actions.base import ActionError, Permanent, Transient, Unknown


@dataclass(frozen=True, slots=True)
class Cause:
    kind: type[ActionError]
    message: str
    hint: str = ""


def _same(cause: Cause, codes: Iterable[str]) -> dict[str, Cause]:
    return dict.fromkeys(codes, cause)


_ALLOW = "Grant what the rule's policy lists to the role that Sluice uses, then replay."
_FUNCTION = "Repair the function's configuration in AWS, then replay."
_LOST = "Look at the target, then decide in the portal whether it took effect."

_THROTTLED = Cause(Transient, "AWS asked us to slow down while trying to {doing}.")
_LATER = Cause(Transient, "AWS is working on the same thing; trying to {doing} again later.")
_NOT_FOUND = Cause(Permanent, "{target} does not exist.", "Create it or change the rule.")
_DENIED = Cause(Permanent, "AWS did not allow us to {doing}.", _ALLOW)
_CREDENTIALS = Cause(
    Permanent, "AWS does not accept the worker's credentials.", "Renew them, then replay."
)
_EXPIRED = Cause(Transient, "The run's AWS credentials ended; new ones will be asked for.")
_QUOTA = Cause(
    Permanent, "A quota of the AWS account is used up.", "Have the quota raised, then replay."
)
_WRONG = Cause(
    Permanent,
    "AWS refused the request to {doing} as not valid.",
    "Change the rule or the data it is filled from.",
)
_REGION = Cause(
    Permanent, "The bucket {bucket} is in another region.", "Set AWS_REGION to the bucket's region."
)
_NOT_READY = Cause(Transient, "{target} is not ready yet.")
_BROKEN = Cause(Permanent, "{target} cannot be started as it is configured.", _FUNCTION)

BY_CODE: Mapping[str, Cause] = {
    "NoSuchBucket": Cause(
        Permanent, "The bucket {bucket} does not exist.", "Create it or change the rule."
    ),
    "PreconditionFailed": Cause(Permanent, "{target} is already there, with other content."),
    "MalformedPolicyDocument": _WRONG,
    **_same(
        _THROTTLED,
        (
            "ThrottlingException",
            "Throttling",
            "ThrottledException",
            "TooManyRequestsException",
            "RequestThrottled",
            "RequestThrottledException",
            "RequestLimitExceeded",
            "SlowDown",
            "EC2ThrottledException",
        ),
    ),
    **_same(
        _LATER,
        (
            "ConditionalRequestConflict",
            "OperationAborted",
            "ConcurrentModification",
            "ConcurrentModificationException",
            "EntityTemporarilyUnmodifiable",
            "ResourceConflictException",
        ),
    ),
    **_same(
        _NOT_READY,
        (
            "ResourceNotReadyException",
            "ENINotReadyException",
            "ENILimitReachedException",
            "SnapStartNotReadyException",
            "SnapStartTimeoutException",
            "CodeArtifactUserPendingException",
            "EFSMountConnectivityException",
            "EFSMountTimeoutException",
        ),
    ),
    **_same(
        _NOT_FOUND,
        ("NoSuchKey", "404", "NotFound", "NoSuchEntity", "ResourceNotFoundException"),
    ),
    **_same(
        _DENIED,
        ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403", "Forbidden"),
    ),
    **_same(
        _CREDENTIALS,
        (
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "InvalidAccessKeyId",
            "SignatureDoesNotMatch",
            "InvalidSignatureException",
            "InvalidToken",
            "RequestTimeTooSkewed",
        ),
    ),
    **_same(_EXPIRED, ("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired")),
    **_same(
        _QUOTA,
        (
            "ServiceQuotaExceededException",
            "LimitExceededException",
            "LimitExceeded",
            "OverLimit",
            "SubnetIPAddressLimitReachedException",
        ),
    ),
    **_same(
        _WRONG,
        (
            "ValidationException",
            "ValidationError",
            "InvalidArgument",
            "InvalidBucketName",
            "KeyTooLongError",
            "InvalidParameterException",
            "InvalidParameterValueException",
            "InvalidRequest",
            "InvalidRequestException",
            "InvalidRequestContentException",
            "RequestTooLargeException",
            "UnsupportedMediaTypeException",
        ),
    ),
    **_same(
        _REGION,
        ("PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"),
    ),
    **_same(
        _BROKEN,
        (
            "InvalidRuntimeException",
            "InvalidZipFileException",
            "RuntimeVersionDeletedException",
            "RuntimeAliasDeletedException",
            "NoPublishedVersionException",
            "KMSAccessDeniedException",
            "KMSDisabledException",
            "KMSNotFoundException",
            "KMSInvalidStateException",
            "EC2AccessDeniedException",
            "InvalidSubnetIDException",
            "InvalidSecurityGroupIDException",
            "RecursiveInvocationException",
            "ModeNotSupportedException",
        ),
    ),
}

_LOST_ANSWER = Cause(Unknown, "The connection was lost while trying to {doing}.", _LOST)
_UNREACHED = Cause(Transient, "AWS could not be reached; nothing was sent.")

#: By class name, most special first along the exception's own order of classes.
BY_CLASS: Mapping[str, Cause] = {
    **_same(
        Cause(
            Permanent,
            "The worker has no AWS credentials.",
            "Give the worker a role or credentials, then replay.",
        ),
        ("NoCredentialsError", "PartialCredentialsError"),
    ),
    **_same(
        _UNREACHED,
        (
            "EndpointConnectionError",
            "ConnectTimeoutError",
            "ProxyConnectionError",
            "CredentialRetrievalError",
            "MetadataRetrievalError",
        ),
    ),
    "SSLError": Cause(
        Permanent,
        "The certificate shown instead of AWS's was not accepted; nothing was sent.",
        "Check the worker's certificates and proxy.",
    ),
    "ReadTimeoutError": Cause(Unknown, "No answer came in time while trying to {doing}.", _LOST),
    **_same(_LOST_ANSWER, ("HTTPClientError", "IncompleteReadError", "ResponseParserError")),
    "ParamValidationError": _WRONG,
    "BotoCoreError": Cause(Permanent, "The call to {doing} could not be made."),
}


def cause_for_status(status: int | None, *, repeatable: bool) -> Cause:
    """The cause for a code the table does not know, by the HTTP status alone.

    503 and 429 say that nothing was begun. After any other 5xx the call may have taken effect.
    """
    if status in (429, 503):
        return _THROTTLED
    if status is not None and status >= 500:
        fault = "AWS failed while trying to {doing}."
        return Cause(Transient, fault) if repeatable else Cause(Unknown, fault, _LOST)
    return {401: _CREDENTIALS, 403: _DENIED, 404: _NOT_FOUND, 409: _LATER}.get(status or 0, _WRONG)


def cause_for_class(error: BaseException, *, repeatable: bool) -> Cause:
    """The cause for an error without an answer."""
    names = (kind.__name__ for kind in type(error).__mro__)
    cause = next((BY_CLASS[name] for name in names if name in BY_CLASS), BY_CLASS["BotoCoreError"])
    if cause.kind is Unknown and repeatable:
        return Cause(Transient, cause.message)
    return cause
