"""Refusals in Okta's form."""

import secrets

from werkzeug.wrappers import Response

from sandbox.web import json_response

#: Code -> (status, usual text)
CODES = {
    "E0000001": (400, "Api validation failed"),
    "E0000003": (400, "The request body was not well-formed."),
    "E0000006": (403, "You do not have permission to perform the requested action"),
    "E0000007": (404, "Not found: Resource not found"),
    "E0000009": (500, "Internal Server Error"),
    "E0000011": (401, "Invalid token provided"),
    "E0000022": (405, "The endpoint does not support the provided HTTP method"),
    "E0000031": (400, "Invalid search criteria."),
    "E0000047": (429, "API call exceeded rate limit due to too many requests."),
    "E0000053": (400, "Invalid filter"),
}
BY_STATUS = {400: "E0000001", 401: "E0000011", 403: "E0000006", 404: "E0000007", 429: "E0000047"}


class OktaError(Exception):
    """Becomes an answer with Okta's error body."""

    def __init__(self, code: str, summary: str = "", causes: list[str] | None = None) -> None:
        self.code = code
        self.status, usual = CODES[code]
        self.summary = summary or usual
        self.causes = causes or []
        super().__init__(self.summary)


def invalid(what: str, *causes: str) -> OktaError:
    """400: `what` is the field or object, `causes` the sentences about it."""
    return OktaError("E0000001", f"Api validation failed: {what}", list(causes))


def not_found(identifier: str, kind: str) -> OktaError:
    return OktaError("E0000007", f"Not found: Resource not found: {identifier} ({kind})")


def error_response(status: int, code: str, summary: str, causes: list[str]) -> Response:
    return json_response(
        {
            "errorCode": code,
            "errorSummary": summary,
            "errorLink": code,
            "errorId": "oae" + secrets.token_urlsafe(16),
            "errorCauses": [{"errorSummary": cause} for cause in causes],
        },
        status,
    )
