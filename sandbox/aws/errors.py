"""AWS error answers in the form of each protocol."""

import json

from markupsafe import escape
from werkzeug.wrappers import Response

from sandbox.aws.calls import Call

#: What AWS usually answers with a status, when a fault names no code.
USUAL_CODES = {
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    409: "ConflictException",
    429: "TooManyRequestsException",
    500: "InternalFailure",
    503: "ServiceUnavailable",
}
S3_CODES = {403: "AccessDenied", 404: "NoSuchKey", 409: "ConditionalRequestConflict"}
S3_CODES |= {412: "PreconditionFailed", 500: "InternalError", 503: "SlowDown"}


def code_for(call: Call, status: int) -> str:
    if call.protocol == "rest-xml":
        return S3_CODES.get(status, "InternalError")
    return USUAL_CODES.get(status, "InternalFailure")


def error_response(call: Call, status: int, code: str, message: str, request_id: str) -> Response:
    """A refusal as botocore expects it from this service."""
    if call.protocol == "rest-xml":
        text = (
            f"<?xml version='1.0'?><Error><Code>{escape(code)}</Code>"
            f"<Message>{escape(message)}</Message><RequestId>{request_id}</RequestId></Error>"
        )
        response = Response(text, status=status, content_type="application/xml")
        response.headers["x-amz-request-id"] = request_id
        return response
    if call.protocol == "query":
        text = (
            "<ErrorResponse><Error><Type>Sender</Type>"
            f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        return Response(text, status=status, content_type="text/xml")
    body = json.dumps({"__type": code, "message": message, "Message": message})
    response = Response(body, status=status, content_type="application/json")
    response.headers["x-amzn-ErrorType"] = code
    response.headers["x-amzn-RequestId"] = request_id
    return response
